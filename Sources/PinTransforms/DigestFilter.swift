internal import CPinKernels
public import PinFormat

/// Says of most digests that a bucket of an index segment does not have them, without reading it: a
/// Bloom filter for each bucket, filled when the bucket is read for the first time.
///
/// A board has several segments, and an absent digest is in none of them: after as many look-ups as
/// there are buckets, hardly any of them is read in vain. Ten bits an entry, five of them set: one
/// in a hundred absent digests is taken for present. Tasks share it without a lock, and it has no
/// memory before it was asked so often that it pays.
@safe public final class DigestFilter: Sendable {
    /// Larger segments have no filter, so that all filters of a board together take less than
    /// twice this.
    private static let byteCountMax = 24 << 20
    private static let bitsPerEntry = 10

    fileprivate nonisolated(unsafe) let filter: OpaquePointer

    /// The filter of a segment.
    public init(_ layout: IndexSegmentLayout) {
        let bucketCount = 1 << layout.fanoutBitCount
        let wordCount = layout.entryCount * Self.bitsPerEntry / bucketCount / 64 + 1
        let isWorthIt =
            wordCount <= PINS_FILTER_WORDS_MAX
            && bucketCount * wordCount * 8 <= Self.byteCountMax
        // A few look-ups do not pay for the memory.
        let made = unsafe pins_filter_make(
            UInt32(layout.fanoutBitCount), isWorthIt ? wordCount : 1,
            isWorthIt ? bucketCount / 32 : .max)
        guard let made = unsafe made else { preconditionFailure("there is no memory for a filter") }
        unsafe filter = made
    }

    deinit { unsafe pins_filter_free(filter) }

    /// Notes the digests of a bucket that was read.
    ///
    /// - Parameter entries: Its bytes, 56 for each entry.
    /// - Complexity: O(*n*), once for each bucket.
    public func fill(_ bucket: Int, _ entries: [UInt8]) {
        let size = IndexSegmentLayout.entryByteCount
        unsafe pins_filter_fill(filter, bucket, entries, entries.count / size, size)
    }
}

/// The filters of all segments of an index, asked together.
@safe public struct DigestFilters: Sendable {
    /// How many filters are asked at once.
    public static let stride = 64

    /// Keeps them alive.
    private let filters: [DigestFilter]
    private nonisolated(unsafe) let pointers: [OpaquePointer?]

    /// Filters in the order of their segments.
    public init(_ filters: [DigestFilter]) {
        self.filters = filters
        unsafe pointers = filters.map { unsafe $0.filter }
    }

    /// Which of the ``stride`` filters from `start` on may have a digest: a bit for each, the
    /// lowest for the first.
    ///
    /// - Complexity: O(*n*) in the filters, a wait for memory for all together.
    public func mayHave(_ digest: Digest, from start: Int = 0) -> UInt64 {
        let count = min(filters.count - start, Self.stride)
        precondition(start >= 0 && count >= 0, "a filter to begin with")
        return unsafe pointers.withUnsafeBufferPointer { all in
            guard count > 0, let first = all.baseAddress else { return 0 }
            return unsafe pins_filter_probe(
                first + start, count, digest.prefix, digest.second)
        }
    }
}
