/// Every maximum of the format (FORMAT.md §8). A length that was read is compared with one of these
/// before it allocates, slices or loops.
public enum Limits {
    /// Plain bytes of a frame: 16 MiB.
    @inlinable public static var frameRawByteCount: Int { bounded(16_777_216) }
    /// Bytes of a pack: 256 MiB.
    @inlinable public static var packByteCount: Int { bounded(268_435_456) }
    /// Frames of a pack: 2^20.
    @inlinable public static var packFrameCount: Int { bounded(1_048_576) }
    /// Parity blocks of a group of blocks of a pack.
    @inlinable public static var parityRowCount: Int { bounded(128) }
    /// Entries of a node of a manifest.
    @inlinable public static var nodeEntryCount: Int { bounded(256) }
    /// Levels of nodes above the chunks.
    @inlinable public static var nodeLevel: Int { bounded(7) }
    /// Bases that decoding a frame may go through.
    @inlinable public static var depth: Int { bounded(15) }
    /// Frames that decoding one chunk may need.
    @inlinable public static var closureFrameCount: Int { bounded(16) }
    /// Plain bytes of those frames: 64 MiB.
    @inlinable public static var closureByteCount: Int { bounded(67_108_864) }
    /// The window of zstd: 16 MiB.
    @inlinable public static var zstdWindowByteCount: Int { bounded(16_777_216) }
    /// UTF-8 bytes of a path.
    @inlinable public static var pathByteCount: Int { bounded(4_096) }
    /// UTF-8 bytes of a component of a path.
    @inlinable public static var pathComponentByteCount: Int { bounded(255) }
    /// Files of a version: 2^24.
    @inlinable public static var versionFileCount: Int { bounded(16_777_216) }
    /// Bytes of an encoded file list: 1 GiB.
    @inlinable public static var fileListByteCount: Int { bounded(1_073_741_824) }
    /// Bytes of a file list that stands in its version record.
    @inlinable public static var inlineFileListByteCount: Int { bounded(4_096) }
    /// UTF-8 bytes of a name of a pin, version or label.
    @inlinable public static var nameByteCount: Int { bounded(255) }
    /// UTF-8 bytes of a title.
    @inlinable public static var titleByteCount: Int { bounded(4_096) }
    /// UTF-8 bytes of a description: 1 MiB.
    @inlinable public static var descriptionByteCount: Int { bounded(1_048_576) }
    /// Tags, or URLs, of a version.
    @inlinable public static var textListCount: Int { bounded(10_000) }
    /// UTF-8 bytes of a tag or URL.
    @inlinable public static var textListItemByteCount: Int { bounded(4_096) }
    /// Bytes of user metadata: 16 MiB.
    @inlinable public static var metadataByteCount: Int { bounded(16_777_216) }
    /// Bytes of a row's key.
    @inlinable public static var tableKeyByteCount: Int { bounded(1_024) }
    /// Bytes of a row's value: 64 MiB.
    @inlinable public static var tableValueByteCount: Int { bounded(67_108_864) }
    /// Bytes of the index of a table segment: 64 MiB.
    @inlinable public static var tableBlockIndexByteCount: Int { bounded(67_108_864) }
    /// Bytes at which a block of rows ends.
    @inlinable public static var tableBlockByteTarget: Int { bounded(16_384) }
    /// Bytes of a commit: 64 MiB.
    @inlinable public static var commitByteCount: Int { bounded(67_108_864) }
    /// References of one kind in a commit.
    @inlinable public static var commitReferenceCount: Int { bounded(256) }
    /// Fields of a record.
    @inlinable public static var recordFieldCount: Int { bounded(4_096) }
    /// UTF-8 bytes of a producer.
    @inlinable public static var producerByteCount: Int { bounded(255) }
    /// Bytes of a configuration: 64 KiB.
    @inlinable public static var configByteCount: Int { bounded(65_536) }
    /// Bits of a digest that choose a bucket.
    @inlinable public static var fanoutBitCount: Int { bounded(24) }
    /// Entries of a bucket of an index segment.
    @inlinable public static var indexBucketEntryCount: Int { bounded(65_536) }
}
