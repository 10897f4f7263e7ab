import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Synchronization
import Testing

@testable import PinEngine

/// A board in a folder that two machines keep in step.
final class Replicas {
    let disks: [SimulatedFileSystem]
    let synchronizer: FolderSynchronizer
    let random: SeededRandom
    let clock = ManualClock()
    private var labels: UInt64 = 0
    /// What was acknowledged on either machine and not deleted: `pin version` → bytes.
    var acknowledged: [VerifyProblem.Version: [UInt8]] = [:]

    init(seed: UInt64, style: FolderSynchronizer.ConflictStyle = .dropbox) {
        let clock = clock
        disks = (0..<2).map { _ in SimulatedFileSystem(folders: ["/board"], clock: clock) }
        random = SeededRandom(seed: seed)
        synchronizer = FolderSynchronizer(
            disks[0], disks[1], folder: "/board", style: style, seed: seed)
    }

    func backend(_ side: Int) -> FolderBackend {
        labels += 1
        return FolderBackend(
            "/board", fileSystem: disks[side], random: random.fork(labels))
    }

    func configuration(_ notes: Notes? = nil) -> StoreConfiguration {
        labels += 1
        var configuration = StoreConfiguration(
            clock: clock, random: random.fork(10_000 + labels), producer: "test", workerCount: 2,
            packByteTarget: 24 << 10, inlineByteTarget: 1 << 10)
        configuration.pause = { _ in }
        if let notes { configuration.onUnsettled = { notes.add($0) } }
        return configuration
    }

    func create() async throws -> Store {
        try await Store.create(
            on: backend(0), chunker: try ChunkerParameters(averageExponent: 12),
            configuration: configuration())
    }

    func open(_ side: Int, _ notes: Notes? = nil) async throws -> Store {
        try await Store.open(on: backend(side), configuration: configuration(notes))
    }

    /// Writes a version on one machine, as a process of its own.
    @discardableResult
    func write(_ bytes: [UInt8], to pin: String, on side: Int) async throws -> String {
        clock.advance(seconds: 60)
        let version = try await open(side).write(bytes, to: pin).version.versionName
        acknowledged[VerifyProblem.Version(pin: pin, version: version)] = bytes
        return version
    }

    func verify(_ side: Int, repairs: Bool = false) async throws -> VerifyReport {
        var options = VerifyOptions()
        options.readsData = true
        options.repairs = repairs
        return try await Store.verify(
            on: backend(side), options, configuration: configuration())
    }

    /// What is wrong with one machine's view, given all that was acknowledged anywhere.
    func complaint(_ side: Int) async throws -> String? {
        let notes = Notes()
        let store = try await open(side, notes)
        for (name, bytes) in acknowledged {
            do {
                guard try await store.read(name.pin, name.version) == bytes else {
                    return "wrong bytes of \(name)"
                }
            } catch { return "\(name): \(error)" }
        }
        if !notes.all.isEmpty { return "\(notes.all[0].message)" }
        let report = try await verify(side)
        return report.isSound ? nil : report.summary
    }

    /// The greatest number of a commit that anything on a machine speaks of.
    func newestKnown(_ side: Int) -> UInt64 {
        var newest: UInt64 = 0
        for path in disks[side].files where path.hasPrefix("/board/commits/") {
            let name = path.dropFirst("/board/commits/".count)
            if name.utf8.count == 20 { newest = max(newest, UInt64(name) ?? 0) }
        }
        let latest = disks[side].contents(of: "/board/latest")
            .flatMap { try? LatestRecord($0, .standard) }
        return max(newest, latest?.sequence ?? 0)
    }
}

/// What stores said of folders that are not settled.
final class Notes: Sendable {
    private let kept = Mutex<[UnsettledState]>([])

    var all: [UnsettledState] { kept.withLock { $0 } }

    func add(_ state: UnsettledState) { kept.withLock { $0.append(state) } }
}
