import PinFormat
import PinTesting
import PinTransforms
import Testing

@testable import PinEngine

/// Goal: whatever runs beside what in a write, every frame is in a pack that the version names.
@Suite struct IngestTests {
    private static func pack(_ session: WriteSession, _ store: Store, _ byte: UInt8) -> FinishedPack
    {
        let raw = [UInt8](repeating: byte, count: 100)
        let assembler = PackAssembler(name: store.freshName(base: session.base))
        assembler.append(
            Checksums.standard.sha256(raw, 0..<100), PackedFrame(raw: raw.span.bytes),
            raw.span.bytes, in: nil)
        return assembler.finish(producer: "test")
    }

    @Test func whatIsUploadedWhileAnotherPackIsStagedStaysUnstaged() async throws {
        // Method: the second upload ends between the beginning and the end of the staging.
        let board = VerifyBoard(seed: 71)
        let store = try await board.create()
        let session = WriteSession(store, try await store.snapshot())
        let (first, second) = (Self.pack(session, store, 1), Self.pack(session, store, 2))
        session.begin(first)
        try await store.upload(first)
        session.uploaded(first)
        let staging = try #require(session.beginStaging())
        session.begin(second)
        try await store.upload(second)
        session.uploaded(second)
        try session.endStaging(.success(try await staging.run()))
        #expect(session.unstaged.map(\.name) == [second.name])
        #expect(session.stagedPacks == [first.name])
        #expect(session.packs == [first.name, second.name].sorted())
    }

    @Test(arguments: [1 << 20, 3 << 20, 32 << 20])
    func randomBytesOfSeveralBatchesComeBack(packByteTarget: Int) async throws {
        // Method: batches that are nearly all raw stay in their buffers until they are stored; with
        // the standard chunker there are three, in several packs and a last one that is large.
        let seed: UInt64 = 72
        let board = VerifyBoard(seed: seed, packByteTarget: packByteTarget)
        let store = try await Store.create(on: board.backend, configuration: board.configuration)
        let bytes = SeededRandom(seed: seed).bytes(count: 12 << 20)
        for (pin, content) in [("flat", bytes), ("other", Array(bytes.reversed()))] {
            var request = WriteRequest(
                pin: pin, files: [InputFile(path: "file", source: BytesSource(content))],
                metadata: VersionMetadata(createdSeconds: 1))
            request.computesFlatDigests = pin == "flat"
            let result = try await store.write(request)
            let expected = pin == "flat" ? sha256(content) : nil
            #expect(result.files[0].flatDigest == expected, "seed \(seed), \(pin)")
            let isSame = try await store.read(pin) == content
            #expect(isSame, "seed \(seed), \(pin)")
        }
        #expect(try await board.verify().problems.isEmpty, "seed \(seed)")
    }
}
