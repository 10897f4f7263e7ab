internal import PinFormat

/// The entries of one segment in order, read piece by piece and checked as a whole decoding would
/// (FORMAT.md §7.4).
///
/// Owned by one task.
final class IndexCursor {
    /// How many bytes are read at once, unless one bucket is larger.
    private static let pieceByteCount = 128 << 10

    let layer: IndexLayer
    /// For each pack of the segment its index in the new pack table; -1 for one that is gone.
    private let packs: [Int]
    private var bucket = 0
    private var bytes: [UInt8] = []
    private var place = 0
    /// How many bases the entries before this one have.
    private var firstBase = 0
    private var bases: [UInt8] = []
    private var basesStart = 0
    /// The entry at hand; `nil` after the last one.
    private(set) var entry: IndexEntry?
    /// Its pack's index in the new table; -1 for one that is gone.
    private(set) var pack = -1

    init(_ layer: IndexLayer, packs: [Int]) throws(EngineError) {
        self.layer = layer
        self.packs = packs
        entry = try decodeNext()
        pack = entry.map { packs[$0.pack] } ?? -1
    }

    /// Goes on to the next entry.
    func advance() throws(EngineError) {
        guard let last = entry else { return }
        firstBase += last.header.baseCount
        place += IndexSegmentLayout.entryByteCount
        let next = try decodeNext()
        entry = next
        guard let next else { return }
        pack = packs[next.pack]
        guard last.digest < next.digest || Self.isBefore(last, next),
            next.header.baseCount == 0 || next.firstBase == firstBase
        else { throw layer.damage(.notCanonical, "entries or bases are not in order") }
    }

    /// Whether an entry of the same segment stands before another of the same digest.
    private static func isBefore(_ left: IndexEntry, _ right: IndexEntry) -> Bool {
        if left.digest != right.digest { return false }
        if left.header.depth != right.header.depth { return left.header.depth < right.header.depth }
        return left.pack != right.pack ? left.pack < right.pack : left.offset < right.offset
    }

    /// Decodes the entry at `place`, after reading the buckets that come next if need be.
    private func decodeNext() throws(EngineError) -> IndexEntry? {
        let layout = layer.tables.layout
        while place == bytes.count {
            guard bucket < 1 << layout.fanoutBitCount else {
                guard firstBase == layout.baseCount else {
                    throw layer.damage(.notCanonical, "bases belong to no entry")
                }
                return nil
            }
            let piece = try layer.piece(from: bucket, byteTarget: Self.pieceByteCount)
            (bytes, bucket, place) = (piece.bytes, piece.next, 0)
        }
        do throws(FormatError) {
            return try IndexEntry(bytes, at: place, layout)
        } catch {
            throw EngineError(error, object: layer.name)
        }
    }

    /// The entry at hand as a new segment takes it.
    func taken(_ entry: IndexEntry) -> IndexSegmentBuilder.Entry {
        IndexSegmentBuilder.Entry(
            bytes, at: place, digest: entry.digest, baseCount: entry.header.baseCount, pack: pack)
    }

    /// Appends the bases of the entry at hand.
    func appendBases(to out: inout [UInt8]) throws(EngineError) {
        guard let count = entry?.header.baseCount, count > 0 else { return }
        let (start, end) = (firstBase * 32, (firstBase + count) * 32)
        if start < basesStart || end > basesStart + bases.count {
            let all = layer.tables.layout.baseCount * 32
            bases = try layer.bases(in: start..<min(all, start + Self.pieceByteCount))
            basesStart = start
        }
        guard end <= basesStart + bases.count else {
            throw layer.damage(.truncated, "an entry's bases are missing")
        }
        out += bases[start - basesStart..<end - basesStart]
    }
}
