internal import PinFormat

/// What a commit changes.
struct StateChange: Sendable {
    var kind: CommitRecord.Kind
    /// New values of rows; `nil` deletes. A later one of the same key wins.
    var rows: [TableRow] = []
    /// New entries of the index.
    var places: [FramePlace] = []
    /// Features of new chunks; a later one hides an earlier one.
    var sketches: [SketchEntry] = []
    /// Damaged sketch segments that the commit names no more.
    var leftOutSketches: Set<ObjectName> = []
    /// Raises the floor or the boundary, never lowers them.
    var orphanFloor: UInt64 = 0
    var logBoundary: UInt64 = 0
    /// A collection rewrites all segments: rows deleted are dropped for good, and so are entries of
    /// packs that have no row any more.
    var compacts = false
    /// A repair replaces the whole index by `places`.
    var replacesIndex = false

    init(_ kind: CommitRecord.Kind) { self.kind = kind }

    /// Adds another change, which was planned upon this one. Of the kinds, a write is what a log
    /// should tell of.
    mutating func add(_ more: StateChange) {
        if more.kind == .write { kind = .write }
        rows += more.rows
        places += more.places
        sketches += more.sketches
        leftOutSketches.formUnion(more.leftOutSketches)
        orphanFloor = max(orphanFloor, more.orphanFloor)
        logBoundary = max(logBoundary, more.logBoundary)
        compacts = compacts || more.compacts
        replacesIndex = replacesIndex || more.replacesIndex
    }

    mutating func set(_ key: [UInt8], _ value: [UInt8]?) {
        rows.append(TableRow(key: key, value: value))
    }
}
