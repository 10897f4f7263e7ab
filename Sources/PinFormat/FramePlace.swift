/// Where a copy of a frame stands: what an index segment maps a digest to (FORMAT.md §7.4).
public struct FramePlace: Sendable, Hashable {
    /// The SHA-256 of the chunk or node in it.
    public let digest: Digest
    /// The pack that holds this copy.
    public let pack: ObjectName
    /// Where its record begins in the pack.
    public let offset: Int
    /// Bytes of record and frame together.
    public let storedByteCount: Int
    /// The frame's own header.
    public let header: FrameHeader
    /// Chunk digests of its bases.
    public let bases: [Digest]

    public init(
        digest: Digest, pack: ObjectName, offset: Int, storedByteCount: Int, header: FrameHeader,
        bases: [Digest]
    ) {
        self.digest = digest
        self.pack = pack
        self.offset = offset
        self.storedByteCount = storedByteCount
        self.header = header
        self.bases = bases
    }

    /// The place of a footer's entry.
    public init(_ entry: PackEntry, in pack: ObjectName) {
        self.init(
            digest: entry.digest, pack: pack, offset: entry.offset,
            storedByteCount: entry.storedByteCount, header: entry.header, bases: entry.bases)
    }

    /// The order of entries in a segment: by digest, then by depth, so that the first copy a reader
    /// meets is the cheapest, then by place.
    public static func isOrderedBefore(_ left: FramePlace, _ right: FramePlace) -> Bool {
        if left.digest != right.digest { return left.digest < right.digest }
        if left.header.depth != right.header.depth { return left.header.depth < right.header.depth }
        if left.pack != right.pack { return left.pack < right.pack }
        return left.offset < right.offset
    }
}
