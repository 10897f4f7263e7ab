/// The fixed part of an index segment: sizes, pack table and fan-out (FORMAT.md §7.4).
///
/// Entries stay where they are: a look-up reads one bucket and checks its CRC.
public struct IndexSegmentLayout: Sendable {
    /// The size of a segment's header.
    public static let headerByteCount = 64
    /// The size of an entry.
    public static let entryByteCount = 56
    static let section = "7.4"

    /// How many chunks it has places of.
    public let entryCount: Int
    /// How many packs it names.
    public let packCount: Int
    /// How many bases of deltas it names.
    public let baseCount: Int
    /// How many bits of a digest choose a bucket; 0…24.
    public let fanoutBitCount: Int

    /// The smallest number of fan-out bits with at most 64 entries a bucket on average.
    static func fanoutBitCount(forEntryCount count: Int) -> Int {
        var bits = 0
        while bits < Limits.fanoutBitCount, count > 64 << bits { bits += 1 }
        return bits
    }

    init(entryCount: Int, packCount: Int, baseCount: Int) {
        self.entryCount = entryCount
        self.packCount = packCount
        self.baseCount = baseCount
        fanoutBitCount = Self.fanoutBitCount(forEntryCount: entryCount)
    }

    /// Where the fan-out begins; the pack table stands before it.
    public var fanoutOffset: Int { Self.headerByteCount + packCount * ObjectName.byteCount }
    /// Where the entries begin.
    public var entriesOffset: Int { fanoutOffset + 8 << fanoutBitCount }
    /// Where the base table begins.
    public var basesOffset: Int { entriesOffset + entryCount * Self.entryByteCount }
    /// The length of the whole segment, seal included.
    public var byteCount: Int { basesOffset + baseCount * 32 + Prologue.sealByteCount }
    /// What must be read to know where every bucket is: header, pack table and fan-out.
    public var tablesByteCount: Int { entriesOffset }

    /// Decodes the 64-byte header of a segment of `byteCount` bytes.
    public init(
        header bytes: [UInt8], byteCount: Int, _ checksums: Checksums
    ) throws(FormatError) {
        guard bytes.count >= Self.headerByteCount else {
            throw FormatError(.truncated, section: Self.section, "an index segment has a header")
        }
        var reader = ByteReader(bytes, 0..<Self.headerByteCount, section: Self.section)
        try Prologue.read(.indexSegment, from: &reader)
        let entries = try reader.u64()
        let (packs, bases) = (try reader.u32(), try reader.u32())
        let bits = try reader.u8()
        try reader.reserved(23)
        _ = try reader.u32()
        guard
            try reader.u32() == checksums.crc32c(bytes, 0..<60, 0)
                || Check.indexHeaderChecksum.isOff
        else {
            throw reader.error(.checksumMismatch, at: 60, "the header's CRC does not match")
        }
        guard entries <= UInt64(UInt32.max), packs <= entries, UInt64(bases) <= 2 * entries else {
            throw reader.error(.limitExceeded, at: 16, "the counts of the segment cannot be")
        }
        self.init(entryCount: Int(entries), packCount: Int(packs), baseCount: Int(bases))
        guard fanoutBitCount == Int(bits) else {
            throw reader.error(.notCanonical, at: 32, "the fan-out is not of the size it must be")
        }
        guard self.byteCount == byteCount else {
            throw reader.error(
                .truncated, at: byteCount,
                "the segment has \(byteCount) bytes, not \(self.byteCount)")
        }
    }

    /// The bucket a digest belongs to.
    public func bucket(of digest: Digest) -> Int {
        fanoutBitCount == 0 ? 0 : Int(digest.prefix >> UInt64(64 - fanoutBitCount))
    }
}

/// The tables of a segment that stay in memory: 24 bytes a pack, 8 bytes per 64 entries.
public struct IndexSegmentTables: Sendable {
    /// Where its parts begin.
    public let layout: IndexSegmentLayout
    /// The packs that entries name, ascending.
    public let packs: [ObjectName]
    private let buckets: [Bucket]

    /// Stands together, because a look-up needs both.
    private struct Bucket: Sendable {
        /// The index after its last entry.
        let end: UInt32
        /// The CRC of its entries.
        let checksum: UInt32
    }

