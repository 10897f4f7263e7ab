public import PinFormat
public import PinStorage

/// One version to be written.
public struct WriteRequest: Sendable {
    /// The pin's name, FORMAT.md §3.2.
    public var pin: String
    /// At least one file.
    public var files: [InputFile]
    /// What is recorded with it.
    public var metadata: VersionMetadata
    /// Whether the new version replaces the only one there is: an error with several.
    public var replacesOnlyVersion = false
    /// Whether a version equal to the latest is written all the same.
    public var forcesIdentical = false
    /// Whether each file's flat SHA-256 is computed.
    public var computesFlatDigests = true
    /// Whether nothing is stored: the result says what would have been, and
    /// ``WriteResult/traffic`` what it would move.
    public var isDryRun = false
    /// For copies: the name that the version has elsewhere. It is kept where it sorts after the
    /// latest version; else a later one is made.
    public var versionName: String?

    public init(pin: String, files: [InputFile], metadata: VersionMetadata) {
        self.pin = pin
        self.files = files
        self.metadata = metadata
    }
}

/// What a write did.
public struct WriteResult: Sendable {
    /// The version that was written, or the latest one where nothing was.
    public let version: VersionRecord
    /// Its files, with their digests.
    public let files: [FileEntry]
    /// Whether nothing was written because the latest version is the same.
    public let isUnchanged: Bool
    /// Chunk references of all files.
    public let chunkCount: UInt64
    /// Chunks that were not on the board, and their plain bytes.
    public let newChunkCount: UInt64
    /// The plain bytes of the new chunks.
    public let newByteCount: UInt64
    /// Bytes of all objects this write added to the board.
    public let storedByteCount: UInt64
    /// Of a dry run: what the write would move, from opening the board on.
    public var traffic: Traffic?

    public init(
        version: VersionRecord, files: [FileEntry], isUnchanged: Bool, chunkCount: UInt64,
        newChunkCount: UInt64, newByteCount: UInt64, storedByteCount: UInt64
    ) {
        self.version = version
        self.files = files
        self.isUnchanged = isUnchanged
        self.chunkCount = chunkCount
        self.newChunkCount = newChunkCount
        self.newByteCount = newByteCount
        self.storedByteCount = storedByteCount
    }
}
