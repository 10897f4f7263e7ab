import PinFormat
import PinStorage
import PinTesting
import Synchronization
import Testing

@testable import PinEngine

/// Goal: whoever writes in a folder leaves nothing out for the sake of a pack that is not there:
/// what it writes is whole, before any repair. Method: every pack of a small board is removed, cut
/// or made longer in turn, and what was written is written once more.
@Suite struct UsedPackTests {
    typealias Version = VerifyProblem.Version

    enum Harm: Sendable, CaseIterable {
        case missing, cut, longer

        func harmed(_ board: VerifyBoard, _ key: ObjectKey) -> VerifyBoard {
            switch self {
            case .missing: board.without(key)
            case .cut: board.damaged(key) { $0.removeSubrange(($0.count / 3)...) }
            case .longer: board.damaged(key) { $0.insert(7, at: $0.count / 3) }
            }
        }
    }

    @Test(arguments: Harm.allCases)
    func writingAgainHealsWhatIsMissingWithoutARepair(_ harm: Harm) async throws {
        let written = try await HealTests.written(seed: 150)
        let board = written.board
        let good = await board.readable(try await board.versions())
        var hurtCount = 0
        for key in try await HealTests.packs(board) {
            let copy = harm.harmed(board, key)
            if await copy.readable(Array(good.keys)) != good { hurtCount += 1 }
            for (pin, bytes) in written.contents {
                let store = try await copy.open()
                try await copy.write(pin, [("data", bytes)], on: store)
                let read = try await store.read(pin)
                #expect(read == bytes, "\(harm) \(key): \(pin) just written")
            }
            #expect(await copy.readable(Array(good.keys)) == good, "\(harm) \(key)")
            // Nobody needs what was lost: a repair has nothing to add but to say so.
            let report = try await copy.verify(repairs: true)
            #expect(report.isSound, "\(harm) \(key): \(report.summary)")
            try await HealTests().expectHealed(copy, good, "\(harm) \(key)")
        }
        #expect(hurtCount > 2)
    }

    /// The file of the latest version, given once more, changes nothing and heals all the same; a
    /// third time nothing is stored.
    @Test(arguments: Harm.allCases) func anUnchangedWriteHeals(_ harm: Harm) async throws {
        let board = VerifyBoard(seed: 151, packByteTarget: 24 << 10)
        let bytes = sampleBytes(90_000, board.random)
        try await board.write("pin", [("data", bytes)], on: try await board.create())
        let versions = try await board.versions()
        let good = await board.readable(versions)
        for key in try await HealTests.packs(board) {
            let copy = harm.harmed(board, key)
            let result = try await copy.write("pin", [("data", bytes)], on: try await copy.open())
            #expect(result.isUnchanged && result.storedByteCount > 0)
            #expect(try await copy.versions() == versions)
            #expect(await copy.readable(versions) == good, "\(harm) \(key)")
            let again = try await copy.write("pin", [("data", bytes)], on: try await copy.open())
            #expect(again.isUnchanged && again.storedByteCount == 0)
        }
    }

    /// A pack that only chunks of another pin are in is noticed when all is read. Who can read his
    /// input only once hears it.
    @Test func anInputThatIsReadOnceIsRefusedAndNotHalfStored() async throws {
        let board = VerifyBoard(seed: 152, packByteTarget: 24 << 10)
        let store = try await board.create()
        let bytes = sampleBytes(60_000, board.random)
        try await board.write("pin", [("data", bytes)], on: store)
        let lost = try #require(try await HealTests.packs(board).first)
        for isRepeatable in [true, false] {
            let copy = board.without(lost)
            let before = copy.backend.keys("packs/")
            let request = WriteRequest(
                pin: "other",
                files: [
                    InputFile(
                        path: "data", source: OnceSource(bytes, isRepeatable: isRepeatable))
                ], metadata: VersionMetadata(createdSeconds: 1))
            let opened = try await copy.open()
            let result = await outcome { () throws(EngineError) in try await opened.write(request) }
            if isRepeatable {
                #expect(result.code == nil)
                #expect(try await copy.open().read("other") == bytes)
            } else {
                #expect(result.code == .corrupt)
                guard case .failure(let error) = result else { continue }
                #expect(error.object == lost.description && error.message.contains("--repair"))
                #expect(copy.backend.keys("packs/") == before)
            }
        }
    }

    /// One question for each pack in a folder; none elsewhere, where it would be a request.
    @Test(arguments: [false, true]) func eachPackIsAskedForOnce(isRemote: Bool) async throws {
        let backend = MemoryBackend(
            capabilities: BackendCapabilities(isRemote: isRemote), hasLocalObjects: !isRemote)
        let ground = Ground(seed: 153)
        let hooked = HookedBackend(backend)
        let store = try await ground.create(on: hooked)
        let bytes = ground.bytes(300_000)
        try await store.write(bytes, to: "pin")
        let count = backend.keys("packs/").count
        #expect(count > 4)
        let asked = Mutex<[String: Int]>([:])
        hooked.setHook { call in
            guard call.verb == .stat, call.text.hasPrefix("packs/") else { return }
            asked.withLock { $0[call.text, default: 0] += 1 }
        }
        try await store.write(Array(bytes[1_000...]), to: "pin")
        try await store.write(Array(bytes[..<200_000]), to: "other")
        let all = asked.withLock { $0 }
        #expect(isRemote ? all.isEmpty : all.values.allSatisfy { $0 <= 2 } && all.count >= count)
    }

    /// In a folder that is synchronised what is missing may still come: a write waits for it.
    @Test func whatMayStillArriveIsWaitedFor() async throws {
        let replicas = Replicas(seed: 154)
        _ = try await replicas.create()
        let bytes = sampleBytes(60_000, replicas.random)
        try await replicas.write(bytes, to: "pin", on: 0)
        let state = try await replicas.open(0).snapshot()
        let pack = try #require(try state.latestVersion(of: "pin")?.row.packs.first)
        let path = "/board/\(BoardKeys.pack(pack))"
        let whole = try #require(replicas.disks[0].contents(of: path))
        replicas.disks[0].setContents(of: path, to: Array(whole.dropLast(20)))
        for pin in ["pin", "other"] {
            let store = try await replicas.open(0)
            let result = await outcome { () throws(EngineError) in
                try await store.write([UInt8(1)] + bytes, to: pin)
            }
            #expect(result.code == .incomplete, "\(pin)")
        }
        replicas.disks[0].setContents(of: path, to: whole)
        try await replicas.write(bytes + [1], to: "other", on: 0)
        #expect(try await replicas.complaint(0) == nil)
    }
}

/// Bytes that can be read once, or as often as one likes.
private struct OnceSource: ByteSource {
    private let base: BytesSource
    let isRepeatable: Bool

    init(_ bytes: [UInt8], isRepeatable: Bool) {
        (base, self.isRepeatable) = (BytesSource(bytes), isRepeatable)
    }

    var expectedByteCount: UInt64? { base.expectedByteCount }

    func open() async throws(EngineError) -> any ByteStream { base.open() }
}
