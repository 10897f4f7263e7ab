/// How the plain bytes of a frame are encoded (FORMAT.md §6.1).
///
/// The stored bytes of every codec are one complete zstd frame.
public enum FrameCodec: UInt8, Sendable, Hashable, CaseIterable {
    /// A zstd frame of raw blocks, byte for byte fixed by FORMAT.md §6.2.
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

    /// The stride in bytes; 1 for ``none``.
    public var stride: Int {
        switch self {
        case .none: 1
        case .shuffle4: 4
        case .shuffle8: 8
        }
    }
}
