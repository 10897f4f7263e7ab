import PinFormat
import PinStorage
import PinTesting
import Synchronization
import Testing

@testable import PinEngine

/// Goal: a repair commits what it has verified and nothing else. Method: another writer comes
/// between the verification and the commit; rows that cannot be decoded.
@Suite struct RepairStateTests {
    typealias Version = VerifyProblem.Version

    enum Way: Sendable, CaseIterable {
        /// Packs with damaged footers are put together anew.
        case rehomed
        /// Parity mends.
        case mended
        /// Another board gives back what is lost.
        case grafted
    }

    /// A board with a damaged pack, and what it was before.
    private static func damaged(
        _ way: Way
    ) async throws -> (copy: VerifyBoard, board: VerifyBoard, pack: ObjectName) {
        let board = try await VerifyDamageTests.sample(
            seed: 130, inlineByteTarget: 1 << 10, parityPercent: way == .mended ? 20 : nil)
        let state = try await board.open().snapshot()
        let version = try #require(try state.latestVersion(of: "large"))
        let pack = try #require(version.row.packs.first)
        let copy = board.damaged(BoardKeys.pack(pack)) { bytes in
            switch way {
            case .rehomed, .mended: bytes[bytes.count - 70] ^= 1
            case .grafted: for at in stride(from: 90, to: bytes.count, by: 300) { bytes[at] ^= 1 }
            }
        }
        return (copy, board, pack)
    }

    /// A version that needs the damaged pack is written, and one is deleted, as the repair commits.
    @Test(arguments: Way.allCases) func whatWasNotVerifiedIsLookedAtAgain(_ way: Way) async throws {
        let (copy, board, pack) = try await Self.damaged(way)
        let bytes = try await board.open().read("large")
        let hooked = HookedBackend(copy.backend)
        let once = Once()
        hooked.setHook { call in
            guard call.verb == .put, call.text.hasPrefix("commits/"), once.fires() else { return }
            do {
                let other = try await copy.open()
                try await other.write(["again": bytes], to: "again")
                _ = try await other.delete("large", nil)
            } catch { Issue.record(error) }
        }
        var options = VerifyOptions()
        (options.readsData, options.repairs) = (true, true)
        if way == .grafted { options.donorBoards = [try await board.open()] }
        let report = try await Store.verify(
            on: hooked, options, configuration: copy.configuration)
        hooked.setHook(nil)
        #expect(report.isSound, "\(report.summary)")
        let after = try await copy.verify()
        #expect(after.isSound, "\(way): \(after.summary)")
        let opened = try await copy.open()
        #expect(try await opened.read("again") == bytes)
        #expect(try await !opened.pins().contains { $0.name == "large" }, "it was deleted")
        #expect(try await opened.snapshot().index.packs.row(pack)?.isLost != true)
    }

    /// A version whose row cannot be decoded may need any pack: none is given up for another.
    @Test(arguments: [false, true]) func rowsThatCannotBeDecodedMayNeedAnything(
        hasParity: Bool
    ) async throws {
        let (damaged, _, pack) = try await Self.damaged(hasParity ? .mended : .rehomed)
        let copy = try await VerifyLaw.changed(damaged) { (_, planned) throws(EngineError) in
            planned.set(RowKey.version("20200101T000000Z-abcde", of: "gamma"), [1, 2, 3])
        }
        let before = try await copy.open().snapshot().sequence
        let report = try await copy.verify(repairs: true)
        #expect(!report.isSound)
        let after = try await copy.open().snapshot()
        #expect(after.sequence == before)
        #expect(try after.index.packs.row(pack) != nil)
    }

    /// A version that is written while a branch is merged: the merge looks again.
    @Test func aMergeCommitsUponWhatItHasSeen() async throws {
        let replicas = try await ConflictTests.diverged(seed: 131)
        let folder = HookedFolder(replicas.backend(0))
        let once = Once()
        let bytes = sampleBytes(5_000, replicas.random)
        let second = try await replicas.open(0)
        folder.hook.withLock { hook in
            hook = { key in
                guard key.text.hasPrefix("commits/"), once.fires() else { return }
                do { try await second.write(["data": bytes], to: "pin") } catch {
                    Issue.record(error)
                }
            }
        }
        var options = VerifyOptions()
        (options.readsData, options.repairs) = (true, true)
        let report = try await Store.verify(
            on: folder, options, configuration: replicas.configuration())
        #expect(report.isSound, "\(report.summary)")
        let complaint = try await replicas.complaint(0)
        #expect(complaint == nil)
        let read = try await replicas.open(0).versions(of: "pin")
        #expect(read.count(where: { $0.record.byteCount == 5_000 }) == 1)
    }

