/// One frame of a pack as its footer lists it (FORMAT.md §7.2).
public struct PackEntry: Sendable, Hashable {
    /// Of the chunk or node.
    public let digest: Digest
    /// The frame's own header.
    public let header: FrameHeader
    /// Where its record begins in the pack.
    public let offset: Int
    /// Bytes of record and frame together.
    public let storedByteCount: Int
    /// Chunk digests of its bases.
    public let bases: [Digest]

    public init(
        digest: Digest, header: FrameHeader, offset: Int, storedByteCount: Int, bases: [Digest]
    ) {
        self.digest = digest
        self.header = header
        self.offset = offset
        self.storedByteCount = storedByteCount
        self.bases = bases
    }
}

/// The table at the end of a pack (FORMAT.md §7.2): its frames in the order of their offsets.
public struct PackFooter: Sendable, Hashable {
    /// In the order of the frames.
    public var entries: [PackEntry]
    /// Which program wrote it; informational, at most 255 bytes.
    public var producer: String

    static let section = "7.2"
    static let magic: UInt32 = 0x184D_2A52

    public init(entries: [PackEntry], producer: String) {
        self.entries = entries
        self.producer = producer
    }

    /// The footer with its skippable frame header.
    public var encoded: [UInt8] {
        var writer = ByteWriter(reserving: 64 + entries.count * 52)
        writer.u32(Self.magic)
        writer.u32(0)
        writer.u32(UInt32(entries.count))
        writer.u32(UInt32(entries.reduce(0) { $0 + $1.bases.count }))
        var firstBase: UInt32 = 0
        for entry in entries {
            writer.digest(entry.digest)
            writer.u32(UInt32(entry.offset))
            writer.u32(UInt32(entry.storedByteCount))
            writer.u32(UInt32(entry.header.rawByteCount))
            entry.header.writeForm(to: &writer)
            writer.u32(entry.bases.isEmpty ? 0 : firstBase)
            firstBase += UInt32(entry.bases.count)
        }
        for entry in entries { entry.bases.forEach { writer.digest($0) } }
        writer.counted(Array(producer.utf8))
        writer.replaceU32(UInt32(writer.count - 8), at: 4)
        return writer.bytes
    }

    /// Decodes the footer of `trailer` from `bytes`, whose first byte stands at
    /// `trailer.footerOffset`.
    ///
    /// - Complexity: O(*n*) in the bytes; allocates in proportion to them.
    public init(
        _ bytes: [UInt8], _ trailer: PackTrailer, _ checksums: Checksums
    ) throws(FormatError) {
        guard bytes.count == trailer.footerByteCount else {
            throw FormatError(.truncated, section: Self.section, "the footer is not whole")
        }
        guard
            Check.footerDigest.isOff
                || checksums.sha256(bytes, 0..<bytes.count) == trailer.footerDigest
        else {
            throw FormatError(
                .checksumMismatch, section: Self.section, offset: trailer.footerOffset,
                "the footer's digest does not match")
        }
        var reader = ByteReader(bytes, section: Self.section)
        guard try reader.u32() == Self.magic, Int(try reader.u32()) == bytes.count - 8 else {
            throw reader.error(.badMagic, at: 0, "no footer stands here")
        }
        let count = try reader.count(limit: Limits.packFrameCount)
        let baseCount = try reader.count(limit: 2 * Limits.packFrameCount)
        guard count == trailer.frameCount, count <= reader.remaining / 52,
            baseCount <= (reader.remaining - count * 52) / 32
        else { throw reader.error(.invalidValue, at: 8, "the footer's counts do not fit") }
        var bases = ByteReader(
            bytes, reader.offset + count * 52..<bytes.count, section: Self.section)
        var expected = PackHeader.byteCount
        var firstBase = 0
        entries = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            let entry = try Self.entry(&reader, &bases, expected, &firstBase)
            expected = entry.offset + entry.storedByteCount
            entries.append(entry)
        }
        guard expected == trailer.footerOffset, firstBase == baseCount else {
            throw reader.error(.invalidValue, "frames and bases do not end where they must")
        }
        producer = try bases.text(limit: Limits.producerByteCount)
        try bases.finish()
    }

    private static func entry(
        _ reader: inout ByteReader, _ bases: inout ByteReader, _ expected: Int,
        _ firstBase: inout Int
    ) throws(FormatError) -> PackEntry {
        let start = reader.offset
        let digest = try reader.digest()
        let (offset, stored) = (Int(try reader.u32()), Int(try reader.u32()))
        let raw = try reader.u32()
        let (form, depth, closure) = (try reader.u8(), try reader.u8(), try reader.u8())
        let header = try FrameHeader(
            form: form, depth: depth, closure: closure, baseCount: try reader.u8(),
            rawByteCount: raw, section: section, offset: start)
        let base = Int(try reader.u32())
        let least = FrameRecord.storedByteCount(header, frameByteCount: 0)
        guard offset == expected, stored > least, stored <= Limits.packByteCount else {
            throw reader.error(.invalidValue, at: start, "frames do not follow each other")
        }
        guard base == (header.baseCount == 0 ? 0 : firstBase) else {
            throw reader.error(
                .notCanonical, at: start, "bases are not in the order of the entries")
        }
        var found: [Digest] = []
        for _ in 0..<header.baseCount { found.append(try bases.digest()) }
        firstBase += header.baseCount
        return PackEntry(
            digest: digest, header: header, offset: offset, storedByteCount: stored, bases: found)
    }
}
