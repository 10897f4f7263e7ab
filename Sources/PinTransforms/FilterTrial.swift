internal import CZstd
internal import PinFormat

/// Chooses the filter of a chunk by compressing a sample of it with each (FORMAT.md §6.3).
///
/// Numbers of two, four and eight bytes that lie one after the other compress better with their
/// bytes transposed. Text never does, and is told apart by its bytes alone.
@safe struct FilterTrial: ~Copyable {
    /// Pieces of a sample, spread over the chunk: columns of different types may share it.
    private static let pieces = 4
    private static let pieceByteCount = 6 << 10
    /// Bytes that are none of text, of all bytes of a sample: less than one in so many is text.
    private static let binaryPart = 32
    /// A filter must save one in so many bytes of the sample: decoding it is not free.
    private static let savedPartMin = 32
    private static let level: Int32 = 1

    private let context: OpaquePointer
    private var sample: [UInt8] = []
    private var compressed: [UInt8] = []

    init() throws(TransformError) {
        guard let made = unsafe ZSTD_createCCtx() else {
            throw TransformError(.outOfMemory, "no memory for a zstd context")
        }
        unsafe context = made
    }

    deinit { unsafe ZSTD_freeCCtx(context) }

    /// The filter that makes the sample smallest; ``FrameFilter/none`` where it makes little
    /// difference.
    ///
    /// - Complexity: for text a look at 24 KiB, else four compressions of 24 KiB at level 1.
    mutating func filter(for raw: RawSpan) -> FrameFilter {
        guard raw.byteCount >= Self.pieceByteCount else { return .none }
        take(raw)
        guard isWorthTrying else { return .none }
        let plain = size(.none)
        var best = (filter: FrameFilter.none, byteCount: plain - plain / Self.savedPartMin)
        for filter in [FrameFilter.shuffle2, .shuffle4, .shuffle8] {
            let count = size(filter)
            if count < best.byteCount { best = (filter, count) }
        }
        return best.filter
    }

    /// Copies the pieces; each begins at a multiple of eight from the start of the chunk, as the
    /// elements of one filter do.
    private mutating func take(_ raw: RawSpan) {
        sample.removeAll(keepingCapacity: true)
        let count = min(Self.pieces, raw.byteCount / Self.pieceByteCount)
        let stride = raw.byteCount / count & ~7
        for piece in 0..<count {
            let start = min(piece * stride, raw.byteCount - Self.pieceByteCount)
            unsafe raw.extracting(start..<start + Self.pieceByteCount).withUnsafeBytes {
                unsafe sample.append(contentsOf: $0)
            }
        }
    }

    /// Whether a filter may help: the sample is neither text nor as even as random bytes.
    private var isWorthTrying: Bool {
        unsafe withUnsafeTemporaryAllocation(of: Int.self, capacity: 256) { counts in
            unsafe counts.initialize(repeating: 0)
            for byte in sample { unsafe counts[Int(byte)] += 1 }
            var (strange, squares) = (0, 0)
            for byte in 0..<256 {
                let count = unsafe counts[byte]
                squares += count * count
                if Self.isStrange(byte) { strange += count }
            }
            // The sum of squares of n random bytes' histogram is n²/256 + n, with a deviation of
            // about n / 11. Numbers whose lower bytes are noise have higher ones that are not.
            let count = sample.count
            return strange * Self.binaryPart >= count
                && squares >= count * count / 256 + 2 * count
        }
    }

    /// What text has little of: all but printable ASCII, tab, line feed and carriage return.
    private static func isStrange(_ byte: Int) -> Bool {
        byte < 0x20 ? byte != 9 && byte != 10 && byte != 13 : byte >= 0x7F
    }

    /// Bytes of the sample, compressed plane by plane: in a whole chunk a plane fills blocks of its
    /// own, in the sample it would share one with the others.
    private mutating func size(_ filter: FrameFilter) -> Int {
        let capacity = ZSTD_compressBound(sample.count)
        if compressed.count < capacity { compressed = [UInt8](repeating: 0, count: capacity) }
        let planes = filter == .none ? sample : unsafe ByteShuffle.apply(filter, sample.span.bytes)
        let width = sample.count / filter.stride
        var sum = 0
        for start in stride(from: 0, to: sample.count, by: width) {
            let length = unsafe planes.withUnsafeBytes { input in
                unsafe compressed.withUnsafeMutableBytes { out in
                    let plane = unsafe UnsafeRawBufferPointer(
                        rebasing: input[start..<start + width])
                    return unsafe ZSTD_compressCCtx(
                        context, out.baseAddress, out.count, plane.baseAddress, width, Self.level)
                }
            }
            sum += ZSTD_isError(length) == 0 ? min(length, width) : width
        }
        return sum
    }
}
