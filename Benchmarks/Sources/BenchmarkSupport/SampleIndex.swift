public import PinEngine
public import PinFormat
import PinStorage
import PinTesting
import PinTransforms

/// A board in memory that was put together for look-ups: its first commit names an index segment of
/// many entries, and their packs.
public struct SampleIndex: Sendable {
    public let digests: [Digest]
    public let snapshot: Snapshot

    /// - Parameter entryCount: How many entries the segment has.
    public init(entryCount: Int) async throws {
        let places = Self.places(entryCount)
        digests = places.map(\.digest)
        snapshot = try await Self.open(places)
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

    private static func open(_ places: [FramePlace]) async throws -> Snapshot {
        let segment = IndexSegment.encode(places, .standard)
        let name = ObjectName(base: 0, random: [UInt8](repeating: 7, count: 16))
        let config = BoardConfig(
            boardID: [UInt8](repeating: 1, count: 16), producer: "benchmark")
        let row = PackRow(
            status: .live, byteCount: 1 << 25, footerByteCount: 1 << 16,
            footerDigest: Digest(0, 0, 0, 0), frameCount: 1, rawByteCount: 0)
        var commit = CommitRecord(
            sequence: 1, previous: Digest(0, 0, 0, 0), commitID: [UInt8](repeating: 2, count: 16),
            kind: .write, timeSeconds: nil, boardID: config.boardID, producer: config.producer)
        commit.indexSegments = [
            SegmentReference(
                name: name, byteCount: segment.count, entryCount: places.count,
                digest: Checksums.standard.sha256(segment, 0..<segment.count))
        ]
        commit.inlineTable = TableSegment.encode(
            Set(places.map(\.pack)).sorted().map {
                TableRow(key: RowKey.pack($0), value: row.encoded)
            }, .standard)
        let backend = MemoryBackend()
        for (key, bytes) in [
            (BoardKeys.config, config.encoded(.standard)), (BoardKeys.index(name), segment),
            (BoardKeys.commit(1), commit.encoded(.standard)),
        ] {
            _ = try await backend.put(key, bytes, mode: .overwrite)
        }
        return try await Store.open(on: backend).snapshot()
    }
}
