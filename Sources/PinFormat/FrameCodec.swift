/// How the plain bytes of a frame are encoded (FORMAT.md §6.1).
public enum FrameCodec: UInt8, Sendable, Hashable, CaseIterable {
    /// A zstd frame of raw blocks, written without libzstd.
    case raw = 0
    /// One ordinary zstd frame.
    case zstd = 1
    /// One zstd frame compressed with the bytes of one or two bases as prefix.
    case zstdDelta = 2
}

/// What is done to plain bytes before the codec (FORMAT.md §6.3).
public enum FrameFilter: UInt8, Sendable, Hashable, CaseIterable {
    /// Nothing.
    case none = 0
    /// Transposition of 4-byte elements.
    case shuffle4 = 1
    /// Transposition of 8-byte elements.
    case shuffle8 = 2
}
