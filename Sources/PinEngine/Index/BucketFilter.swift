internal import PinFormat

/// Says of most digests that a bucket does not have them, without reading it: a Bloom filter for
/// each bucket, filled when the bucket is read for the first time.
///
/// A board has several segments, and an absent digest is in none of them: after as many look-ups as
/// there are buckets, hardly any of them is read in vain. Ten bits an entry, five of them set: one
/// in a hundred absent digests is taken for present.
struct BucketFilter {
    /// Larger segments have no filter, so that all filters of a board together take less than
    /// twice this.
    private static let byteCountMax = 24 << 20
    private static let bitsPerEntry = 10
    private static let probeCount = 5

    private let wordsPerBucket: Int
    private let bucketCount: Int
    /// How many look-ups there were before the filter was worth its memory.
    private var lookupCount = 0
    private var words: [UInt64] = []
    /// Which buckets are filled, a bit each.
    private var filled: [UInt64] = []

    init(_ layout: IndexSegmentLayout) {
        bucketCount = 1 << layout.fanoutBitCount
        let bits = layout.entryCount * Self.bitsPerEntry / bucketCount
        wordsPerBucket = bits / 64 + 1
    }

    /// Whether a bucket may have a digest.
    ///
    /// - Complexity: O(1); the first time that it pays, the memory is cleared.
    mutating func mayHave(_ digest: Digest, bucket: Int) -> Bool {
        guard !filled.isEmpty else {
            countLookup()
            return true
        }
        guard filled[bucket >> 6] & 1 << UInt64(bucket & 63) != 0 else { return true }
        var rest = digest.second
        for _ in 0..<Self.probeCount {
            let bit = place(&rest)
            if words[bucket * wordsPerBucket + bit >> 6] & 1 << UInt64(bit & 63) == 0 {
                return false
            }
        }
        return true
    }

    /// Notes the digests of a bucket that was read.
    ///
    /// - Parameter entries: Its bytes, 56 for each entry.
    mutating func fill(_ bucket: Int, _ entries: [UInt8]) {
        guard !filled.isEmpty, filled[bucket >> 6] & 1 << UInt64(bucket & 63) == 0 else { return }
        let size = IndexSegmentLayout.entryByteCount
        for offset in stride(from: 0, to: entries.count, by: size) {
            var rest = Digest(bytes: entries, at: offset).second
            for _ in 0..<Self.probeCount {
                let bit = place(&rest)
                words[bucket * wordsPerBucket + bit >> 6] |= 1 << UInt64(bit & 63)
            }
        }
        filled[bucket >> 6] |= 1 << UInt64(bucket & 63)
    }

    /// A few look-ups do not pay for the memory.
    private mutating func countLookup() {
        lookupCount += 1
        guard lookupCount > bucketCount / 32,
            bucketCount * wordsPerBucket * 8 <= Self.byteCountMax
        else { return }
        words = [UInt64](repeating: 0, count: bucketCount * wordsPerBucket)
        filled = [UInt64](repeating: 0, count: bucketCount / 64 + 1)
    }

    /// Takes twelve bits of a digest and makes them a bit of a bucket.
    private func place(_ rest: inout UInt64) -> Int {
        defer { rest >>= 12 }
        return (Int(rest & 0xFFF) * wordsPerBucket * 64) >> 12
    }
}