    /// Decodes the first ``IndexSegmentLayout/tablesByteCount`` bytes of a segment.
    public init(
        _ bytes: [UInt8], _ layout: IndexSegmentLayout, _ checksums: Checksums
    ) throws(FormatError) {
        self.layout = layout
        let section = IndexSegmentLayout.section
        guard bytes.count >= layout.tablesByteCount else {
            throw FormatError(.truncated, section: section, "the segment's tables are not whole")
        }
        var reader = ByteReader(bytes, 56..<layout.tablesByteCount, section: section)
        let expected = try reader.u32()
        _ = try reader.u32()
        guard
            Check.indexTablesChecksum.isOff
                || checksums.crc32c(bytes, 64..<layout.tablesByteCount, 0) == expected
        else {
            throw reader.error(.checksumMismatch, at: 56, "the CRC of the tables does not match")
        }
        var packs: [ObjectName] = []
        packs.reserveCapacity(layout.packCount)
        for _ in 0..<layout.packCount {
            let name = try ObjectName(&reader)
            if let last = packs.last, last >= name {
                throw reader.error(.notCanonical, "the pack table is not ascending")
            }
            packs.append(name)
        }
        var buckets: [Bucket] = []
        buckets.reserveCapacity(1 << layout.fanoutBitCount)
        for _ in 0..<1 << layout.fanoutBitCount {
            let end = try reader.u32()
            let start = buckets.last?.end ?? 0
            guard end >= start, end <= layout.entryCount else {
                throw reader.error(.invalidValue, "the fan-out is not ascending")
            }
            guard end - start <= Limits.indexBucketEntryCount else {
                throw reader.error(.limitExceeded, "a bucket has too many entries")
            }
            buckets.append(Bucket(end: end, checksum: try reader.u32()))
        }
        guard buckets.last.map({ Int($0.end) }) == layout.entryCount else {
            throw reader.error(.invalidValue, "the fan-out does not cover the entries")
        }
        (self.packs, self.buckets) = (packs, buckets)
    }

    /// Which entries a bucket has.
    public func entries(inBucket bucket: Int) -> Range<Int> {
        Int(bucket == 0 ? 0 : buckets[bucket - 1].end)..<Int(buckets[bucket].end)
    }

    /// Where the entries of a bucket stand in the segment.
    public func byteRange(ofBucket bucket: Int) -> Range<Int> {
        let entries = entries(inBucket: bucket)
        let size = IndexSegmentLayout.entryByteCount
        return layout.entriesOffset + entries.lowerBound * size..<layout.entriesOffset + entries
            .upperBound * size
    }

    /// The CRC-32C that the bytes of a bucket must have.
    public func checksum(ofBucket bucket: Int) -> UInt32 { buckets[bucket].checksum }
}

/// One entry as it stands in a segment: the place, with its bases still to be read.
public struct IndexEntry: Sendable, Hashable {
    /// The SHA-256 of the chunk.
    public let digest: Digest
    /// Index into the pack table.
    public let pack: Int
    /// Where its frame begins in the pack, in bytes.
    public let offset: Int
    /// The frame's size in the pack.
    public let storedByteCount: Int
    /// The frame's own header.
    public let header: FrameHeader
    /// Index of its first base in the base table.
    public let firstBase: Int

    /// Decodes the 56 bytes at `offset` of `bytes`.
    ///
    /// - Throws: ``FormatError`` where a value cannot be; the checks need the segment's layout.
    public init(
        _ bytes: [UInt8], at offset: Int, _ layout: IndexSegmentLayout
    ) throws(FormatError) {
        let end = offset + IndexSegmentLayout.entryByteCount
        guard end <= bytes.count else {
            throw FormatError(
                .truncated, section: IndexSegmentLayout.section, offset: offset, "an entry is cut")
        }
        var reader = ByteReader(bytes, offset..<end, section: IndexSegmentLayout.section)
        digest = try reader.digest()
        let (pack, place) = (Int(try reader.u32()), Int(try reader.u32()))
        let (stored, raw) = (Int(try reader.u32()), try reader.u32())
        let (form, depth, closure) = (try reader.u8(), try reader.u8(), try reader.u8())
        header = try FrameHeader(
            form: form, depth: depth, closure: closure, baseCount: try reader.u8(),
            rawByteCount: raw, section: IndexSegmentLayout.section, offset: offset)
        let base = Int(try reader.u32())
        guard pack < layout.packCount, place >= PackHeader.byteCount,
            place + stored <= Limits.packByteCount,
            stored > FrameRecord.storedByteCount(header, frameByteCount: 0)
        else { throw reader.error(.invalidValue, at: offset, "an entry's place cannot be") }
        guard header.baseCount == 0 ? base == 0 : base + header.baseCount <= layout.baseCount else {
            throw reader.error(.invalidValue, at: offset, "an entry's bases cannot be")
        }
        (self.pack, self.offset, self.storedByteCount, firstBase) = (pack, place, stored, base)
    }
}
