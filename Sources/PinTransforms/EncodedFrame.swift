public import PinFormat

/// A chunk as it is stored: one complete Zstandard frame and what is needed to decode it.
public struct EncodedFrame: Sendable, Hashable {
    /// How the bytes are encoded.
    public let codec: FrameCodec
    /// What was done before; ``FrameFilter/none`` for raw frames.
    public let filter: FrameFilter
    /// The frame.
    public let bytes: [UInt8]

    public init(codec: FrameCodec, filter: FrameFilter, bytes: [UInt8]) {
        self.codec = codec
        self.filter = filter
        self.bytes = bytes
    }
}
