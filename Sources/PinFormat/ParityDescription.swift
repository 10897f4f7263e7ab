/// What a parity object says of its pack and of itself; it stands there twice (FORMAT.md §7.10).
public struct ParityDescription: Sendable, Hashable {
    /// Its bytes but for the checksums of blocks.
    static let fixedByteCount = 72

    /// The pack's name.
    public let name: ObjectName
    /// How the pack is divided.
    public let layout: ParityLayout
    /// SHA-256 of the whole pack.
    public let packDigest: Digest
    /// CRC-32C of each block of the pack.
    public let blockChecksums: [UInt32]
    /// CRC-32C of each parity block.
    public let parityChecksums: [UInt32]

    /// - Precondition: The checksums are as many as the layout has blocks.
    public init(
        name: ObjectName, layout: ParityLayout, packDigest: Digest, blockChecksums: [UInt32],
        parityChecksums: [UInt32]
    ) {
        precondition(
            blockChecksums.count == layout.blockCount
                && parityChecksums.count == layout.parityBlockCount, "one checksum for each block")
        self.name = name
        self.layout = layout
        self.packDigest = packDigest
        self.blockChecksums = blockChecksums
        self.parityChecksums = parityChecksums
    }

    /// The bytes: ``ParityLayout/descriptionByteCount`` of them.
    public func encoded(_ checksums: Checksums) -> [UInt8] {
        var writer = ByteWriter(reserving: layout.descriptionByteCount)
        writer.append(name.bytes)
        writer.u64(UInt64(layout.packByteCount))
        writer.u32(UInt32(layout.rowCount))
        writer.digest(packDigest)
        for checksum in blockChecksums { writer.u32(checksum) }
        for checksum in parityChecksums { writer.u32(checksum) }
        writer.u32(checksums.crc32c(writer.bytes, 0..<writer.count, 0))
        return writer.bytes
    }

    /// Decodes the description that begins at `offset`; what follows it is not looked at.
    ///
    /// - Throws: ``FormatError`` of section 7.10.
    /// - Complexity: O(*n*) in its bytes, which are there before memory is taken.
    public init(
        _ bytes: [UInt8], at offset: Int, _ checksums: Checksums
    ) throws(FormatError) {
        guard offset >= 0, offset <= bytes.count else {
            throw FormatError(
                .truncated, section: ParityLayout.section, "the description is not there")
        }
        var reader = ByteReader(bytes, offset..<bytes.count, section: ParityLayout.section)
        name = try ObjectName(&reader)
        let byteCount = Int(clamping: try reader.u64())
        layout = try ParityLayout(packByteCount: byteCount, rowCount: Int(try reader.u32()))
        packDigest = try reader.digest()
        let (blocks, parity) = (layout.blockCount, layout.parityBlockCount)
        try reader.need(4 * (blocks + parity + 1))
        var sums: [UInt32] = []
        sums.reserveCapacity(blocks + parity)
        for _ in 0..<blocks + parity { sums.append(try reader.u32()) }
        let end = reader.offset
        guard
            try reader.u32() == checksums.crc32c(bytes, offset..<end, 0)
                || Check.parityDescription.isOff
        else {
            throw reader.error(
                .checksumMismatch, at: end, "the description's checksum does not match")
        }
        blockChecksums = Array(sums[..<blocks])
        parityChecksums = Array(sums[blocks...])
    }
}
