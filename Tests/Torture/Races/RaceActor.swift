import PinEngine
import PinFormat
import PinStorage
import PinTesting

/// One process of a race.
struct RaceActor: Sendable {
    enum Role: Sendable {
        case writer, collector, reader
    }

    /// Answers that tell a caller to look before it does anything else.
    private static let unclear: Set<EngineError.Code> = [.tryAgain, .unavailable, .ioError]

    let run: RaceRun
    let role: Role
    let index: UInt64
    let backend: any BoardBackend
    private let random: SeededRandom

    init(run: RaceRun, role: Role, index: UInt64, backend: any BoardBackend) {
        self.run = run
        self.role = role
        self.index = index
        self.backend = backend
        random = run.random.fork(100 + index)
    }

    private var history: RaceHistory { run.history }

    /// Its whole life.
    func run() async {
        guard let store = await open() else { return }
        for turn in 0..<(role == .writer ? 4 : 5) {
            let pin = RaceRun.pins[random.below(RaceRun.pins.count)]
            switch role {
            case .writer where random.oneIn(4):
                await deleteSomething(pin, store)
            case .writer:
                await write(pin, turn, store)
            case .collector:
                await collect(store)
            case .reader:
                if random.oneIn(3) {
                    await Self.readLatest(pin, store, history)
                } else {
                    let versions = await Self.list(pin, store, history)
                    guard !versions.isEmpty else { continue }
                    let version = versions[random.below(versions.count)]
                    await Self.read(pin, version.name, store, history)
                }
            }
        }
    }

    private func open() async -> Store? {
        for attempt in 0..<8 as Range<UInt64> {
            do {
                return try await Store.open(
                    on: backend, configuration: run.configuration(1_000 + 10 * index + attempt))
            } catch {
                guard Self.unclear.contains(error.code) else {
                    history.fail("open: \(error)")
                    return nil
                }
            }
        }
        return nil
    }

    private func write(_ pin: String, _ turn: Int, _ store: Store) async {
        let recipe = Recipe(seed: run.seed % 16, number: index << 8 | UInt64(turn))
        let source: any ByteSource =
            random.oneIn(2) ? BytesSource(recipe.bytes) : SlowSource(recipe.bytes)
        let request = WriteRequest(
            pin: pin, files: [InputFile(path: "data", source: source)],
            metadata: VersionMetadata(createdSeconds: 1, title: recipe.title))
        let call = history.begin(pin, title: recipe.title)
        do {
            let result = try await store.write(request)
            let name = result.version.versionName
            history.end(call, .write(PinModel.Version(name: name, title: recipe.title)))
        } catch {
            if !Self.unclear.contains(error.code) { history.fail("write: \(error)") }
            history.end(call, nil, isAnswered: false)
        }
    }

    private func deleteSomething(_ pin: String, _ store: Store) async {
        let versions = await Self.list(pin, store, history)
        guard !versions.isEmpty else { return }
        let name = versions[random.below(versions.count)].name
        let call = history.begin(pin)
        do {
            _ = try await store.delete(pin, .named(name))
            history.end(call, .delete(name, isFound: true))
        } catch  where error.code == .notFound {
            history.end(call, .delete(name, isFound: false))
        } catch {
            if !Self.unclear.contains(error.code) { history.fail("delete: \(error)") }
            history.end(call, .deleteUnanswered(name), isAnswered: false)
        }
    }

    private func collect(_ store: Store) async {
        var options = CollectionOptions()
        options.graceSeconds = 0
        do {
            _ = try await store.collect(options)
        } catch {
            if !Self.unclear.contains(error.code) { history.fail("collect: \(error)") }
        }
        run.clock.advance(seconds: Int64(random.below(3)))
    }

    // MARK: - Reading

    /// All versions of a pin.
    static func list(
        _ pin: String, _ store: Store, _ history: RaceHistory
    ) async -> [PinModel.Version] {
        let call = history.begin(pin)
        do {
            let versions = try await store.versions(of: pin).map {
                PinModel.Version(name: $0.version, title: $0.record.metadata.title ?? "")
            }
            history.end(call, .list(versions))
            return versions
        } catch  where error.code == .notFound {
            history.end(call, .list([]))
            return []
        } catch {
            if !unclear.contains(error.code) { history.fail("versions of \(pin): \(error)") }
            history.end(call, nil, isAnswered: false)
            return []
        }
    }

    /// One version, or the latest.
    static func read(
        _ pin: String, _ name: String, _ store: Store, _ history: RaceHistory
    ) async {
        let call = history.begin(pin)
        do {
            let version = try await bytes(pin, .named(name), store, history)
            history.end(call, .read(name, title: version.title))
        } catch  where error.code == .notFound {
            history.end(call, .read(name, title: nil))
        } catch {
            if !unclear.contains(error.code) { history.fail("read of \(pin) \(name): \(error)") }
            history.end(call, nil, isAnswered: false)
        }
    }

    static func readLatest(_ pin: String, _ store: Store, _ history: RaceHistory) async {
        let call = history.begin(pin)
        do {
            history.end(call, .readLatest(try await bytes(pin, .latest, store, history)))
        } catch  where error.code == .notFound {
            history.end(call, .readLatest(nil))
        } catch {
            if !unclear.contains(error.code) { history.fail("read of \(pin): \(error)") }
            history.end(call, nil, isAnswered: false)
        }
    }

    private static func bytes(
        _ pin: String, _ selector: VersionSelector, _ store: Store, _ history: RaceHistory
    ) async throws(EngineError) -> PinModel.Version {
        let reader = try await store.reader(of: pin, selector).reader
        let bytes = try await reader.bytes(reader.files[0])
        let title = reader.record.metadata.title ?? ""
        let name = reader.record.versionName
        if Recipe(title: title)?.bytes != bytes {
            history.fail("\(pin) \(name) has other bytes than '\(title)' promises")
        }
        return PinModel.Version(name: name, title: title)
    }
}
