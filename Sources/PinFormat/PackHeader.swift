/// The first 64 bytes of a pack (FORMAT.md §7.2).
public struct PackHeader: Sendable, Hashable {
    /// What a pack holds: advice for caches.
    public enum Content: UInt8, Sendable, Hashable, CaseIterable {
        case mixed = 0
        case chunks = 1
        case nodes = 2

        /// What a pack of such frames says: there is one value for each set of them.
        public init(of kinds: some Sequence<FrameKind>) {
            let found = Set(kinds)
            self = found == [.chunk] ? .chunks : found == [.node] ? .nodes : .mixed
        }
    }

    /// The size of a header.
    public static let byteCount = 64
    static let section = "7.2"
    static let magic: UInt32 = 0x184D_2A50

    /// What kinds of frames the pack has.
    public let content: Content
    /// The pack's own name: a copy under another key is found out.
    public let name: ObjectName

    public init(content: Content, name: ObjectName) {
        self.content = content
        self.name = name
    }

    /// The 64 bytes.
    public var encoded: [UInt8] {
        var writer = ByteWriter(reserving: Self.byteCount)
        writer.u32(Self.magic)
        writer.u32(56)
        writer.append(ObjectKind.pack.magic)
        writer.u16(Prologue.epoch)
        writer.u8(content.rawValue)
        writer.zeros(5)
        writer.append(name.bytes)
        writer.zeros(16)
        return writer.bytes
    }

    /// Decodes the first 64 bytes of `bytes`.
    public init(_ bytes: [UInt8]) throws(FormatError) {
        guard bytes.count >= Self.byteCount else {
            throw FormatError(
                .truncated, section: Self.section, offset: bytes.count,
                "a pack has a 64-byte header")
        }
        var reader = ByteReader(bytes, 0..<Self.byteCount, section: Self.section)
        guard try reader.u32() == Self.magic, try reader.u32() == 56,
            try reader.take(8) == ObjectKind.pack.magic
        else { throw reader.error(.badMagic, at: 0, "these are not the bytes of a pack") }
        try Prologue.readEpoch(from: &reader)
        guard let content = Content(rawValue: try reader.u8()) else {
            throw reader.error(.invalidValue, at: 18, "the pack's content is not defined")
        }
        guard try reader.u8() == 0 else {
            throw reader.error(.unsupportedFeature, at: 19, "the pack is encrypted")
        }
        try reader.reserved(4)
        name = try ObjectName(&reader)
        try reader.reserved(16)
        self.content = content
    }
}

/// The last 64 bytes of a pack (FORMAT.md §7.2): where the footer is, and its digest.
public struct PackTrailer: Sendable, Hashable {
    /// The size of a trailer.
    public static let byteCount = 64
    static let section = "7.2"
    static let magic: UInt32 = 0x184D_2A53
    static let endMagic: [UInt8] = [0x89, 0x50, 0x49, 0x4E, 0x70, 0x0D, 0x0A, 0x1A]

    /// Where the footer's skippable frame begins.
    public let footerOffset: Int
    /// The footer's length with its 8-byte frame header.
    public let footerByteCount: Int
    /// How many frames the pack has.
    public let frameCount: Int
    /// SHA-256 of the footer.
    public let footerDigest: Digest

    public init(footerOffset: Int, footerByteCount: Int, frameCount: Int, footerDigest: Digest) {
        self.footerOffset = footerOffset
        self.footerByteCount = footerByteCount
        self.frameCount = frameCount
        self.footerDigest = footerDigest
    }

    /// The 64 bytes.
    public var encoded: [UInt8] {
        var writer = ByteWriter(reserving: Self.byteCount)
        writer.u32(Self.magic)
        writer.u32(56)
        writer.u64(UInt64(footerOffset))
        writer.u32(UInt32(footerByteCount))
        writer.u32(UInt32(frameCount))
        writer.digest(footerDigest)
        writer.append(Self.endMagic)
        return writer.bytes
    }

    /// Decodes the 64 bytes at `offset` of `bytes`, which end a pack of `packByteCount` bytes.
    public init(_ bytes: [UInt8], at offset: Int, packByteCount: Int) throws(FormatError) {
        guard offset >= 0, bytes.count - offset >= Self.byteCount else {
            throw FormatError(.truncated, section: Self.section, "a pack has a 64-byte trailer")
        }
        var reader = ByteReader(bytes, offset..<offset + Self.byteCount, section: Self.section)
        guard try reader.u32() == Self.magic, try reader.u32() == 56 else {
            throw reader.error(.badMagic, at: offset, "the pack does not end with a trailer")
        }
        let footer = try reader.u64()
        let (length, count) = (try reader.u32(), try reader.u32())
        footerDigest = try reader.digest()
        guard try reader.take(8) == Self.endMagic else {
            throw reader.error(.badMagic, at: offset + 56, "the pack does not end with a trailer")
        }
        guard count <= Limits.packFrameCount, packByteCount <= Limits.packByteCount else {
            throw reader.error(.limitExceeded, at: offset, "the pack is over its limits")
        }
        guard footer >= PackHeader.byteCount, footer <= packByteCount,
            Int(footer) + Int(length) + Self.byteCount == packByteCount
        else { throw reader.error(.invalidValue, at: offset, "the footer is not where it must be") }
        footerOffset = Int(footer)
        footerByteCount = Int(length)
        frameCount = Int(count)
    }
}
