/// A row of a sketch segment: a chunk that has a feature (FORMAT.md §7.9).
public struct SketchEntry: Sendable, Hashable {
    /// A feature of §6.4.
    public let feature: UInt64
    /// The digest of the chunk.
    public let chunk: Digest

    public init(feature: UInt64, chunk: Digest) {
        self.feature = feature
        self.chunk = chunk
    }

    /// The row's key: the feature, most significant byte first.
    public var key: [UInt8] { Self.key(feature) }

    /// The key of a feature.
    public static func key(_ feature: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: feature >> UInt64(8 * (7 - $0))) }
    }

    /// Decodes a row.
    public init(_ row: TableRow) throws(FormatError) {
        guard row.key.count == 8, let value = row.value, value.count == Digest.byteCount else {
            throw FormatError(
                .invalidValue, section: SketchSegment.section, "a row is not a feature and a digest"
            )
        }
        feature = row.key.reduce(0) { $0 << 8 | UInt64($1) }
        chunk = Digest(bytes: value)
    }
}

/// A sorted table of features and chunks that have them (FORMAT.md §7.9).
public enum SketchSegment {
    static let section = "7.9"

    /// Encodes entries in strictly ascending order of their features.
    public static func encode(_ entries: [SketchEntry], _ checksums: Checksums) -> [UInt8] {
        TableSegment.encode(
            entries.map { TableRow(key: $0.key, value: $0.chunk.bytes) }, kind: .sketchSegment,
            checksums)
    }

    /// Decodes and checks everything, seal included.
    public static func decode(
        _ bytes: [UInt8], _ checksums: Checksums
    ) throws(FormatError) -> [SketchEntry] {
        var out: [SketchEntry] = []
        for row in try TableSegment.decode(bytes, kind: .sketchSegment, checksums) {
            out.append(try SketchEntry(row))
        }
        return out
    }
}
