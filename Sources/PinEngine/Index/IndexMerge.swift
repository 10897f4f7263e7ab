internal import PinFormat
internal import PinTransforms

/// Several index segments as one: in order, each place once, without those of packs that are gone
/// (FORMAT.md §7.4).
///
/// It streams: the segments are read twice, and once more where there are deltas. In memory are a
/// piece of each of them and of the result, and 8 bytes for 64 entries.
struct IndexMerge {
    /// How many bytes of the result are handed out at once.
    fileprivate static let pieceByteCount = 1 << 20

    private let layers: [IndexLayer]
    /// The new pack table, ascending.
    private var packs: [ObjectName]
    private var builder: IndexSegmentBuilder

    /// Measures the segment.
    ///
    /// - Parameters:
    ///   - layers: The segments, in any order; their seals are not looked at.
    ///   - isNamed: Whether the new state has a row of a pack.
    /// - Complexity: O(*n*) in the entries, and in the number of segments for each if they are of
    ///   one size.
    init(
        _ layers: [IndexLayer], isNamed: (ObjectName) throws(EngineError) -> Bool
    ) throws(EngineError) {
        self.layers = layers
        var known: [ObjectName: Bool] = [:]
        for layer in layers {
            for pack in layer.tables.packs where known[pack] == nil {
                known[pack] = try isNamed(pack)
            }
        }
        packs = known.filter(\.value).keys.sorted()
        var expected = layers.reduce(0) { $0 + $1.entryCount }
        while true {
            builder = try Self.measured(layers, packs, expected)
            // A segment that names a pack which none of its entries is in is damaged; the new one
            // need not be.
            let unused = Set(builder.unusedPacks)
            if unused.isEmpty, builder.isMeasured { return }
            packs.removeAll { unused.contains($0) }
            expected = builder.layout.entryCount
        }
    }

    /// The sizes of the segment.
    var layout: IndexSegmentLayout { builder.layout }

    private static func measured(
        _ layers: [IndexLayer], _ packs: [ObjectName], _ expectedCount: Int
    ) throws(EngineError) -> IndexSegmentBuilder {
        var builder = IndexSegmentBuilder(
            packs: packs, expectedEntryCount: expectedCount, .standard)
        var entries = try MergedEntries(layers, packs)
        while let (cursor, entry) = try entries.next() {
            do throws(FormatError) {
                try builder.measure(cursor.taken(entry))
            } catch {
                throw EngineError(error, object: cursor.layer.name)
            }
        }
        return builder
    }

    /// The bytes of the segment in order, all but its seal.
    func pieces() throws(EngineError) -> Pieces {
        Pieces(builder, try MergedEntries(layers, packs), try MergedEntries(layers, packs))
    }

    /// The bytes of a segment, piece by piece.
    struct Pieces {
        private var builder: IndexSegmentBuilder
        private var entries: MergedEntries
        private var bases: MergedEntries
        private var hasTables = false
        private var firstBase = 0

        fileprivate init(
            _ builder: IndexSegmentBuilder, _ entries: MergedEntries, _ bases: MergedEntries
        ) {
            (self.builder, self.entries, self.bases) = (builder, entries, bases)
        }

        /// The next piece: never empty; `nil` after the last one.
        mutating func next() throws(EngineError) -> [UInt8]? {
            if !hasTables {
                hasTables = true
                return builder.finishTables()
            }
            var out: [UInt8] = []
            out.reserveCapacity(pieceByteCount + IndexSegmentLayout.entryByteCount)
            while out.count < pieceByteCount, let (cursor, entry) = try entries.next() {
                IndexSegmentBuilder.append(cursor.taken(entry), firstBase: firstBase, to: &out)
                firstBase += entry.header.baseCount
            }
            guard out.isEmpty, builder.layout.baseCount > 0 else { return out.isEmpty ? nil : out }
            while out.count < pieceByteCount, let (cursor, _) = try bases.next() {
                try cursor.appendBases(to: &out)
            }
            return out.isEmpty ? nil : out
        }
    }
}

/// The entries of several segments in one order, each place once.
private struct MergedEntries {
    /// Those that have an entry at hand, the smallest first.
    private var cursors: [IndexCursor] = []
    private var last: (digest: Digest, depth: Int, pack: Int, offset: Int)?

    init(_ layers: [IndexLayer], _ packs: [ObjectName]) throws(EngineError) {
        let ordinals = Dictionary(uniqueKeysWithValues: packs.enumerated().map { ($1, $0) })
        for layer in layers {
            let cursor = try IndexCursor(
                layer, packs: layer.tables.packs.map { ordinals[$0] ?? -1 })
            if cursor.entry != nil { cursors.append(cursor) }
        }
        cursors.sort(by: Self.isBefore)
    }

    /// The cursor that stands at the next entry, until the next call; `nil` after the last one.
    mutating func next() throws(EngineError) -> (IndexCursor, IndexEntry)? {
        if last != nil { try advanceFirst() }
        while let cursor = cursors.first, let entry = cursor.entry {
            if cursor.pack >= 0, !isLast(entry, cursor.pack) {
                last = (entry.digest, entry.header.depth, cursor.pack, entry.offset)
                return (cursor, entry)
            }
            try advanceFirst()
        }
        return nil
    }

    private func isLast(_ entry: IndexEntry, _ pack: Int) -> Bool {
        guard let last else { return false }
        return last.digest == entry.digest && last.depth == entry.header.depth
            && last.pack == pack && last.offset == entry.offset
    }

    /// Moves the first cursor on, and back to where it belongs then: mostly it stays, because most
    /// entries are in the largest segment.
    private mutating func advanceFirst() throws(EngineError) {
        guard let cursor = cursors.first else { return }
        try cursor.advance()
        guard cursor.entry != nil else {
            cursors.removeFirst()
            return
        }
        var place = 0
        while place + 1 < cursors.count, Self.isBefore(cursors[place + 1], cursor) {
            cursors[place] = cursors[place + 1]
            place += 1
        }
        cursors[place] = cursor
    }

    private static func isBefore(_ left: IndexCursor, _ right: IndexCursor) -> Bool {
        guard let one = left.entry, let other = right.entry else { return left.entry != nil }
        if one.digest != other.digest { return one.digest < other.digest }
        if one.header.depth != other.header.depth { return one.header.depth < other.header.depth }
        return left.pack != right.pack ? left.pack < right.pack : one.offset < other.offset
    }
}
