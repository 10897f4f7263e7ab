import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Testing

@testable import PinEngine

/// Goal: index segments merge piece by piece, into what a merge in memory would give, and into few.
/// Method: seeded segments with copies, deltas and packs that are gone.
@Suite struct IndexMergeTests {
    private let random = SeededRandom(seed: 3_301)
    private let packs: [ObjectName]

    init() {
        let random = random
        packs = (0..<9).map { ObjectName(base: $0, random: random.bytes(count: 16)) }
    }

    private func number(_ range: Range<Int>) -> Int {
        range.lowerBound + Int(random.uint64() % UInt64(range.count))
    }

    private func place(_ digest: Digest) throws -> FramePlace {
        let plain = FrameHeader(kind: .chunk, codec: .zstd, filter: .none, rawByteCount: 9_000)
        var (header, bases) = (plain, [Digest]())
        if number(0..<3) == 0 {
            let count = number(1..<3)
            header = try FrameHeader(
                deltaOf: Array(repeating: plain, count: count), rawByteCount: 9_000)
            bases = (0..<count).map { _ in Digest(bytes: random.bytes(count: 32)) }
        }
        return FramePlace(
            digest: digest, pack: packs[number(0..<packs.count)], offset: number(64..<1 << 20),
            storedByteCount: 4_000, header: header, bases: bases)
    }

    /// Segments of these sizes; some places are in several, some digests in several packs.
    private func segments(_ counts: [Int]) throws -> [[FramePlace]] {
        var all: [FramePlace] = []
        return try counts.map { count in
            let places = try (0..<count).map { _ in
                let known = all.isEmpty ? nil : all[number(0..<all.count)]
                switch (number(0..<10), known) {
                case (0, let known?): return known
                case (1, let known?): return try place(known.digest)
                default: return try place(Digest(bytes: random.bytes(count: 32)))
                }
            }
            all += places
            return SegmentMerge.sorted(places)
        }
    }

    private func layer(_ places: [FramePlace]) throws -> IndexLayer {
        try IndexLayer(BytesObject(IndexSegment.encode(places, .standard)), object: "segment")
    }

    private func bytes(of merge: IndexMerge) throws -> [UInt8] {
        var (bytes, pieces): ([UInt8], _) = ([], try merge.pieces())
        while let piece = try pieces.next() {
            #expect(!piece.isEmpty)
            bytes += piece
        }
        return bytes + sha256(bytes).bytes
    }

    @Test(arguments: [
        [1], [0, 1], [64, 1], [65, 64, 63], [500, 40, 3, 1, 1], [129, 129, 129, 129], [9_000, 700],
        [40_000, 1],
    ])
    func aStreamedMergeIsTheMergeInMemoryByteForByte(_ counts: [Int]) throws {
        let segments = try segments(counts)
        for gone in [[], [0], [1, 2, 3, 4, 5], [0, 8]] {
            let gone = Set(gone.map { packs[$0] })
            let merge = try IndexMerge(try segments.map(layer)) { !gone.contains($0) }
            let expected = SegmentMerge.sorted(
                segments.flatMap { $0 }.filter { !gone.contains($0.pack) })
            #expect(merge.layout.entryCount == expected.count)
            guard !expected.isEmpty else { continue }
            #expect(try bytes(of: merge) == IndexSegment.encode(expected, .standard), "\(gone)")
        }
    }

    @Test func nothingIsLeftOfPacksThatAreAllGone() throws {
        let merge = try IndexMerge(try segments([70, 7]).map(layer)) { _ in false }
        #expect(merge.layout.entryCount == 0)
    }

    @Test func aMergedIndexAnswersAsItsSegmentsDid() throws {
        let segments = try segments([300, 300, 20, 5])
        let layers = try segments.map(layer)
        let merged = try IndexLayer(
            BytesObject(try bytes(of: try IndexMerge(layers) { _ in true })), object: "merged")
        func copies(_ digest: Digest, _ layers: [IndexLayer]) throws -> Set<FramePlace> {
            var found: Set<FramePlace> = []
            for layer in layers {
                for (_, entry) in try layer.entries(digest) {
                    found.insert(try layer.place(entry))
                }
            }
            return found
        }
        for digest in Set(segments.joined().map(\.digest)) {
            #expect(try copies(digest, [merged]) == copies(digest, layers))
        }
        for _ in 0..<200 {
            let absent = Digest(bytes: random.bytes(count: 32))
            #expect(try merged.entries(absent).isEmpty)
        }
    }

