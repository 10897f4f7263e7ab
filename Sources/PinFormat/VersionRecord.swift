/// What a user says about a version (FORMAT.md §7.6, tags 9–15 and 19).
public struct VersionMetadata: Sendable, Hashable {
    /// Seconds since 1970 UTC.
    public var createdSeconds: Int64
    /// `csv`, `file`, …
    public var type: String
    /// At most 4,096 UTF-8 bytes.
    public var title: String?
    /// At most 1 MiB of UTF-8.
    public var description: String?
    /// At most 10,000, in the order that was given.
    public var tags: [String]
    /// At most 10,000, in the order that was given.
    public var urls: [String]
    /// A UTF-8 JSON object as the user gave it.
    public var userJSON: [UInt8]?
    /// JSON: the metadata of the board this version was copied from.
    public var originJSON: [UInt8]?

    public init(
        createdSeconds: Int64, type: String = "file", title: String? = nil,
        description: String? = nil, tags: [String] = [], urls: [String] = [],
        userJSON: [UInt8]? = nil, originJSON: [UInt8]? = nil
    ) {
        self.createdSeconds = createdSeconds
        self.type = type
        self.title = title
        self.description = description
        self.tags = tags
        self.urls = urls
        self.userJSON = userJSON
        self.originJSON = originJSON
    }

    static let known: [UInt16] = [9, 10, 11, 12, 13, 14, 15, 19]

    init(_ record: Record, section: String) throws(FormatError) {
        createdSeconds = Int64(bitPattern: try record.number(9, section: section))
        type = try record.text(10, limit: Limits.nameByteCount, section: section) ?? ""
        title = try record.text(11, limit: Limits.titleByteCount, section: section)
        description = try record.text(12, limit: Limits.descriptionByteCount, section: section)
        tags = try record.texts(13, section: section)
        urls = try record.texts(14, section: section)
        let limit = Limits.metadataByteCount
        userJSON = try record.utf8(15, limit: limit, section: section)
        originJSON = try record.utf8(19, limit: limit, section: section)
    }

    func write(to record: inout Record) {
        record.set(9, number: UInt64(bitPattern: createdSeconds))
        record.set(10, text: type)
        record.set(11, text: title)
        record.set(12, text: description)
        record.set(13, texts: tags)
        record.set(14, texts: urls)
        record.set(15, userJSON)
        record.set(19, originJSON)
    }

    /// Checks what a writer was given against the limits of FORMAT.md §8.
    public func check() throws(FormatError) {
        func limit(_ what: String, _ count: Int, _ limit: Int) throws(FormatError) {
            guard count <= limit else {
                throw FormatError(
                    .limitExceeded, section: "8",
                    "the \(what) has \(count) bytes, the limit is \(limit)")
            }
        }
        try limit("type", type.utf8.count, Limits.nameByteCount)
        try limit("title", title?.utf8.count ?? 0, Limits.titleByteCount)
        try limit("description", description?.utf8.count ?? 0, Limits.descriptionByteCount)
        try limit("metadata", userJSON?.count ?? 0, Limits.metadataByteCount)
        try limit("origin", originJSON?.count ?? 0, Limits.metadataByteCount)
        for list in [tags, urls] {
            try limit("list of tags or urls", list.count, Limits.textListCount)
            for text in list {
                try limit("tag or url", text.utf8.count, Limits.textListItemByteCount)
            }
        }
    }
}

/// One immutable version of a pin (FORMAT.md §7.6).
public struct VersionRecord: Sendable, Hashable {
    /// Where the file list is.
    public enum Files: Sendable, Hashable {
        /// In the record itself: at most ``Limits/inlineFileListByteCount`` encoded bytes.
        case inline(FileList)
        /// Stored like a file: its encoded bytes are the content of `list`.
        case stored(list: FileEntry, fileCount: Int)
    }

    static let section = "7.6"
    static let known: [UInt16] =
        [0x8001, 0x8002, 0x8003, 0x8004, 0x8005, 0x8006, 0x8007, 0x8008, 16, 17, 18, 20, 21, 22]
        + VersionMetadata.known

    /// The pin that it is a version of.
    public var pinName: String
    /// Its name, unique in its pin.
    public var versionName: String
    /// The digest over its file list (FORMAT.md §5.1).
    public var pinHash: Digest
    /// How its files were cut.
    public var chunker: ChunkerParameters
    /// Its files, or where their list is.
    public var files: Files
    /// The bytes of all files.
    public var byteCount: UInt64
    /// How many files there are; 1…2^24.
    public var fileCount: Int
    /// What its writer said of it.
    public var metadata: VersionMetadata
    /// The latest version when this one was written, and the digest of its record.
    public var parent: String?
    /// The digest of the parent's record.
    public var parentDigest: Digest?
    /// Which program wrote it; informational, at most 255 bytes.
    public var producer: String
    /// Chunks and bytes that this version brought to the board, and all its chunk references.
    public var newChunkCount: UInt64 = 0
    /// The plain bytes of the new chunks.
    public var newByteCount: UInt64 = 0
    /// Chunk references of all files.
    public var chunkCount: UInt64 = 0
    /// Fields that this version does not know, kept as they were read (FORMAT.md §2.6).
    public var unknown: [Record.Field] = []

    public init(
        pinName: String, versionName: String, pinHash: Digest, chunker: ChunkerParameters,
        files: Files, byteCount: UInt64, fileCount: Int, metadata: VersionMetadata,
        parent: String? = nil, parentDigest: Digest? = nil, producer: String
    ) {
        self.pinName = pinName
        self.versionName = versionName
        self.pinHash = pinHash
        self.chunker = chunker
        self.files = files
        self.byteCount = byteCount
        self.fileCount = fileCount
        self.metadata = metadata
        self.parent = parent
        self.parentDigest = parentDigest
        self.producer = producer
    }

    /// The encoded record.
    public var encoded: [UInt8] {
        var record = Record()
        record.set(0x8001, text: pinName)
        record.set(0x8002, text: versionName)
        record.set(0x8003, pinHash.bytes)
        record.set(0x8004, chunker.encoded)
        switch files {
        case .inline(let list): record.set(0x8005, list.encoded)
        case .stored(let list, let count): record.set(0x8006, Self.encode(list, count))
        }
        record.set(0x8007, u64: byteCount)
        record.set(0x8008, Record.encode { $0.u32(UInt32(fileCount)) })
        metadata.write(to: &record)
        record.set(16, text: parent)
        record.set(17, parentDigest?.bytes)
        record.set(18, text: producer)
        record.set(20, number: newChunkCount)
        record.set(21, number: newByteCount)
        record.set(22, number: chunkCount)
        record.keep(unknown)
        return record.bytes
    }

    private static func encode(_ list: FileEntry, _ fileCount: Int) -> [UInt8] {
        Record.encode { writer in
            writer.u64(list.byteCount)
            writer.u32(UInt32(fileCount))
            writer.u8(list.shape)
            writer.zeros(3)
            list.digest.map { writer.digest($0) }
        }
    }
}
