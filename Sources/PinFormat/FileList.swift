/// One file of a version (FORMAT.md §7.6).
public struct FileEntry: Sendable, Hashable {
    /// How a file's bytes are found.
    public enum Content: Sendable, Hashable {
        /// No bytes.
        case empty
        /// Exactly one chunk, of this digest.
        case chunk(Digest)
        /// A manifest of this root.
        case tree(Digest)
    }

    /// Relative, with `/` between components; 1…4,096 bytes.
    public let path: String
    /// The file's size.
    public let byteCount: UInt64
    /// Where its bytes are.
    public let content: Content
    /// SHA-256 of the whole file, where it was asked for.
    public let flatDigest: Digest?

    public init(path: String, byteCount: UInt64, content: Content, flatDigest: Digest?) {
        self.path = path
        self.byteCount = byteCount
        self.content = content
        self.flatDigest = flatDigest
    }

    /// The manifest root: stored for trees, computed for the others.
    ///
    /// - Parameter nodeDigest: SHA-256 of the tag `pins.node` and the bytes it is given.
    public func manifestRoot(_ nodeDigest: ([UInt8]) -> Digest) -> Digest {
        switch content {
        case .tree(let root): root
        case .empty: nodeDigest(ManifestNode(level: 0, entries: []).encoded)
        case .chunk(let digest):
            nodeDigest(
                ManifestNode(
                    level: 0, entries: [ManifestNode.Entry(digest: digest, byteCount: byteCount)]
                ).encoded)
        }
    }

    static func content(
        shape: UInt8, byteCount: UInt64, _ reader: inout ByteReader
    ) throws(FormatError) -> Content {
        switch shape {
        case 0:
            guard byteCount == 0 else {
                throw reader.error(.invalidValue, "an empty file has a size")
            }
            return .empty
        case 1:
            guard (1...UInt64(Limits.frameRawByteCount)).contains(byteCount) else {
                throw reader.error(.invalidValue, "a file of one chunk has \(byteCount) bytes")
            }
            return .chunk(try reader.digest())
        case 2:
            guard byteCount > 1, byteCount <= UInt64(Int64.max) else {
                throw reader.error(.invalidValue, "a file of several chunks has \(byteCount) bytes")
            }
            return .tree(try reader.digest())
        default: throw reader.error(.invalidValue, "shape \(shape) is not defined")
        }
    }

    var shape: UInt8 {
        switch content {
        case .empty: 0
        case .chunk: 1
        case .tree: 2
        }
    }

    var digest: Digest? {
        switch content {
        case .empty: nil
        case .chunk(let digest), .tree(let digest): digest
        }
    }
}

/// The files of a version in ascending order of their paths (FORMAT.md §7.6).
public struct FileList: Sendable, Hashable {
    static let section = "7.6"

    /// Ascending by the bytes of their paths.
    public let files: [FileEntry]

    /// Sorts and checks files.
    ///
    /// - Throws: `invalidValue` for a bad path or two that collide, `limitExceeded` for too many
    ///   files.
    public init(_ files: [FileEntry]) throws(FormatError) {
        guard files.count <= Limits.versionFileCount else {
            throw FormatError(
                .limitExceeded, section: Self.section, "a version has \(files.count) files")
        }
        for file in files { try Names.checkPath(file.path) }
        try Names.checkDistinct(files.map(\.path))
        self.files = files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    /// The sum of the sizes.
    public var byteCount: UInt64 { files.reduce(0) { $0 &+ $1.byteCount } }

    /// The encoded list.
    public var encoded: [UInt8] {
        var writer = ByteWriter(reserving: 4 + files.count * 128)
        writer.u32(UInt32(files.count))
        for file in files {
            writer.counted(Array(file.path.utf8))
            writer.u64(file.byteCount)
            writer.u8(file.shape)
            writer.u8(file.flatDigest == nil ? 0 : 1)
            writer.u16(0)
            if let digest = file.digest { writer.digest(digest) }
            if let flat = file.flatDigest { writer.digest(flat) }
        }
        return writer.bytes
    }

    /// Decodes and checks an encoded list.
    ///
    /// Paths that collide only in case or normalisation are accepted here: a reader refuses them
    /// when it would write them as files.
    public init(_ bytes: [UInt8]) throws(FormatError) {
        var reader = ByteReader(bytes, section: Self.section)
        let count = try reader.count(limit: Limits.versionFileCount, unit: 17)
        var files: [FileEntry] = []
        files.reserveCapacity(count)
        var total: UInt64 = 0
        for _ in 0..<count {
            let start = reader.offset
            let path = try reader.text(limit: Limits.pathByteCount)
            try Names.checkPath(path)
            if let last = files.last, !last.path.utf8.lexicographicallyPrecedes(path.utf8) {
                throw reader.error(.notCanonical, at: start, "files are not in order")
            }
            let byteCount = try reader.u64()
            let (shape, flags) = (try reader.u8(), try reader.u8())
            try reader.reserved(2)
            guard flags <= 1 else { throw reader.error(.notCanonical, at: start, "unknown flags") }
            let content = try FileEntry.content(shape: shape, byteCount: byteCount, &reader)
            let flat = flags == 1 ? try reader.digest() : nil
            let (sum, overflow) = total.addingReportingOverflow(byteCount)
            guard !overflow, sum <= UInt64(Int64.max) else {
                throw reader.error(.limitExceeded, at: start, "the sizes of the files overflow")
            }
            total = sum
            files.append(
                FileEntry(path: path, byteCount: byteCount, content: content, flatDigest: flat))
        }
        try reader.finish()
        self.files = files
    }

    /// The bytes that `pin_hash` digests (FORMAT.md §5.1).
    public func contentList(_ nodeDigest: ([UInt8]) -> Digest) -> [UInt8] {
        var writer = ByteWriter(reserving: 4 + files.count * 100)
        writer.u32(UInt32(files.count))
        for file in files {
            writer.counted(Array(file.path.utf8))
            writer.u64(file.byteCount)
            writer.digest(file.manifestRoot(nodeDigest))
        }
        return writer.bytes
    }
}
