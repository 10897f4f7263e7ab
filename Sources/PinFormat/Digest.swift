/// A SHA-256 digest: the name of a chunk, a node, a record or a whole file.
///
/// Stored as four big-endian words, so that comparing two values compares their bytes in order
/// (FORMAT.md §2.3) and no heap memory is used.
public struct Digest: Sendable, Hashable, Comparable {
    /// The number of bytes of a digest.
    public static let byteCount = 32

    let word0, word1, word2, word3: UInt64

    /// A digest from its four words, most significant byte first.
    public init(_ word0: UInt64, _ word1: UInt64, _ word2: UInt64, _ word3: UInt64) {
        self.word0 = word0
        self.word1 = word1
        self.word2 = word2
        self.word3 = word3
    }

    /// Makes a digest of the bytes `offset..<offset + 32`.
    ///
    /// - Parameters:
    ///   - bytes: At least `offset + 32` bytes; anything else is a programmer error.
    ///   - offset: Where the digest begins.
    public init(bytes: [UInt8], at offset: Int = 0) {
        precondition(offset >= 0 && bytes.count - offset >= 32, "a digest has 32 bytes")
        // In bounds, by the precondition. Look-ups compare digests where they lie: word by word.
        self = unsafe bytes.withUnsafeBytes { memory in
            func word(_ index: Int) -> UInt64 {
                unsafe memory.loadUnaligned(
                    fromByteOffset: offset + 8 * index, as: UInt64.self
                ).bigEndian
            }
            return Digest(word(0), word(1), word(2), word(3))
        }
    }

    /// The first eight bytes as a big-endian number: the sort key that index look-ups begin with.
    public var prefix: UInt64 { word0 }

    /// The second eight bytes: as good as random, and no part of what chooses a bucket.
    public var second: UInt64 { word1 }

    /// The 32 bytes, in order.
    public var bytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(32)
        for word in [word0, word1, word2, word3] {
            for shift in stride(from: 56, through: 0, by: -8) {
                out.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        return out
    }

    public static func < (left: Digest, right: Digest) -> Bool {
        if left.word0 != right.word0 { return left.word0 < right.word0 }
        if left.word1 != right.word1 { return left.word1 < right.word1 }
        if left.word2 != right.word2 { return left.word2 < right.word2 }
        return left.word3 < right.word3
    }
}

extension Digest: CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    public var hex: String { Hex.encode(bytes) }

    public var description: String { hex }

    /// Parses exactly 64 lower-case hexadecimal digits; anything else gives `nil`.
    public init?(hex: String) {
        guard let bytes = Hex.decode(hex), bytes.count == 32 else { return nil }
        self.init(bytes: bytes)
    }
}
