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
        append(header, bases: bases, frameByteCount: frame.count, to: &pack, checksums) {
            $0.append(contentsOf: frame)
        }
    }

    /// The same for a frame that `write` appends, and that has just so many bytes.
    public static func append(
        _ header: FrameHeader, bases: [Digest], frameByteCount: Int, to pack: inout [UInt8],
        _ checksums: Checksums, _ write: (inout [UInt8]) -> Void
    ) {
        precondition(bases.count == header.baseCount, "every base has a digest")
        let start = pack.count
        var head = ByteWriter(reserving: 64 + 32 * bases.count)
        head.u32(magic)
        head.u32(UInt32(16 + 32 * bases.count))
        header.writeForm(to: &head)
        head.u32(UInt32(header.rawByteCount))
        head.u32(UInt32(frameByteCount))
        head.u32(0)
        bases.forEach { head.digest($0) }
        if header.codec == .zstdDelta {
            head.u32(deltaMagic)
            head.u32(UInt32(frameByteCount))
        }
        pack.append(contentsOf: head.bytes)
        let frame = pack.count
        write(&pack)
        precondition(pack.count - frame == frameByteCount, "the frame has another length")
        // The CRC stands before what it covers: form and lengths, bases, frame.
        var crc = checksums.crc32c(pack, start + 8..<start + 20, 0)
        crc = checksums.crc32c(pack, start + 24..<start + 24 + 32 * bases.count, crc)
        crc = checksums.crc32c(pack, frame..<pack.count, crc)
        for step in 0..<4 {
            pack[start + 20 + step] = UInt8(truncatingIfNeeded: crc >> UInt32(8 * step))
        }
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
        guard found == crc else {
            throw reader.error(.checksumMismatch, at: offset, "the frame's CRC does not match")
        }
        return (FrameRecord(header: header, bases: bases, frame: frame), frame.upperBound)
    }
}
