@testable import PinEngine
import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Testing

/// Deltas are an economy: they may not keep anybody from writing, nor make anything that cannot be
/// read.
@Suite struct AuditDeltaTests {
    /// FORMAT.md §6.1: a reader refuses a closure over its limit of raw bytes, so none may be made.
    @Test func noClosureIsLargerThanAReaderTakes() async throws {
        let ground = Ground(seed: 911)
        let store = try await ground.create(on: MemoryBackend())
        let bytes = ground.bytes(3_000)
        for turn in 0..<3 {
            let change = ground.bytes(40, UInt64(turn + 1))
            try await store.write(bytes[..<500] + change + bytes[540...], to: "pin")
        }
        let snapshot = try await store.snapshot()
        let version = try #require(try snapshot.latestVersion(of: "pin"))
        let frames = FrameReader(store, snapshot, version)
        let file = try #require(try await store.files(of: version.record, snapshot).first)
        var depths: [Int] = []
        for limit in [2_999, 5_999, 6_000, 8_999, 9_000, 11_999, 12_000] {
            let previous = try await PreviousFile([file], isSamePath: true, frames)
            let planner = BasePlanner(
                store, snapshot, BaseAlignment(previous, newByteCount: nil), nil, frames,
                closureByteCountMax: limit)
            let chunk = DigestedChunk(
                digest: sha256([1]), byteCount: 3_000, isNew: true, sketch: nil)
            var memory = BaseMemory()
            let found = try await planner.bases([chunk], offset: 0, shift: nil, &memory)
            depths.append(found[0].map { ($0.headers.map(\.depth).max() ?? 0) + 1 } ?? 0)
            #expect((depths[depths.count - 1] + 1) * 3_000 <= max(limit, 3_000), "\(limit)")
        }
        #expect(depths == [0, 0, 1, 1, 2, 2, 3])
    }

    @Test func aDamagedBaseKeepsNobodyFromWriting() async throws {
        let ground = Ground(seed: 912)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        var bytes = ground.bytes(200_000)
        try await store.write(bytes, to: "pin")
        for key in backend.keys("packs/") {
            var pack = try #require(backend.snapshot[key])
            let tail = try PackTrailer(pack, at: pack.count - 64, packByteCount: pack.count)
            let footer = try PackFooter(
                Array(pack[tail.footerOffset..<tail.footerOffset + tail.footerByteCount]), tail,
                .standard)
            for entry in footer.entries where entry.header.kind == .chunk {
                pack[entry.offset + entry.storedByteCount - 1] ^= 1
            }
            backend.replace(key, with: pack)
        }
        for place in stride(from: 500, to: bytes.count, by: 900) { bytes[place] ^= 0xFF }
        #expect(await failure { () throws(EngineError) in try await store.read("pin") } == .corrupt)
        let result = await outcome { () throws(EngineError) in
            try await store.write(bytes, to: "pin")
        }
        #expect(result.code == nil)
        #expect(try await store.read("pin") == bytes)
    }

    /// A chunk of one byte may need 64 MiB of bases: those of all that are asked for are not held
    /// at once.
    @Test func framesThatTogetherAreTooMuchForOneTurnComeAllTheSame() async throws {
        let ground = Ground(seed: 913)
        let store = try await ground.create(on: MemoryBackend())
        var bytes = ground.bytes(100_000)
        try await store.write(bytes, to: "pin")
        for place in stride(from: 500, to: bytes.count, by: 900) { bytes[place] ^= 0xFF }
        try await store.write(bytes, to: "pin")
        let snapshot = try await store.snapshot()
        let version = try #require(try snapshot.latestVersion(of: "pin"))
        let file = try #require(try await store.files(of: version.record, snapshot).first)
        var digests: [Digest] = []
        var cursor = try await ChunkCursor(
            FrameReader(store, snapshot, version), file, 0..<file.byteCount)
        while let chunk = try await cursor.next() { digests.append(chunk.digest) }
        let asked = Array(digests.reversed()) + digests
        for limit in [1, 10_000, 50_000, 1 << 20] {
            let frames = FrameReader(
                store, snapshot, pin: "pin", version: version.record.versionName,
                packs: version.row.packs, groupByteCountMax: limit)
            #expect(try await frames.frames(asked, .chunk).map(sha256) == asked, "\(limit)")
        }
    }
}
