public import PinFormat
public import PinStorage

/// A version of a pin, as every kind of board tells of it.
public struct VersionInfo: Sendable, Hashable {
    /// The pin's name.
    public var pin: String
    /// The version's name.
    public var version: String
    /// What the board's layout records: 64 hexadecimal digits on engine boards, on others what pins
    /// for Python or R wrote.
    public var pinHash: String
    /// The bytes of all files.
    public var byteCount: UInt64
    /// How many files there are; at least 1.
    public var fileCount: Int
    /// What its writer said of it.
    public var metadata: VersionMetadata
    /// The labels that point at it, ascending.
    public var labels: [String]
    /// The version that was the latest when this one was written, where it is known.
    public var parent: String?
    /// The bytes that this version brought to the board, where they are known.
    public var newByteCount: UInt64?

    public init(
        pin: String, version: String, pinHash: String, byteCount: UInt64, fileCount: Int,
        metadata: VersionMetadata, labels: [String] = [], parent: String? = nil,
        newByteCount: UInt64? = nil
    ) {
        self.pin = pin
        self.version = version
        self.pinHash = pinHash
        self.byteCount = byteCount
        self.fileCount = fileCount
        self.metadata = metadata
        self.labels = labels
        self.parent = parent
        self.newByteCount = newByteCount
    }

    /// When it was committed, by its name, in seconds since 1970 UTC; `created` where the name does
    /// not tell.
    public var committedSeconds: Int64 {
        VersionName.seconds(of: version) ?? metadata.createdSeconds
    }
}

/// A file of a version.
public struct PinFile: Sendable, Hashable {
    /// Relative, with `/` between components.
    public var path: String
    /// The file's size.
    public var byteCount: UInt64
    /// The flat SHA-256, where it is known without reading.
    public var sha256: Digest?

    public init(path: String, byteCount: UInt64, sha256: Digest? = nil) {
        self.path = path
        self.byteCount = byteCount
        self.sha256 = sha256
    }
}

/// What a write did.
public struct WrittenVersion: Sendable, Hashable {
    /// The version that was written, or the latest one where nothing was.
    public var info: VersionInfo
    /// Its files, ascending by path.
    public var files: [PinFile]
    /// Whether nothing was written because the latest version is the same.
    public var isUnchanged: Bool
    /// Chunk references of all files; `nil` where there are no chunks.
    public var chunkCount: UInt64?
    /// Chunks that were not on the board, and their plain bytes.
    public var newChunkCount: UInt64?
    /// The plain bytes of the new chunks.
    public var newByteCount: UInt64?
    /// Bytes that this write added to the board.
    public var storedByteCount: UInt64
    /// Of a dry run: what the write would move, from opening the board on, where that is known.
    public var traffic: Traffic?

    public init(
        info: VersionInfo, files: [PinFile], isUnchanged: Bool, chunkCount: UInt64? = nil,
        newChunkCount: UInt64? = nil, newByteCount: UInt64? = nil, storedByteCount: UInt64
    ) {
        self.info = info
        self.files = files
        self.isUnchanged = isUnchanged
        self.chunkCount = chunkCount
        self.newChunkCount = newChunkCount
        self.newByteCount = newByteCount
        self.storedByteCount = storedByteCount
    }
}