    /// The commit of another board that somebody has moved into this one's log is no branch.
    @Test func theCommitOfAnotherBoardIsNotMerged() async throws {
        let replicas = Replicas(seed: 132)
        _ = try await replicas.create()
        try await replicas.write([1, 2, 3], to: "pin", on: 0)
        let other = Replicas(seed: 133)
        _ = try await other.create()
        // It needs no packs, so that nothing else stands in its way.
        try await other.write([], to: "foreign", on: 0)
        let commit = try #require(
            other.disks[0].contents(of: "/board/\(BoardKeys.commit(1))"))
        let path = "/board/commits/00000000000000000002 (conflicted copy)"
        try replicas.disks[0].close(try replicas.disks[0].createExclusive(path))
        replicas.disks[0].setContents(of: path, to: commit)
        let report = try await replicas.verify(0, repairs: true)
        #expect(!report.isSound, "\(report.summary)")
        #expect(try await replicas.open(0).pins().map(\.name) == ["pin"])
        #expect(replicas.disks[0].contents(of: path) == commit)
    }

    /// A file that has its size, and whose second half is still blank, has not arrived.
    @Test func aPackWhoseEndIsBlankHasNotArrived() async throws {
        let replicas = Replicas(seed: 134)
        _ = try await replicas.create()
        try await SharedFolderTests.fill(replicas, versions: 4)
        try await replicas.write(sampleBytes(90_000, replicas.random), to: "pin", on: 0)
        let state = try await replicas.open(0).snapshot()
        let last = try #require(try state.latestVersion(of: "pin"))
        let pack = try #require(last.row.packs.max { $0.base < $1.base })
        let path = "/board/\(BoardKeys.pack(pack))"
        var bytes = try #require(replicas.disks[0].contents(of: path))
        bytes.replaceSubrange(
            (bytes.count / 2)..., with: repeatElement(0, count: bytes.count - bytes.count / 2))
        replicas.disks[0].setContents(of: path, to: bytes)
        let notes = Notes()
        let store = try await replicas.open(0, notes)
        let reader = try await store.reader(of: "pin", .latest).reader
        #expect(reader.record.versionName < last.record.versionName)
        #expect(notes.all.first?.isOlder == true)
        let name = Version(pin: "pin", version: reader.record.versionName)
        let read = try await reader.bytes(reader.files[0])
        #expect(read == replicas.acknowledged[name])
    }
}

/// Runs a test's own code before puts into a shared folder.
final class HookedFolder: SharedFolder {
    private let base: FolderBackend
    let hook = Mutex<(@Sendable (ObjectKey) async -> Void)?>(nil)

    init(_ base: FolderBackend) { self.base = base }

    var capabilities: BackendCapabilities { base.capabilities }
    var description: String { base.description }

    func names(in folder: String) async throws(BackendError) -> [String] {
        try await base.names(in: folder)
    }

    func read(_ name: String, in folder: String, limit: Int) async throws(BackendError) -> [UInt8] {
        try await base.read(name, in: folder, limit: limit)
    }

    func remove(_ name: String, in folder: String) async throws(BackendError) {
        try await base.remove(name, in: folder)
    }

    func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        try await base.get(key, range: range, limit: limit)
    }

    func put(
        _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode, durable: Bool
    ) async throws(BackendError) -> PutOutcome {
        if let hook = hook.withLock({ $0 }) { await hook(key) }
        return try await base.put(key, bytes, mode: mode, durable: durable)
    }

    func list(prefix: String, after: ObjectKey?) async throws(BackendError) -> ListPage {
        try await base.list(prefix: prefix, after: after)
    }

    func stat(_ key: ObjectKey) async throws(BackendError) -> ObjectStat? {
        try await base.stat(key)
    }

    func delete(_ key: ObjectKey) async throws(BackendError) { try await base.delete(key) }

    func openLocal(_ key: ObjectKey) async throws(BackendError) -> (any LocalObject)? {
        try await base.openLocal(key)
    }
}
