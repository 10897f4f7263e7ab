/// Every maximum of the format (FORMAT.md §8). A length that was read is compared with one of these
/// before it allocates, slices or loops.
public enum Limits {
    /// Plain bytes of a frame: 16 MiB.
    public static let frameRawByteCount = 16_777_216
    /// Bytes of a pack: 256 MiB.
    public static let packByteCount = 268_435_456
    /// Frames of a pack: 2^20.
    public static let packFrameCount = 1_048_576
    /// Entries of a node of a manifest.
    public static let nodeEntryCount = 256
    /// Levels of nodes above the chunks.
    public static let nodeLevel = 7
    /// Bases that decoding a frame may go through.
    public static let depth = 15
    /// Frames that decoding one chunk may need.
    public static let closureFrameCount = 16
    /// Plain bytes of those frames: 64 MiB.
    public static let closureByteCount = 67_108_864
    /// The window of zstd: 16 MiB.
    public static let zstdWindowByteCount = 16_777_216
    /// UTF-8 bytes of a path.
    public static let pathByteCount = 4_096
    /// UTF-8 bytes of a component of a path.
    public static let pathComponentByteCount = 255
    /// Files of a version: 2^24.
    public static let versionFileCount = 16_777_216
    /// Bytes of an encoded file list: 1 GiB.
    public static let fileListByteCount = 1_073_741_824
    /// Bytes of a file list that stands in its version record.
    public static let inlineFileListByteCount = 4_096
    /// UTF-8 bytes of a name of a pin, version or label.
    public static let nameByteCount = 255
    /// UTF-8 bytes of a title.
    public static let titleByteCount = 4_096
    /// UTF-8 bytes of a description: 1 MiB.
    public static let descriptionByteCount = 1_048_576
    /// Tags, or URLs, of a version.
    public static let textListCount = 10_000
    /// UTF-8 bytes of a tag or URL.
    public static let textListItemByteCount = 4_096
    /// Bytes of user metadata: 16 MiB.
    public static let metadataByteCount = 16_777_216
    /// Bytes of a row's key.
    public static let tableKeyByteCount = 1_024
    /// Bytes of a row's value: 64 MiB.
    public static let tableValueByteCount = 67_108_864
    /// Bytes of the index of a table segment: 64 MiB.
    public static let tableBlockIndexByteCount = 67_108_864
    /// Bytes at which a block of rows ends.
    public static let tableBlockByteTarget = 16_384
    /// Bytes of a commit: 64 MiB.
    public static let commitByteCount = 67_108_864
    /// References of one kind in a commit.
    public static let commitReferenceCount = 256
    /// Fields of a record.
    public static let recordFieldCount = 4_096
    /// UTF-8 bytes of a producer.
    public static let producerByteCount = 255
    /// Bytes of a configuration: 64 KiB.
    public static let configByteCount = 65_536
    /// Bits of a digest that choose a bucket.
    public static let fanoutBitCount = 24
    /// Entries of a bucket of an index segment.
    public static let indexBucketEntryCount = 65_536
}
