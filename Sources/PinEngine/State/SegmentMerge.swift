internal import PinFormat

/// Merging layers of rows and places (FORMAT.md §9.4, Tables).
enum SegmentMerge {
    /// Segments larger than this are merged rarely: what a commit of little costs stays little.
    static let commitByteCountMax = 4 << 20
    /// Table segments larger than this stay as they are: their rows are merged in memory.
    static let maintenanceByteCountMax = 16 << 20

    /// With so many large index segments a commit merges ``largeMergeCount`` of them. Over a
    /// board's growth each entry is then written again O(log *n*) times.
    static let largeCountMax = 8
    static let largeMergeCount = 4

    /// With so many segments left a merge takes ``crowdedMergeCount`` of any size: a commit that
    /// names more than ``Limits/commitReferenceCount`` could never be read.
    static var crowdedCount: Int { Limits.commitReferenceCount / 2 }
    static let crowdedMergeCount = 32

    /// How many segments a merge must take at least, of so many.
    static func leastCount(of segmentCount: Int) -> Int {
        segmentCount >= crowdedCount ? crowdedMergeCount : 0
    }

    /// How many of the newest table segments a new one of `byteCount` swallows: those less than
    /// four times as large as what has been gathered, so that their number stays logarithmic.
    static func count(_ segments: [SegmentReference], swallowedBy byteCount: Int) -> Int {
        var (sum, count) = (byteCount, 0)
        for segment in segments {
            guard segment.byteCount < 4 * sum, segment.byteCount <= commitByteCountMax else {
                break
            }
            sum += segment.byteCount
            count += 1
        }
        return count
    }

    /// The index segments that a commit merges with what it adds; their order has no meaning.
    ///
    /// Small ones go as ``count(_:swallowedBy:)`` says, from the smallest on: at most
    /// log₄(``commitByteCountMax`` / inline target) + 1 of them stay. Large ones wait until there
    /// are ``largeCountMax``.
    ///
    /// - Parameters:
    ///   - byteCount: What the commit adds.
    ///   - takesLarge: Whether large ones may be taken: not by a commit that lost a race, which
    ///     would lose the next one over it.
    static func merged(
        _ segments: [SegmentReference], adding byteCount: Int, takesLarge: Bool
    ) -> [SegmentReference] {
        let ascending = segments.sorted { $0.byteCount < $1.byteCount }
        let small = ascending.filter { $0.byteCount <= commitByteCountMax }
        let large = ascending.dropFirst(small.count)
        var taken = Array(small.prefix(count(small, swallowedBy: byteCount)))
        if takesLarge, large.count >= largeCountMax { taken += large.prefix(largeMergeCount) }
        let least = leastCount(of: segments.count)
        return taken.count < least ? Array(ascending.prefix(least)) : taken
    }

    /// The index segments that a collection merges: all, but for large ones that hardly anything
    /// would change.
    ///
    /// - Parameter isClean: Whether the new state has nearly all packs that a segment names.
    static func compacted(
        _ segments: [SegmentReference], adding byteCount: Int,
        isClean: (SegmentReference) async throws(EngineError) -> Bool
    ) async throws(EngineError) -> [SegmentReference] {
        var sum = byteCount
        var taken: [SegmentReference] = []
        for segment in segments.sorted(by: { $0.byteCount < $1.byteCount }) {
            if segment.byteCount > maintenanceByteCountMax, segment.byteCount >= 4 * sum,
                try await isClean(segment)
            {
                continue
            }
            sum += segment.byteCount
            taken.append(segment)
        }
        return taken
    }

    /// Rows of a newer layer over those of an older one, both ascending.
    static func over(_ newer: [TableRow], _ older: [TableRow]) -> [TableRow] {
        var out: [TableRow] = []
        out.reserveCapacity(newer.count + older.count)
        var (left, right) = (0, 0)
        while left < newer.count, right < older.count {
            if newer[left].key == older[right].key {
                out.append(newer[left])
                (left, right) = (left + 1, right + 1)
            } else if newer[left].key.lexicographicallyPrecedes(older[right].key) {
                out.append(newer[left])
                left += 1
            } else {
                out.append(older[right])
                right += 1
            }
        }
        out += newer[left...]
        out += older[right...]
        return out
    }

    /// Rows in any order, ascending; the last one of a key wins.
    static func sorted(_ rows: [TableRow]) -> [TableRow] {
        var latest: [[UInt8]: TableRow] = [:]
        for row in rows { latest[row.key] = row }
        return latest.values.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }

    /// Places in the order of a segment, each once: of two that say different things about the same
    /// bytes, which only a damaged board has, one.
    static func sorted(_ places: [FramePlace]) -> [FramePlace] {
        var out: [FramePlace] = []
        out.reserveCapacity(places.count)
        for place in places.sorted(by: FramePlace.isOrderedBefore) {
            if let last = out.last, !FramePlace.isOrderedBefore(last, place) { continue }
            out.append(place)
        }
        return out
    }
}
