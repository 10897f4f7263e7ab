internal import PinFormat
internal import PinTransforms

/// What can be read of a damaged table segment: the rows of its good blocks, and the names in the
/// others.
struct SalvagedTable {
    /// Rows of blocks whose CRC holds, ascending.
    private(set) var rows: [TableRow] = []
    /// Keys of which nothing is known: from the first to below the second; `nil` is no end.
    private(set) var lost: [(from: [UInt8], to: [UInt8]?)] = []
    /// Versions whose rows seem to have stood in the damaged part.
    private(set) var doubtful: Set<VerifyProblem.Version> = []
    /// Whether there may have been more of them, whose names are gone as well: a part is blank.
    private(set) var hasBlanks = false
    /// Rows have no run of one byte that is as long.
    private static let blankByteCount = 64

    init(_ bytes: [UInt8]) {
        guard let blocks = Self.blocks(bytes) else {
            lost = [([], nil)]
            doubt(bytes, 0..<bytes.count)
            return
        }
        for (index, block) in blocks.enumerated() {
            if let good = try? TableSegment.rows(Array(bytes[block.range]), of: block, .standard) {
                rows += good
            } else {
                let next = index + 1 < blocks.count ? blocks[index + 1].firstKey : nil
                lost.append((block.firstKey, next))
                doubt(bytes, block.range)
            }
        }
    }

    private mutating func doubt(_ bytes: [UInt8], _ range: Range<Int>) {
        let names = SalvagedNames(bytes, range).versions
        doubtful.formUnion(names)
        if names.isEmpty { hasBlanks = true }
        var length = 0
        for index in range {
            length = index > range.lowerBound && bytes[index] == bytes[index - 1] ? length + 1 : 1
            if length >= Self.blankByteCount { hasBlanks = true }
        }
    }

    /// Whether nothing is known about a key.
    func hasLost(_ key: [UInt8]) -> Bool {
        lost.contains { range in
            !key.lexicographicallyPrecedes(range.from)
                && range.to.map { key.lexicographicallyPrecedes($0) } ?? true
        }
    }

    private static func blocks(_ bytes: [UInt8]) -> [TableBlock]? {
        guard bytes.count >= TableSegment.tailByteCount else { return nil }
        let tail = Array(bytes.suffix(TableSegment.tailByteCount))
        do throws(FormatError) {
            let trailer = try TableSegment.Trailer(tail: tail, byteCount: bytes.count, .standard)
            return try TableSegment.blocks(Array(bytes[trailer.index]), trailer, .standard)
        } catch {
            return nil
        }
    }
}