    /// A hostile index says two things about the same bytes: encoding both would not be a segment.
    @Test func placesThatContradictEachOtherDoNotTrap() throws {
        let one = try place(Digest(bytes: random.bytes(count: 32)))
        let other = FramePlace(
            digest: one.digest, pack: one.pack, offset: one.offset, storedByteCount: 5_000,
            header: one.header, bases: one.bases)
        #expect(SegmentMerge.sorted([one, other]).count == 1)
        let merge = try IndexMerge([try layer([one]), try layer([other])]) { _ in true }
        #expect(merge.layout.entryCount == 1)
        _ = try IndexSegment.decode(try bytes(of: merge), .standard)
    }

    @Test func aSegmentWhoseBasesAreDamagedIsNotMerged() throws {
        let places = SegmentMerge.sorted(try segments([200])[0])
        var bytes = IndexSegment.encode(places, .standard)
        let digest = sha256(bytes)
        let layer = try layer(places)
        try layer.requireDigest(digest)
        bytes[bytes.count - 40] ^= 1
        let damaged = try IndexLayer(BytesObject(bytes), object: "segment")
        #expect(throws: EngineError.self) { try damaged.requireDigest(digest) }
    }

    /// Commits of all sizes, up to the index of more than a terabyte, without any collection.
    @Test func theNumberOfSegmentsStaysLogarithmic() {
        var (segments, addedByteCount, writtenByteCount): ([SegmentReference], Int, Int) = (
            [], 0, 0
        )
        var most = 0
        for turn in 0..<30_000 {
            // Mostly small ones of 8 KiB; sometimes the index of gigabytes.
            let byteCount = 8_192 + (turn % 100 == 0 ? number(0..<8 << 20) : number(0..<2_000))
            let merged = SegmentMerge.merged(segments, adding: byteCount, takesLarge: true)
            let sum = merged.reduce(byteCount) { $0 + $1.byteCount }
            segments.removeAll { merged.contains($0) }
            segments.insert(
                SegmentReference(
                    name: ObjectName(base: UInt64(turn), random: Array(repeating: 0, count: 16)),
                    byteCount: sum, entryCount: sum / 56, digest: Digest(0, 0, 0, 0)), at: 0)
            addedByteCount += byteCount
            writtenByteCount += sum
            most = max(most, segments.count)
        }
        #expect(segments.reduce(0) { $0 + $1.byteCount } == addedByteCount)
        #expect(addedByteCount > 900 << 20)
        // log₄(4 MiB / 8 KiB) = 4.5 small ones, each less than a quarter of the next.
        #expect(most <= SegmentMerge.largeCountMax + 6, "\(most)")
        #expect(writtenByteCount < 12 * addedByteCount, "\(writtenByteCount / addedByteCount)")
    }

    @Test func thousandsOfCommitsLeaveFewSegmentsThatKnowEverything() async throws {
        let ground = Ground(seed: 3_302)
        let store = try await ground.create(on: MemoryBackend())
        var digests: [Digest] = []
        for turn in 0..<2_000 {
            let pack = ObjectName(base: 0, random: random.bytes(count: 16))
            var change = StateChange(.write)
            let row = PackRow(
                status: .live, byteCount: 1 << 20, footerByteCount: 64,
                footerDigest: Digest(0, 0, 0, 0), frameCount: 6, rawByteCount: 0)
            change.set(RowKey.pack(pack), row.encoded)
            for number in 0..<6 {
                let digest = Digest(bytes: random.bytes(count: 32))
                digests.append(digest)
                change.places.append(
                    FramePlace(
                        digest: digest, pack: pack, offset: 64 + number, storedByteCount: 5_000,
                        header: FrameHeader(
                            kind: .chunk, codec: .zstd, filter: .none, rawByteCount: 9_000),
                        bases: []))
            }
            let outcome = try await store.commit { _ in change }
            guard turn % 100 == 99 else { continue }
            // log₄ of the commits, as the inline index takes three of them.
            #expect(outcome.snapshot.commit.indexSegments.count <= 6)
        }
        let snapshot = try await ground.open(on: store.backend).snapshot()
        for digest in digests { #expect(try snapshot.contains(digest)) }
    }
}
