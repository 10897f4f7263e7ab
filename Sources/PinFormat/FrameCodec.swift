/// How the bytes of a chunk became the bytes of a frame (FORMAT.md §6.1).
///
/// The stored bytes of every codec are one complete Zstandard frame.
public enum FrameCodec: UInt8, Sendable, Hashable, CaseIterable {
    /// A Zstandard frame of raw blocks only, byte for byte fixed by FORMAT.md §6.2.
    case raw = 0
    /// A compressed Zstandard frame.
    case zstd = 1
    /// A Zstandard frame that was compressed against a prefix and needs it to be decoded.
    case zstdDelta = 2
}

/// What was done to the bytes of a chunk before they were compressed (FORMAT.md §6.3).
public enum FrameFilter: UInt8, Sendable, Hashable, CaseIterable {
    /// Nothing.
    case none = 0
    /// Bytes transposed with a stride of four, counted from the chunk's first byte.
    case shuffle4 = 1
    /// Bytes transposed with a stride of eight, counted from the chunk's first byte.
    case shuffle8 = 2
    /// Bytes transposed with a stride of two, counted from the chunk's first byte.
    case shuffle2 = 3

    /// The stride in bytes; 1 for ``none``.
    public var stride: Int {
        switch self {
        case .none: 1
        case .shuffle4: 4
        case .shuffle8: 8
        case .shuffle2: 2
        }
    }
}
