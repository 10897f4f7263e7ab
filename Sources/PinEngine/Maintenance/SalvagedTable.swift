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

    init(_ bytes: [UInt8]) {
        guard let blocks = Self.blocks(bytes) else {
            lost = [([], nil)]
            doubtful = SalvagedNames(bytes, 0..<bytes.count).versions
            return
        }
        for (index, block) in blocks.enumerated() {
            if let good = try? TableSegment.rows(Array(bytes[block.range]), of: block, .standard) {
                rows += good
            } else {
                let next = index + 1 < blocks.count ? blocks[index + 1].firstKey : nil
                lost.append((block.firstKey, next))
                doubtful.formUnion(SalvagedNames(bytes, block.range).versions)
            }
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
