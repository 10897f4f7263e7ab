import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Synchronization
import Testing

/// The power fails after any change of the disk, and again while the board is opened and used after
/// that.
@Suite struct CrashTests {
    @Test func aPowerCutAnywhereLosesNothingAcknowledged() async throws {
        let recorder = Mutex<CrashRecorder?>(nil)
        let workload = Workload(Ground(seed: 1)) { disk in
            let wrapper = CrashRecorder(disk)
            recorder.withLock { $0 = wrapper }
            return wrapper
        }
        let wrapper = try #require(recorder.withLock { $0 })
        wrapper.book = { workload.book }
        await workload.run()
        #expect(workload.error == nil, "\(String(describing: workload.error))")
        let moments = wrapper.moments
        #expect(moments.count > 150)
        for (index, moment) in moments.enumerated() {
            for (style, disk) in moment.disks {
                let label = "moment \(index) (\(moment.what)), \(style), seed \(index)"
                try await workload.check(label, on: disk, book: moment.book)
            }
        }
    }

    @Test func aPowerCutDuringTheRecoveryLosesNothingEither() async throws {
        let recorder = Mutex<CrashRecorder?>(nil)
        let workload = Workload(Ground(seed: 2)) { disk in
            let wrapper = CrashRecorder(disk)
            recorder.withLock { $0 = wrapper }
            return wrapper
        }
        let wrapper = try #require(recorder.withLock { $0 })
        wrapper.book = { workload.book }
        await workload.run()
        let moments = wrapper.moments
        let random = SeededRandom(seed: 3)
        for _ in 0..<(isLong ? 600 : 45) {
            let index = random.below(moments.count)
            let moment = moments[index]
            let seed = random.next()
            let first = moment.disks[random.below(moment.disks.count)].disk
                .crashed(.everything, SeededRandom(seed: 0))
            // The recovery is opening, a write and a collection; it stops at some change of the
            // disk.
            let position = 1 + random.below(60)
            first.inject(
                SimulatedFault(
                    .error(5), at: position, isSticky: true, calls: FaultTests.changing))
            let ground = workload.ground
            _ = await outcome { () throws(EngineError) in
                let store = try await Store.open(
                    on: workload.backend(first, label: 7),
                    configuration: ground.configuration(label: 71, workerCount: 1))
                try await store.write(ground.bytes(20_000, 55), to: "later")
                try await store.collect()
            }
            let second = first.crashed(.seeded, SeededRandom(seed: seed &+ 1))
            let label = "moment \(index) (\(moment.what)), seed \(seed), then call \(position)"
            try await workload.check(label, on: second, book: moment.book)
        }
    }
}

/// A disk that remembers itself as it was after each change.
private final class CrashRecorder: FileSystem {
    struct Moment: Sendable {
        let what: String
        /// What a power cut at this moment leaves, in some styles; in all of them in a long run.
        let disks: [(style: CrashStyle, disk: SimulatedFileSystem)]
        let book: Workload.Book
    }

    private struct State {
        var moments: [Moment] = []
        var book: (@Sendable () -> Workload.Book)?
    }

    private let base: SimulatedFileSystem
    private let state = Mutex(State())

    init(_ base: SimulatedFileSystem) { self.base = base }

    var moments: [Moment] { state.withLock { $0.moments } }
    var book: (@Sendable () -> Workload.Book)? {
        get { state.withLock { $0.book } }
        set { state.withLock { $0.book = newValue } }
    }

    private func note(_ what: String) {
        guard let book = book?() else { return }
        let index = state.withLock { $0.moments.count }
        let styles = CrashStyle.allCases + [.seeded, .seeded, .seeded]
        var disks: [(style: CrashStyle, disk: SimulatedFileSystem)] = []
        for (number, style) in styles.enumerated() {
            guard isLong || (index + number * 3) % styles.count == 0 else { continue }
            let seed = UInt64(index * 100 + number)
            disks.append((style, base.crashed(style, SeededRandom(seed: seed))))
        }
        let moment = Moment(what: what, disks: disks, book: book)
        state.withLock { $0.moments.append(moment) }
    }

    func openForReading(_ path: String) throws(SystemError) -> FileToken {
        try base.openForReading(path)
    }

    func createExclusive(_ path: String) throws(SystemError) -> FileToken {
        defer { note("create \(path)") }
        return try base.createExclusive(path)
    }

    func read(
        _ file: FileToken, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Int { try base.read(file, at: offset, into: buffer) }

    func write(
        _ file: FileToken, at offset: Int, _ bytes: UnsafeRawBufferPointer
    ) throws(SystemError) -> Int {
        defer { note("write") }
        return try base.write(file, at: offset, bytes)
    }

    func synchronize(_ file: FileToken) throws(SystemError) {
        defer { note("synchronize") }
        try base.synchronize(file)
    }

    func close(_ file: FileToken) throws(SystemError) { try base.close(file) }

    func lock(_ file: FileToken) throws(SystemError) -> Bool { try base.lock(file) }

    func status(of file: FileToken) throws(SystemError) -> FileStatus { try base.status(of: file) }

    func status(_ path: String, followingLinks: Bool) throws(SystemError) -> FileStatus {
        try base.status(path, followingLinks: followingLinks)
    }

    func rename(_ old: String, to new: String) throws(SystemError) {
        defer { note("rename to \(new)") }
        try base.rename(old, to: new)
    }

    func renameExclusive(_ old: String, to new: String) throws(SystemError) {
        defer { note("rename to \(new)") }
        try base.renameExclusive(old, to: new)
    }

    func link(_ old: String, to new: String) throws(SystemError) {
        defer { note("link \(new)") }
        try base.link(old, to: new)
    }

    func unlink(_ path: String) throws(SystemError) {
        defer { note("unlink \(path)") }
        try base.unlink(path)
    }

    func makeDirectory(_ path: String) throws(SystemError) {
        defer { note("mkdir \(path)") }
        try base.makeDirectory(path)
    }

    func removeDirectory(_ path: String) throws(SystemError) {
        defer { note("rmdir \(path)") }
        try base.removeDirectory(path)
    }

    func synchronizeDirectory(_ path: String) throws(SystemError) {
        defer { note("synchronize \(path)") }
        try base.synchronizeDirectory(path)
    }

    func listDirectory(_ path: String) throws(SystemError) -> [DirectoryEntry] {
        try base.listDirectory(path)
    }
}
