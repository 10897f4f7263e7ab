import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Testing

/// Long writes: staged packs, and what is left of a writer that dies (FORMAT.md §9.4, Staging).
@Suite struct StagingTests {
    /// A store whose writer dies at its n-th pack.
    private func dyingStore(
        _ ground: Ground, on backend: MemoryBackend, atPack position: Int
    ) async throws -> Store {
        let counter = Once(at: position)
        let faulty = FaultyBackend(
            backend,
            plan: FaultPlan { call in
                guard call.verb == .put, call.key?.description.hasPrefix("packs/") == true else {
                    return nil
                }
                return counter.fires() ? .failBefore(.ioError) : nil
            })
        return try await ground.open(on: faulty, label: 77)
    }

    @Test func whatADeadWriterStagedIsFoundByTheNextOne() async throws {
        let (ground, backend, store) = try await Ground.board(seed: 1)
        try await store.write([1], to: "p")
        let bytes = ground.bytes(1 << 20)
        let dying = try await dyingStore(ground, on: backend, atPack: 13)
        let code = await failure { () throws(EngineError) in try await dying.write(bytes, to: "p") }
        #expect(code == .ioError)
        #expect(try await store.versions(of: "p").count == 1)
        // A collection with a grace leaves a session of today alone.
        try await store.collect(grace: 0)
        let again = try await store.write(bytes, to: "p")
        #expect(again.newByteCount < 5 * (64 << 10))
        #expect(again.newByteCount > 0)
        #expect(try await ground.open(on: backend).read("p") == bytes)
        for _ in 0..<2 {
            ground.clock.advance(seconds: 100_000)
            try await store.collect()
        }
        #expect(try await ground.open(on: backend).read("p") == bytes)
        #expect(backend.byteCount("packs/") < 12 * bytes.count / 10)
    }

    @Test func packsOfASilentSessionAreFreedInTheEnd() async throws {
        let (ground, backend, store) = try await Ground.board(seed: 2)
        try await store.write([1], to: "p")
        let dying = try await dyingStore(ground, on: backend, atPack: 13)
        _ = await outcome { () throws(EngineError) in
            try await dying.write(ground.bytes(1 << 20), to: "p")
        }
        let staged = backend.keys("packs/").count
        #expect(staged > 8)
        #expect(try await store.collect(grace: 10).condemnedPacks == 0)
        ground.clock.advance(seconds: 86_401)
        #expect(try await store.collect(grace: 10).condemnedPacks > 8)
        ground.clock.advance(seconds: 11)
        try await store.collect(grace: 10)
        try await store.collect(grace: 0)
        #expect(backend.keys("packs/").count == 1)
        #expect(try await ground.open(on: backend).read("p") == [1])
    }

    @Test func aStagingWriterIsNotHurtByACollectionOfItsPacks() async throws {
        // The session is declared dead while it is alive, twice, and its staged packs are gone when
        // it commits.
        let (ground, backend, store) = try await Ground.board(seed: 3)
        let hooked = HookedBackend(backend)
        let writer = try await ground.open(on: hooked, label: 5)
        hooked.hookOnce(.put, "packs/", at: 14) {
            for _ in 0..<2 {
                ground.clock.advance(seconds: 100_000)
                try await store.collect()
            }
        }
        let bytes = ground.bytes(1 << 20)
        try await writer.write(bytes, to: "p")
        #expect(try await ground.open(on: backend).read("p") == bytes)
        try await store.collect(exclusive: true)
        #expect(try await ground.open(on: backend).read("p") == bytes)
        #expect(backend.byteCount("packs/") < 12 * bytes.count / 10)
    }

    @Test(arguments: [
        BackendFault.failAfter(.ioError), .failAfter(.permissionDenied), .failBefore(.ioError),
    ]) func packsOfAStageCommitThatMayStandStay(fault: BackendFault) async throws {
        let (ground, backend, store) = try await Ground.board(seed: 5)
        try await store.write([1], to: "p")
        let once = Once()
        let faulty = FaultyBackend(
            backend,
            plan: FaultPlan { call in
                guard call.verb == .put, call.key?.description.hasPrefix("commits/") == true,
                    once.fires()
                else { return nil }
                return fault
            })
        let writer = try await ground.open(on: faulty, label: 3)
        let bytes = ground.bytes(1 << 20)
        let code = await failure { () throws(EngineError) in try await writer.write(bytes, to: "p")
        }
        #expect(code != nil)
        try await store.write(bytes, to: "p")
        #expect(try await ground.open(on: backend).read("p") == bytes)
        try await store.collect(exclusive: true)
        #expect(try await ground.open(on: backend).read("p") == bytes)
    }

    @Test func aStreamThatCannotBeReadAgainIsToldToTryAgain() async throws {
        let (ground, backend, store) = try await Ground.board(seed: 4)
        let bytes = ground.bytes(100_000)
        try await store.write(bytes, to: "old")
        let hooked = HookedBackend(backend)
        let writer = try await ground.open(on: hooked, label: 5)
        hooked.hookOnce(.put, "commits/") {
            _ = try await store.delete("old", nil)
            try await store.collect(exclusive: true)
        }
        let stream = AsyncStream<[UInt8]> { continuation in
            continuation.yield(bytes)
            continuation.finish()
        }
        let request = WriteRequest(
            pin: "new", files: [InputFile(path: "data", source: SequenceSource(stream))],
            metadata: VersionMetadata(createdSeconds: 1))
        let code = await failure { () throws(EngineError) in try await writer.write(request) }
        #expect(code == .tryAgain)
        #expect(try await store.pins().isEmpty)
    }
}
