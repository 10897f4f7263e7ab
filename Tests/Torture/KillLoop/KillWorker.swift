import PinEngine
import PinFormat
import PinStorage
import PinTesting

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What a process of the kill loop does until it is killed: it says what it begins, and what it was
/// told.
public struct KillWorker {
    /// Pins that all workers share.
    static let pinCount = 4
    /// So many versions of a pin, and some are deleted.
    private static let versionCountMax = 12

    private let folder: String
    private let seed: UInt64
    private let number: UInt64
    private let random: SeededRandom
    private let store: Store

    /// - Parameters:
    ///   - folder: The board.
    ///   - seed: The loop's.
    ///   - number: This worker's own.
    public init(folder: String, seed: UInt64, number: UInt64) async throws {
        self.folder = folder
        self.seed = seed
        self.number = number
        random = SeededRandom(seed: seed).fork(50_000 + number)
        store = try await Store.open(
            on: FolderBackend(folder), configuration: KillLoop.configuration())
    }

    /// Runs until it is killed, or until nobody listens.
    public func run() async {
        say("ready")
        // Some write all the time, some collect all the time.
        let collects = random.below(8)
        for turn in (0 as UInt64)... {
            let pin = "p\(random.below(Self.pinCount))"
            switch random.below(20) {
            case 0..<(collects == 0 ? 16 : 2): await collect()
            case ..<11: await write(pin, turn)
            default: await visit(pin)
            }
        }
    }

    private func say(_ words: String...) {
        let line = Array((words.joined(separator: " ") + "\n").utf8)
        // Whoever started it may be gone.
        guard putToOutput(line) else { exit(1) }
    }

    private func write(_ pin: String, _ turn: UInt64) async {
        let recipe = Recipe(seed: seed, number: number << 20 | turn)
        say("writing", pin, recipe.title)
        let request = WriteRequest(
            pin: pin, files: [InputFile(path: "data", source: BytesSource(recipe.bytes))],
            metadata: VersionMetadata(createdSeconds: 1, title: recipe.title))
        do {
            let name = try await store.write(request).version.versionName
            say("wrote", pin, name, recipe.title)
        } catch {
            complain("write", error)
        }
    }

    private func collect() async {
        var options = CollectionOptions()
        options.graceSeconds = 0
        say("trying", "collect")
        do {
            _ = try await store.collect(options)
            say("collected")
        } catch {
            complain("collect", error)
        }
    }

    /// Reads a version, or deletes one where there are many.
    private func visit(_ pin: String) async {
        do {
            let versions = try await store.versions(of: pin)
            guard !versions.isEmpty else { return }
            let name = versions[random.below(versions.count)].version
            if versions.count > Self.versionCountMax || random.oneIn(6) {
                say("deleting", pin, name)
                _ = try await store.delete(pin, .named(name))
                say("deleted", pin, name)
            } else {
                try await read(pin, name)
            }
        } catch {
            if error.code != .notFound { complain("visit of \(pin)", error) }
        }
    }

    private func read(_ pin: String, _ name: String) async throws(EngineError) {
        do {
            let reader = try await store.reader(of: pin, .named(name)).reader
            let bytes = try await reader.bytes(reader.files[0])
            let title = reader.record.metadata.title ?? ""
            if Recipe(title: title)?.bytes == bytes {
                say("read", pin, name)
            } else {
                say("wrong", "bytes of \(pin) \(name), which says '\(title)'")
            }
        } catch  where error.code == .notFound {
            say("missed", pin, name)
        }
    }

    private func complain(_ what: String, _ error: EngineError) {
        // Others may be faster, again and again: no damage.
        if error.code != .tryAgain { say("wrong", "\(what): \(error.code): \(error)") }
    }
}
