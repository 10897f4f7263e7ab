import BenchmarkSupport
import PinEngine
import PinFormat
import PinStorage
import PinTesting
import PinTransforms

/// Look-ups in the index of a board that was put together for it: one segment of many entries.
enum IndexBenchmarks {
    private static let lookupCount = 20_000

    static func make(_ entryCount: Int) throws -> [Benchmark] {
        let places = self.places(entryCount)
        let snapshot = try open(places)
        let random = SeededRandom(seed: 7)
        let present = (0..<lookupCount).map { _ in
            places[Int(random.uint64() % UInt64(places.count))].digest
        }
        let absent = (0..<lookupCount).map { _ in Digest(bytes: random.bytes(count: 32)) }
        return [
            benchmark("index/present-\(entryCount)", snapshot, present, expected: lookupCount),
            benchmark("index/absent-\(entryCount)", snapshot, absent, expected: 0),
        ]
    }

    /// A benchmark whose bytes are look-ups: a rate of 1 MB/s is a million look-ups a second.
    private static func benchmark(
        _ name: String, _ snapshot: Snapshot, _ digests: [Digest], expected: Int
    ) -> Benchmark {
        @Sendable func count() -> Int {
            digests.count { (try? snapshot.contains($0)) == true }
        }
        return Benchmark(
            name, byteCount: digests.count,
            check: {
                let found = count()
                guard found == expected else { throw Failure("\(name) found \(found)") }
            },
            body: { count() })
    }

    private static func places(_ count: Int) -> [FramePlace] {
        let random = SeededRandom(seed: 1)
        let packs = (0..<64).map { _ in ObjectName(base: 0, random: random.bytes(count: 16)) }
        let header = FrameHeader(kind: .chunk, codec: .zstd, filter: .none, rawByteCount: 65_536)
        return (0..<count).map { index in
            FramePlace(
                digest: Digest(bytes: random.bytes(count: 32)), pack: packs[index % packs.count],
                offset: 64 + index, storedByteCount: 20_000, header: header, bases: [])
        }.sorted(by: FramePlace.isOrderedBefore)
    }

    /// A board in memory whose first commit names the segment and its packs.
    private static func open(_ places: [FramePlace]) throws -> Snapshot {
        let backend = MemoryBackend()
        let segment = IndexSegment.encode(places, .standard)
        let name = ObjectName(base: 0, random: Array(repeating: 7, count: 16))
        let row = PackRow(
            status: .live, byteCount: 1 << 25, footerByteCount: 1 << 16,
            footerDigest: Digest(0, 0, 0, 0), frameCount: 1, rawByteCount: 0)
        let config = BoardConfig(boardID: Array(repeating: 1, count: 16), producer: "benchmark")
        var commit = CommitRecord(
            sequence: 1, previous: Digest(0, 0, 0, 0), commitID: Array(repeating: 2, count: 16),
            kind: .write, timeSeconds: nil, boardID: config.boardID, producer: "benchmark")
        commit.indexSegments = [
            SegmentReference(
                name: name, byteCount: segment.count, entryCount: places.count,
                digest: Checksums.standard.sha256(segment, 0..<segment.count))
        ]
        commit.inlineTable = TableSegment.encode(
            Set(places.map(\.pack)).sorted().map {
                TableRow(key: RowKey.pack($0), value: row.encoded)
            }, .standard)
        let objects: [(ObjectKey, [UInt8])] = [
            (BoardKeys.config, config.encoded(.standard)), (BoardKeys.index(name), segment),
            (BoardKeys.commit(1), commit.encoded(.standard)),
        ]
        return try Program.wait {
            for (key, bytes) in objects {
                _ = try await backend.put(key, bytes, mode: .overwrite)
            }
            return try await Store.open(on: backend).snapshot()
        }
    }
}
