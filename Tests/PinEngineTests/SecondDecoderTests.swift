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
