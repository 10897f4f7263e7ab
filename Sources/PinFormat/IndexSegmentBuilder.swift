/// Makes an index segment out of entries that come one by one, so that nobody holds them all
/// (FORMAT.md §7.4).
///
/// Header, pack table and fan-out stand before the entries and say what they are: the entries come
/// twice, in the same order, first to be measured and then to be written.
public struct IndexSegmentBuilder: Sendable {
    /// An entry as another segment has it, and what changes in this one.
    public struct Entry {
        /// Its 56 bytes stand in `bytes` from `offset` on.
        public let bytes: [UInt8]
        /// Where the frame begins in its pack, in bytes.
        public let offset: Int
        /// The SHA-256 of the chunk.
        public let digest: Digest
        /// How many bases of deltas were named.
        public let baseCount: Int
        /// Index into the new pack table.
        public let pack: Int

        public init(
            _ bytes: [UInt8], at offset: Int, digest: Digest, baseCount: Int, pack: Int
        ) {
            self.bytes = bytes
            self.offset = offset
            self.digest = digest
            self.baseCount = baseCount
            self.pack = pack
        }
    }

    private let checksums: Checksums
    private let packs: [ObjectName]
    /// The fan-out that is measured.
    private let fanoutBitCount: Int
    private var used: [Bool]
    private var entryCount = 0
    private var baseCount = 0
    private var ends: [UInt32]
    private var checks: [UInt32]
    private var bucket = 0
    private var bucketBytes: [UInt8] = []

    /// - Parameters:
    ///   - packs: The pack table: ascending; every one must be used.
    ///   - expectedEntryCount: How many entries there are, as far as is known.
    public init(packs: [ObjectName], expectedEntryCount: Int, _ checksums: Checksums) {
        self.checksums = checksums
        self.packs = packs
        used = [Bool](repeating: false, count: packs.count)
        fanoutBitCount = IndexSegmentLayout.fanoutBitCount(forEntryCount: expectedEntryCount)
        ends = []
        checks = []
        ends.reserveCapacity(1 << fanoutBitCount)
        checks.reserveCapacity(1 << fanoutBitCount)
    }

    /// Measures the next entry.
    ///
    /// - Throws: ``FormatError/Code/limitExceeded`` for a bucket that is over its limit.
    public mutating func measure(_ entry: Entry) throws(FormatError) {
        let number =
            fanoutBitCount == 0 ? 0 : Int(entry.digest.prefix >> UInt64(64 - fanoutBitCount))
        precondition(number >= bucket, "entries are in order")
        while bucket < number { closeBucket() }
        Self.append(entry, firstBase: baseCount, to: &bucketBytes)
        guard
            bucketBytes.count <= Limits.indexBucketEntryCount * IndexSegmentLayout.entryByteCount,
            entryCount < Int(UInt32.max)
        else {
            throw FormatError(
                .limitExceeded, section: IndexSegmentLayout.section,
                "a bucket has more than \(Limits.indexBucketEntryCount) entries")
        }
        entryCount += 1
        baseCount += entry.baseCount
        used[entry.pack] = true
    }

    private mutating func closeBucket() {
        ends.append(UInt32(entryCount))
        checks.append(checksums.crc32c(bucketBytes, 0..<bucketBytes.count, 0))
        bucketBytes.removeAll(keepingCapacity: true)
        bucket += 1
    }

    /// What has been measured: the sizes of the segment.
    public var layout: IndexSegmentLayout {
        IndexSegmentLayout(entryCount: entryCount, packCount: packs.count, baseCount: baseCount)
    }

    /// Packs of the table that no entry has named.
    public var unusedPacks: [ObjectName] {
        packs.indices.filter { !used[$0] }.map { packs[$0] }
    }

    /// Whether the fan-out is of the size that the entries demand: else they are measured again,
    /// with ``layout``'s count.
    public var isMeasured: Bool { layout.fanoutBitCount == fanoutBitCount }

    /// Header, pack table and fan-out, which stand before the entries.
    ///
    /// - Precondition: ``isMeasured``, and no pack is unused.
    public mutating func finishTables() -> [UInt8] {
        let layout = layout
        precondition(isMeasured && !used.contains(false), "all entries were measured")
        while bucket < 1 << fanoutBitCount { closeBucket() }
        var tables = ByteWriter(reserving: layout.tablesByteCount)
        for pack in packs { tables.append(pack.bytes) }
        for (end, check) in zip(ends, checks) {
            tables.u32(end)
            tables.u32(check)
        }
        var writer = ByteWriter(reserving: layout.tablesByteCount)
        IndexSegment.writeHeader(layout, tables: tables.bytes, checksums, to: &writer)
        writer.append(tables.bytes)
        return writer.bytes
    }

    /// Appends an entry as it stands in the new segment.
    ///
    /// - Parameter firstBase: How many bases the entries before it have.
    public static func append(_ entry: Entry, firstBase: Int, to out: inout [UInt8]) {
        let start = out.count
        out += entry.bytes[entry.offset..<entry.offset + IndexSegmentLayout.entryByteCount]
        func replace(_ value: UInt32, at place: Int) {
            for step in 0..<4 {
                out[start + place + step] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(step)))
            }
        }
        replace(UInt32(entry.pack), at: 32)
        if entry.baseCount > 0 { replace(UInt32(firstBase), at: 52) }
    }
}
