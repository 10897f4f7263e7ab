internal import CZstd

/// Tells in a few microseconds that compressing a chunk is a waste of time.
///
/// Two looks, the second only where the first is in doubt: the histogram of 4 KiB taken all over the
/// chunk, and zstd at its fastest over 16 KiB in one piece, which also finds repeated random bytes.
/// A wrong answer costs space or time, never bytes.
@safe struct CompressionProbe: ~Copyable {
    private static let pieces = 64
    private static let pieceByteCount = 64
    private static let trialByteCount = 16 << 10
    /// Level 1 of zstd gives up quickly on bytes without matches.
    private static let trialLevel: Int32 = 1

    private let context: OpaquePointer
    private var output: [UInt8]

    init() throws(TransformError) {
        guard let made = unsafe ZSTD_createCCtx() else {
            throw TransformError(.outOfMemory, "no memory for a zstd context")
        }
        unsafe context = made
        output = [UInt8](repeating: 0, count: ZSTD_compressBound(Self.trialByteCount))
    }

    deinit { unsafe ZSTD_freeCCtx(context) }

    /// Whether the bytes look as if zstd would gain less than about one percent.
    mutating func isIncompressible(_ raw: RawSpan) -> Bool {
        // Few bytes are compressed faster than they are probed.
        guard raw.byteCount >= Self.trialByteCount, Self.isFlat(raw) else { return false }
        let start = (raw.byteCount - Self.trialByteCount) / 2
        let length = unsafe raw.extracting(start..<start + Self.trialByteCount).withUnsafeBytes { sample in
            unsafe output.withUnsafeMutableBytes { out in
                unsafe ZSTD_compressCCtx(
                    context, out.baseAddress, out.count, sample.baseAddress, sample.count,
                    Self.trialLevel)
            }
        }
        return ZSTD_isError(length) == 0 && length > Self.trialByteCount / 100 * 99
    }

    /// Whether the byte values of a sample are about as even as those of random bytes.
    ///
    /// The sum of squares of 4,096 random bytes' histogram is 69,632 with a standard deviation of
    /// about 364 (4096·16 + 4096, chi-squared with 255 degrees of freedom).
    private static func isFlat(_ raw: RawSpan) -> Bool {
        let stride = (raw.byteCount - pieceByteCount) / (pieces - 1)
        return unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 256) { counts in
            unsafe counts.initialize(repeating: 0)
            for piece in 0..<pieces {
                for offset in piece * stride..<piece * stride + pieceByteCount {
                    // In bounds: the last piece ends at or before the last byte.
                    let byte = unsafe raw.unsafeLoad(
                        fromByteOffset: offset, as: UInt8.self)
                    unsafe counts[Int(byte)] += 1
                }
            }
            var sum: UInt32 = 0
            for value in 0..<256 { sum += unsafe counts[value] * counts[value] }
            return sum < 75_000
        }
    }
}
