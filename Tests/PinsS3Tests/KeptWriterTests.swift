import PinStorage
import PinTesting
import Pins
import Testing

/// Goal: what is written to a remote board is at hand afterwards, and only what never changes.
/// Method: a backend in memory that says that it is remote, below the cache.
@Suite struct KeptWriterTests {
    @Test func whatIsWrittenIsAtHand() async throws {
        try await withTemporaryFolder { (folder) async throws in
            let base = MemoryBackend(capabilities: BackendCapabilities(isRemote: true))
            let cached = BoardCache(CacheSettings(path: folder + "/cache"))
                .backend(base, identity: CacheIdentity(origin: "o"), board: "b")
            let bytes = SeededRandom(seed: 1).bytes(count: 100_000)
            #expect(await !cached.isAtHand("tables/a", range: 0..<1))
            _ = try await cached.put("tables/a", bytes, mode: .ifAbsent)
            let writer = try await cached.writer("tables/b", byteCount: 100_000, mode: .ifAbsent)
            try await writer.append(Array(bytes[..<40_000]))
            try await writer.append(Array(bytes[40_000...]))
            #expect(try await writer.publish() == .created)
            // Of packs frames are kept, and these have none (FrameCacheTests).
            let name = "packs/0000000000000001-00000000000000000000000000000000" as ObjectKey
            _ = try await cached.put(name, bytes, mode: .ifAbsent)
            _ = try await cached.put("latest", bytes, mode: .overwrite)
            for key in ["tables/a", "tables/b", name, "latest"] {
                try await base.delete(key)
            }
            for key in ["tables/a", "tables/b"] as [ObjectKey] {
                #expect(await cached.isAtHand(key, range: 0..<100_000))
                #expect(try await cached.get(key, limit: 100_000) == bytes)
            }
            #expect(await !cached.isAtHand(name, range: 0..<1))
            #expect(await !cached.isAtHand("latest", range: 0..<1))
            // One that was there already is not what this call would have written.
            _ = try await base.put("tables/d", [1], mode: .ifAbsent)
            #expect(try await cached.put("tables/d", bytes, mode: .ifAbsent) == .exists)
            #expect(await !cached.isAtHand("tables/d", range: 0..<1))
        }
    }
}
