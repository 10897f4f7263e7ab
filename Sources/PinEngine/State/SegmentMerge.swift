internal import PinFormat

/// Merging layers of rows and places (FORMAT.md §9.4, Tables).
enum SegmentMerge {
    /// Segments larger than this are merged by maintenance only: what a commit holds in memory
    /// stays small.
    static let commitByteCountMax = 4 << 20
    /// Segments larger than this stay as they are.
    static let maintenanceByteCountMax = 16 << 20

    /// With so many segments left a merge takes ``crowdedMergeCount`` of any size: a commit that
    /// names more than ``Limits/commitReferenceCount`` could never be read.
    static let crowdedCount = Limits.commitReferenceCount / 2
    static let crowdedMergeCount = 32

    /// How many segments a merge must take at least, of so many.
    static func leastCount(of segmentCount: Int) -> Int {
        segmentCount >= crowdedCount ? crowdedMergeCount : 0
    }

    /// How many of the newest segments a new one of `byteCount` swallows: those less than four
    /// times as large as what has been gathered, so that their number stays logarithmic.
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

    /// Places in the order of a segment, each once.
    static func sorted(_ places: [FramePlace]) -> [FramePlace] {
        var out: [FramePlace] = []
        out.reserveCapacity(places.count)
        for place in places.sorted(by: FramePlace.isOrderedBefore) where out.last != place {
            out.append(place)
        }
        return out
    }
}
