import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Testing

/// Goal: what the engine writes is what FORMAT.md says, in the eyes of another implementation, and
/// packs are zstd streams. Method: boards of every shape, read by the strict decoder in Python and
/// tested by `zstd -t`.
@Suite struct SecondDecoderTests {
    @Test func readsSeriesWithDeltas() async throws {
        let ground = Ground(seed: 81)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        for version in 1...4 {
            let bytes = Corpus(
                .csv, byteCount: 200_000, seed: 81,
                edit: Corpus.Edit(.scatter, partsPerMillion: 3_000), version: version
            ).bytes()
            try await store.write(bytes, to: "table", title: "version \(version)")
        }
        let complaints = try SecondDecoder.complaints(about: backend)
        #expect(complaints == "")
    }

    /// It also makes each pack again, from its parity and the pack with a hole in it.
    @Test func readsParity() async throws {
        let ground = Ground(seed: 84)
        for percent in [1, 10, 100] {
            let backend = MemoryBackend()
            let store = try await Store.create(
                on: backend, chunker: try ChunkerParameters(averageExponent: 12),
                parityPercent: percent, configuration: ground.configuration())
            for number in 0..<4 {
                try await store.write(ground.bytes(500 + 9_000 * number, UInt64(number)), to: "p")
            }
            #expect(backend.keys("parity/").count == backend.keys("packs/").count)
            let complaints = try SecondDecoder.complaints(about: backend)
            #expect(complaints == "")
            let key = try #require(backend.keys("parity/").first)
            var bytes = try #require(backend.snapshot[key])
            bytes[bytes.count / 2] ^= 1
            backend.replace(key, with: bytes)
            let more = try SecondDecoder.complaints(about: backend)
            #expect(more.contains("7.10") || more.contains("2.5"), "\(more)")
        }
    }

    @Test func readsTreesWithLongFileLists() async throws {
        let ground = Ground(seed: 82)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        var files: [String: [UInt8]] = [:]
        for number in 0..<300 {
            files["folder \(number % 7)/file-\(number)"] = ground.bytes(number * 7, UInt64(number))
        }
        try await store.write(files, to: "owner/tree")
        files["folder 1/new"] = ground.bytes(30_000, 999)
        try await store.write(files, to: "owner/tree")
        let complaints = try SecondDecoder.complaints(about: backend)
        #expect(complaints == "")
    }

    @Test func readsWhatCollectionsLeave() async throws {
        let ground = Ground(seed: 83)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        for number in 0..<20 {
            try await store.write(ground.bytes(9_000, UInt64(number)), to: "pin \(number % 12)")
        }
        for number in stride(from: 0, to: 12, by: 2) {
            _ = try await store.delete("pin \(number)", nil)
        }
        for exclusive in [false, false, true] {
            _ = try await store.collect(grace: 0, exclusive: exclusive)
            let complaints = try SecondDecoder.complaints(about: backend)
            #expect(complaints == "")
        }
    }
}
