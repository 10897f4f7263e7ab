/// Every maximum of the format (FORMAT.md §8). A length that was read is compared with one of these
/// before it allocates, slices or loops.
public enum Limits {
    public static let frameRawByteCount = 16_777_216
    public static let packByteCount = 268_435_456
    public static let packFrameCount = 1_048_576
    public static let nodeEntryCount = 256
    public static let nodeLevel = 7
    public static let depth = 15
    public static let closureFrameCount = 16
    public static let closureByteCount = 67_108_864
    public static let zstdWindowByteCount = 16_777_216
    public static let pathByteCount = 4_096
    public static let pathComponentByteCount = 255
    public static let versionFileCount = 16_777_216
    public static let fileListByteCount = 1_073_741_824
    public static let inlineFileListByteCount = 4_096
    public static let nameByteCount = 255
    public static let titleByteCount = 4_096
    public static let descriptionByteCount = 1_048_576
    public static let textListCount = 10_000
    public static let textListItemByteCount = 4_096
    public static let metadataByteCount = 16_777_216
    public static let tableKeyByteCount = 1_024
    public static let tableValueByteCount = 67_108_864
    public static let tableBlockIndexByteCount = 67_108_864
    public static let tableBlockByteTarget = 16_384
    public static let commitByteCount = 67_108_864
    public static let commitReferenceCount = 256
    public static let recordFieldCount = 4_096
    public static let producerByteCount = 255
    public static let configByteCount = 65_536
    public static let fanoutBitCount = 24
    public static let indexBucketEntryCount = 65_536
}
