internal import CPinKernels
public import PinFormat

/// SHA-256 of many chunks at a time (ADR-0005).
///
/// Chunks are independent of each other, so several are digested at once: in the streams or lanes
/// of the fastest kernel of this machine. ``SHA256``, which is libcrypto, is the definition of
/// every digest, and what is used where no kernel is faster; which one it was never shows in a
/// digest.
///
/// Not thread-safe; each thread has its own.
public struct ChunkHasher: ~Copyable, Sendable {
    private let kernel: pins_sha256_kernel
    private var single = SHA256()

    /// What the processor says of itself does not change.
    private static let best = pins_sha256_best_kernel()

    /// A hasher that uses the fastest kernel of this machine.
    public init() {
        self.init(kernel: Self.best)
    }

    /// A hasher that uses one kernel, which this machine must be able to run, or
    /// `PINS_SHA256_NONE`: libcrypto alone.
    init(kernel: pins_sha256_kernel) {
        precondition(
            kernel == PINS_SHA256_NONE || pins_sha256_can_run(kernel),
            "the processor lacks the kernel's instructions")
        self.kernel = kernel
    }

    /// The digests of consecutive chunks, in their order.
    ///
    /// The more chunks a call has, the fewer lanes are idle at its end: from a few dozen on, their
    /// lengths do not matter.
    ///
    /// - Parameters:
    ///   - bytes: The chunks, one after the other, from the first byte on; what follows the last
    ///     end is not looked at.
    ///   - ends: Where the chunks end, counted from the first of `bytes`: chunk `i` is
    ///     `ends[i - 1]..<ends[i]`, the first begins at 0. Never descending, in
    ///     `0...bytes.byteCount`; anything else is a programmer error. What
    ///     ``GearChunker/appendBoundaries(of:isFinal:to:)`` gives.
    /// - Complexity: O(*n*) in the bytes and the ends; about 3.5 GB/s where libcrypto has 1.8.
    public mutating func digests(of bytes: RawSpan, ends: [Int]) -> [Digest] {
        var start = 0
        for end in ends {
            precondition(end >= start, "the ends of chunks ascend")
            start = end
        }
        precondition(start <= bytes.byteCount, "a chunk ends after the bytes")
        // One chunk is one stream: nothing is faster at that than libcrypto.
        if kernel == PINS_SHA256_NONE || ends.count < 2 || start == 0 {
            return digestsOneByOne(of: bytes, ends: ends)
        }
        return digestsAtOnce(of: bytes, ends: ends)
    }

    private mutating func digestsOneByOne(of bytes: RawSpan, ends: [Int]) -> [Digest] {
        var start = 0
        return ends.map { end in
            defer { start = end }
            return single.digest(bytes.extracting(start..<end))
        }
    }

    private func digestsAtOnce(of bytes: RawSpan, ends: [Int]) -> [Digest] {
        let count = ends.count
        return unsafe withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 4 * count) { words in
            unsafe bytes.withUnsafeBytes { input in
                unsafe pins_sha256_many(
                    kernel, input.baseAddress?.assumingMemoryBound(to: UInt8.self), ends, count,
                    words.baseAddress)
            }
            return (0..<count).map { chunk in
                let word = 4 * chunk
                return unsafe Digest(
                    words[word], words[word + 1], words[word + 2], words[word + 3])
            }
        }
    }
}
