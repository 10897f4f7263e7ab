/// A page of a manifest (FORMAT.md §7.3).
public struct ManifestNode: Sendable, Hashable {
    /// A chunk (level 0) or a node of the level below.
    public struct Entry: Sendable, Hashable {
        /// The SHA-256 of the chunk or node below.
        public let digest: Digest
        /// The bytes of the file below this entry.
        public let byteCount: UInt64
        /// The chunks below this entry; 1 on level 0.
        public let chunkCount: UInt64

        public init(digest: Digest, byteCount: UInt64, chunkCount: UInt64 = 1) {
            self.digest = digest
            self.byteCount = byteCount
            self.chunkCount = chunkCount
        }

        /// Whether a node ends after this entry, given how many entries it then has.
        public func closesNode(ofEntryCount count: Int) -> Bool {
            count >= Limits.nodeEntryCount || (count >= 16 && digest.bytes[31] & 31 == 0)
        }
    }

    static let section = "7.3"

    /// 0 for pages of chunks, up to 7.
    public let level: Int
    /// In the order of the file; 1…256.
    public let entries: [Entry]

    /// A node that the closing rule has made.
    public init(level: Int, entries: [Entry]) {
        precondition((0...Limits.nodeLevel).contains(level), "a level")
        precondition(entries.count <= Limits.nodeEntryCount, "the entries of one node")
        self.level = level
        self.entries = entries
    }

    /// The bytes of the file below this node.
    public var byteCount: UInt64 { entries.reduce(0) { $0 &+ $1.byteCount } }
    /// The chunks below this node.
    public var chunkCount: UInt64 { entries.reduce(0) { $0 &+ $1.chunkCount } }

    /// The plain bytes of the node's frame.
    public var encoded: [UInt8] {
        var writer = ByteWriter(reserving: 8 + entries.count * 48)
        writer.u8(UInt8(level))
        writer.zeros(3)
        writer.u32(UInt32(entries.count))
        for entry in entries {
            writer.digest(entry.digest)
            if level == 0 {
                writer.u32(UInt32(entry.byteCount))
            } else {
                writer.u64(entry.byteCount)
                writer.u64(entry.chunkCount)
            }
        }
        return writer.bytes
    }

    /// Decodes and checks a node.
    ///
    /// - Parameter isLast: Whether the node is the last of its level: only then may it end without
    ///   the closing rule. `nil` leaves that unchecked.
    public init(_ bytes: [UInt8], isLast: Bool? = nil) throws(FormatError) {
        var reader = ByteReader(bytes, section: Self.section)
        let level = Int(try reader.u8())
        guard level <= Limits.nodeLevel else {
            throw reader.error(.limitExceeded, at: 0, "a node of level \(level)")
        }
        try reader.reserved(3)
        let count = try reader.count(limit: Limits.nodeEntryCount, unit: level == 0 ? 36 : 48)
        guard count > 0 || level == 0 else {
            throw reader.error(.invalidValue, at: 4, "an inner node without entries")
        }
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        var (bytesBelow, chunksBelow): (UInt64, UInt64) = (0, 0)
        for index in 0..<count {
            let entry = try Self.entry(&reader, level)
            let (sum, overflow) = bytesBelow.addingReportingOverflow(entry.byteCount)
            let (chunks, overflow2) = chunksBelow.addingReportingOverflow(entry.chunkCount)
            guard !overflow, !overflow2, sum <= UInt64(Int64.max) else {
                throw reader.error(.limitExceeded, "the totals of a node overflow")
            }
            (bytesBelow, chunksBelow) = (sum, chunks)
            guard index == count - 1 || !entry.closesNode(ofEntryCount: index + 1) else {
                throw reader.error(.notCanonical, "a node goes on where it must end")
            }
            entries.append(entry)
        }
        try reader.finish()
        if isLast == false, entries.last?.closesNode(ofEntryCount: count) != true {
            throw reader.error(.notCanonical, "a node ends where it must go on")
        }
        self.level = level
        self.entries = entries
    }

    private static func entry(
        _ reader: inout ByteReader, _ level: Int
    ) throws(FormatError) -> Entry {
        let start = reader.offset
        let digest = try reader.digest()
        let byteCount = level == 0 ? UInt64(try reader.u32()) : try reader.u64()
        let chunkCount = level == 0 ? 1 : try reader.u64()
        let limit = UInt64(Limits.frameRawByteCount)
        guard byteCount > 0, chunkCount > 0, chunkCount <= byteCount,
            (byteCount - 1) / limit < chunkCount
        else { throw reader.error(.invalidValue, at: start, "an entry's totals cannot be") }
        return Entry(digest: digest, byteCount: byteCount, chunkCount: chunkCount)
    }
}
