/// The record before a frame, and the bytes of a frame in a pack (FORMAT.md §7.2).
public struct FrameRecord: Sendable, Hashable {
    /// How the frame is encoded.
    public let header: FrameHeader
    /// Chunk digests of the bases, in the order of their bytes in the prefix.
    public let bases: [Digest]
    /// Where the zstd frame stands in the array that was decoded.
    public let frame: Range<Int>

    static let section = "7.2"
    static let magic: UInt32 = 0x184D_2A51
    static let deltaMagic: UInt32 = 0x184D_2A54

    /// How many bytes a frame takes in a pack.
    public static func storedByteCount(_ header: FrameHeader, frameByteCount: Int) -> Int {
        24 + 32 * header.baseCount + (header.codec == .zstdDelta ? 8 : 0) + frameByteCount
    }

    /// Appends record and frame to a pack under construction.
    public static func append(
        _ header: FrameHeader, bases: [Digest], frame: [UInt8], to pack: inout [UInt8],
        _ checksums: Checksums
    ) {
        pack += head(header, bases: bases, frameByteCount: frame.count, checksums) {
            checksums.crc32c(frame, 0..<frame.count, $0)
        }
        pack += frame
    }

    /// The record alone, and for a delta the beginning of what wraps it: what stands before a frame
    /// that its writer has elsewhere.
    ///
    /// - Parameter frameCRC: Continues a checksum over the frame.
    public static func head(
        _ header: FrameHeader, bases: [Digest], frameByteCount: Int, _ checksums: Checksums,
        frameCRC: (_ seed: UInt32) -> UInt32
    ) -> [UInt8] {
        precondition(bases.count == header.baseCount, "every base has a digest")
        // The CRC stands before what it covers: form and lengths, bases, frame.
        var covered = ByteWriter(reserving: 12)
        header.writeForm(to: &covered)
        covered.u32(UInt32(header.rawByteCount))
        covered.u32(UInt32(frameByteCount))
        var names = ByteWriter(reserving: 32 * bases.count)
        bases.forEach { names.digest($0) }
        var crc = checksums.crc32c(covered.bytes, 0..<covered.bytes.count, 0)
        crc = checksums.crc32c(names.bytes, 0..<names.bytes.count, crc)
        var head = ByteWriter(reserving: 32 + 32 * bases.count)
        head.u32(magic)
        head.u32(UInt32(16 + 32 * bases.count))
        head.append(covered.bytes)
        head.u32(frameCRC(crc))
        head.append(names.bytes)
        if header.codec == .zstdDelta {
            head.u32(deltaMagic)
            head.u32(UInt32(frameByteCount))
        }
        return head.bytes
    }

    /// Decodes and checks the record at `offset` of `bytes`, and its CRC.
    ///
    /// - Returns: the record, and the offset after its frame.
    public static func decode(
        _ bytes: [UInt8], at offset: Int, end: Int? = nil, _ checksums: Checksums
    ) throws(FormatError) -> (record: FrameRecord, end: Int) {
        let end = end ?? bytes.count
        guard offset >= 0, offset <= end, end <= bytes.count else {
            throw FormatError(.truncated, section: section, offset: offset, "no record stands here")
        }
        var reader = ByteReader(bytes, offset..<end, section: section)
        guard try reader.u32() == magic else {
            throw reader.error(.badMagic, at: offset, "no record stands here")
        }
        let length = try reader.u32()
        let covered = reader.offset
        let (form, depth, closure) = (try reader.u8(), try reader.u8(), try reader.u8())
        let (baseCount, raw, frameCount) = (try reader.u8(), try reader.u32(), try reader.u32())
        let coveredEnd = reader.offset
        let header = try FrameHeader(
            form: form, depth: depth, closure: closure, baseCount: baseCount, rawByteCount: raw,
            section: section, offset: covered)
        guard length == 16 + 32 * UInt32(baseCount) else {
            throw reader.error(.notCanonical, at: offset + 4, "the record's length is \(length)")
        }
        let crc = try reader.u32()
        let basesStart = reader.offset
        var bases: [Digest] = []
        for _ in 0..<baseCount { bases.append(try reader.digest()) }
        let basesEnd = reader.offset
        if header.codec == .zstdDelta {
            guard try reader.u32() == deltaMagic, try reader.u32() == frameCount else {
                throw reader.error(.notCanonical, "a delta frame is not wrapped as it must be")
            }
        }
        guard frameCount > 0 else { throw reader.error(.invalidValue, "a frame of no bytes") }
        guard Int(frameCount) <= reader.remaining else {
            throw reader.error(.truncated, "a frame of \(frameCount) bytes does not fit")
        }
        let frame = reader.offset..<reader.offset + Int(frameCount)
        var found = checksums.crc32c(bytes, covered..<coveredEnd, 0)
        found = checksums.crc32c(bytes, basesStart..<basesEnd, found)
        found = checksums.crc32c(bytes, frame, found)
        guard found == crc || Check.frameChecksum.isOff else {
            throw reader.error(.checksumMismatch, at: offset, "the frame's CRC does not match")
        }
        return (FrameRecord(header: header, bases: bases, frame: frame), frame.upperBound)
    }
}
