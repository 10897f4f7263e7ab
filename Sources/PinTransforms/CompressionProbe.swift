internal import CPinKernels

/// Tells quickly that compressing bytes at a high level is a waste of time.
///
/// zstd gains by bytes that are frequent and by bytes that repeat. Two looks, each at samples only,
/// the second only where the first finds nothing: histograms of parts of the bytes and of all of
/// them, and whether the eight bytes at every occurrence of one byte have occurred before. A wrong
/// answer costs space or time, never bytes.
enum CompressionProbe {
    /// The level at which zstd is its own probe, and those below it.
    static let levelWithoutProbe = 1

    private static let parts = 4
    private static let piecesOfPart = 32
    private static let pieceByteCount = 64
    private static let byteCountMin = parts * piecesOfPart * pieceByteCount

    /// Whether the bytes look as if zstd would gain less than a few percent.
    ///
    /// - Complexity: about 0.1 ns a byte where they do, 2 µs where their first part does not.
    static func isIncompressible(_ source: RawSpan) -> Bool {
        source.byteCount >= byteCountMin && isFlat(source) && !repeats(source)
    }

    /// Whether something occurs twice, or that cannot be told.
    private static func repeats(_ source: RawSpan) -> Bool {
        unsafe source.withUnsafeBytes { input in
            guard let base = input.baseAddress else { return true }
            var samples = 0
            let repeated = unsafe pins_repeated_samples(
                base.assumingMemoryBound(to: UInt8.self), input.count, &samples)
            // Random bytes have a sample in 256.
            return repeated > 0 || samples < input.count / 512
        }
    }

    /// Whether the byte values of samples are about as even as those of random bytes, in each part
    /// and in all of them: zstd has a code for each 128 KiB.
    private static func isFlat(_ source: RawSpan) -> Bool {
        let partByteCount = source.byteCount / parts
        return unsafe withUnsafeTemporaryAllocation(of: Int.self, capacity: 512) { counts in
            unsafe counts.initialize(repeating: 0)
            for part in 0..<parts {
                unsafe counts[..<256].update(repeating: 0)
                let start = part * partByteCount
                unsafe count(source.extracting(start..<start + partByteCount), counts)
                for value in 0..<256 { unsafe counts[256 + value] += counts[value] }
                guard unsafe isEven(counts[..<256], piecesOfPart * pieceByteCount) else {
                    return false
                }
            }
            return unsafe isEven(counts[256...], byteCountMin)
        }
    }

    /// Adds the byte values of pieces all over a part.
    private static func count(_ part: RawSpan, _ counts: UnsafeMutableBufferPointer<Int>) {
        let stride = (part.byteCount - pieceByteCount) / (piecesOfPart - 1)
        for piece in 0..<piecesOfPart {
            for offset in piece * stride..<piece * stride + pieceByteCount {
                // In bounds: the last piece ends at or before the last byte.
                let byte = unsafe part.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
                unsafe counts[Int(byte)] += 1
            }
        }
    }

    /// The chi-squared test: the sum of squares of n random bytes' histogram is n²/256 + n; random
    /// bytes exceed what is allowed once in 10^20 times, bytes that compress by 5 % exceed it too.
    private static func isEven(_ counts: Slice<UnsafeMutableBufferPointer<Int>>, _ n: Int) -> Bool {
        var squares = 0
        for index in unsafe counts.indices { squares += unsafe counts[index] * counts[index] }
        return squares < n * n / 256 + n / 256 * 590
    }
}
