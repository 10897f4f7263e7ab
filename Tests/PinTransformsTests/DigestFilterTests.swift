import PinFormat
import PinTransforms
import Testing

@Suite struct DigestFilterTests {
    /// The layout of a segment of so many entries.
    private static func layout(_ count: Int, _ bytes: SampleBytes) throws -> (
        layout: IndexSegmentLayout, digests: [Digest]
    ) {
        var bytes = bytes
        let pack = ObjectName(base: 1, random: bytes.random(16))
        let places = (0..<count).map { _ in
            FramePlace(
                digest: Digest(bytes: bytes.random(32)), pack: pack, offset: 64,
                storedByteCount: 100,
                header: FrameHeader(kind: .chunk, codec: .raw, filter: .none, rawByteCount: 60),
                bases: [])
        }.sorted(by: FramePlace.isOrderedBefore)
        let segment = IndexSegment.encode(places, .standard)
        return (
            try IndexSegmentLayout(header: segment, byteCount: segment.count, .standard),
            places.map(\.digest)
        )
    }

    private static func entries(_ digests: [Digest]) -> [UInt8] {
        digests.flatMap { digest in
            digest.bytes + Array(repeating: 0, count: IndexSegmentLayout.entryByteCount - 32)
        }
    }

    /// Goal: a filter never says no of a digest that is there, and says no of most others.
    @Test func aFilterNeverExcludesWhatABucketHas() throws {
        let seed: UInt64 = 91
        let (layout, digests) = try Self.layout(3_000, SampleBytes(seed: seed))
        let filter = DigestFilter(layout)
        let filters = DigestFilters([filter])
        // Unprepared, then prepared and not filled: anything may be there.
        for digest in digests { #expect(filters.mayHave(digest) == 1) }
        let buckets = Dictionary(grouping: digests, by: layout.bucket(of:))
        for (bucket, own) in buckets { filter.fill(bucket, Self.entries(own)) }
        for digest in digests { #expect(filters.mayHave(digest) == 1, "seed \(seed)") }
        var other = SampleBytes(seed: seed + 1)
        let wrong = (0..<10_000).count { _ in
            filters.mayHave(Digest(bytes: other.random(32))) != 0
        }
        #expect(wrong < 300, "seed \(seed)")
    }

    /// Goal: the bits are those of the filters in their order, from any start, beyond 64 of them.
    @Test func manyFiltersAnswerTogetherAsEachAlone() throws {
        let seed: UInt64 = 92
        let made = try (0..<70).map { number in
            try Self.layout(300, SampleBytes(seed: seed + UInt64(number)))
        }
        let filters = made.map { DigestFilter($0.layout) }
        let all = DigestFilters(filters)
        let probe = Digest(1, 2, 3, 4)
        for _ in 0..<100 {
            #expect(all.mayHave(probe) == .max && all.mayHave(probe, from: 64) == 63)
        }
        for (filter, (layout, digests)) in zip(filters, made) {
            for (bucket, own) in Dictionary(grouping: digests, by: layout.bucket(of:)) {
                filter.fill(bucket, Self.entries(own))
            }
        }
        for start in [0, 1, 6, 63, 64, 69, 70] {
            for digest in made.map({ $0.digests[7] }) {
                let expected = filters.dropFirst(start).prefix(64).enumerated().reduce(UInt64(0)) {
                    $0 | DigestFilters([$1.element]).mayHave(digest) << UInt64($1.offset)
                }
                #expect(all.mayHave(digest, from: start) == expected, "seed \(seed)")
            }
        }
        #expect(DigestFilters([]).mayHave(probe) == 0)
    }
}
