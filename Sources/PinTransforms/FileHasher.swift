internal import CPinKernels
public import PinFormat

/// SHA-256 of a whole file, and of its chunks on the way (ADR-0005).
///
/// The digest of a file is serial by nature and leaves half of a processor's SHA unit idle; where
/// there is one, the chunks are digested in the other half. Elsewhere the file is left to libcrypto
/// and the chunks to ``ChunkHasher``, on any core.
///
/// Not thread-safe.
public struct FileHasher: ~Copyable, Sendable {
    private var paired: pins_sha256_file?
    private var single = SHA256()

    /// What the processor says of itself does not change.
    private static let isPaired =
        pins_sha256_file_can_run() && pins_sha256_best_kernel() != PINS_SHA256_NONE

    /// A hasher that does it the fastest way of this machine.
    public init() {
        self.init(isPaired: Self.isPaired)
    }

    /// A hasher that digests chunks too, which this machine must be able to do, or does not.
    init(isPaired: Bool) {
        guard isPaired else { return }
        precondition(pins_sha256_file_can_run(), "the processor lacks the SHA instructions")
        var file = pins_sha256_file()
        unsafe pins_sha256_file_begin(&file)
        paired = file
    }

    /// Adds the next chunks of the file.
    ///
    /// - Parameters:
    ///   - bytes: The chunks, one after the other; what follows the last end is not looked at.
    ///   - ends: Where they end, as for ``ChunkHasher/digests(of:ends:)``.
    /// - Returns: Their digests, or `nil` where ``ChunkHasher`` had better find them.
    /// - Complexity: O(*n*).
    public mutating func update(_ bytes: RawSpan, ends: [Int]) -> [Digest]? {
        var start = 0
        for end in ends {
            precondition(end >= start, "the ends of chunks ascend")
            start = end
        }
        precondition(start <= bytes.byteCount, "a chunk ends after the bytes")
        guard var file = paired else {
            single.update(bytes.extracting(0..<start))
            return nil
        }
        // A file of no bytes has no chunk with any.
        guard start > 0 else { return ends.map { _ in SHA256.ofNothing } }
        let count = ends.count
        let digests = unsafe withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 4 * count) {
            words in
            unsafe bytes.withUnsafeBytes { input in
                guard let base = input.baseAddress, let out = words.baseAddress else { return }
                unsafe pins_sha256_file_update(
                    &file, base.assumingMemoryBound(to: UInt8.self),
                    ends, count, out)
            }
            return (0..<count).map { chunk in
                let word = 4 * chunk
                return unsafe Digest(
                    words[word], words[word + 1], words[word + 2], words[word + 3])
            }
        }
        paired = file
        return digests
    }

    /// The digest of the file; what follows begins another.
    public mutating func finish() -> Digest {
        guard var file = paired else { return single.finish() }
        let digest = unsafe withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 4) { words in
            unsafe pins_sha256_file_end(&file, words.baseAddress)
            return unsafe Digest(words[0], words[1], words[2], words[3])
        }
        paired = file
        return digest
    }
}

extension SHA256 {
    /// The digest of no bytes.
    static let ofNothing: Digest = {
        var hasher = SHA256()
        return hasher.finish()
    }()
}
