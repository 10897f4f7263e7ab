internal import CPinKernels
public import PinFormat

/// Makes a damaged pack whole again from its parity (FORMAT.md §7.10).
public struct ParityRepair: Sendable {
    /// What became of a pack.
    public enum Outcome: Sendable, Equatable {
        /// The whole pack, byte for byte, and how many of its blocks were made again.
        case whole([UInt8], mendedBlockCount: Int)
        /// Too much of pack and parity is damaged.
        case beyond(Damage)
        /// What was made is not the pack: the parity is wrong, by whatever accident.
        case wrong
    }

    /// How much of a pack and of its parity is damaged.
    public struct Damage: Sendable, Equatable {
        /// Damaged blocks of the pack, of ``blockCount``.
        public let damagedBlockCount: Int
        /// Blocks of the pack.
        public let blockCount: Int
        /// Damaged parity blocks.
        public let damagedParityBlockCount: Int
        /// Blocks of the pack that cannot be made again.
        public let lostBlockCount: Int
    }

    /// What the parity says of the pack.
    public let description: ParityDescription
    private let object: [UInt8]
    private let isGoodParity: [Bool]
    private let checksums: Checksums
    private let kernel = pins_parity_best_kernel()

    /// A repair by a parity object, which may be damaged itself.
    ///
    /// - Throws: ``FormatError`` of section 7.10 if nothing is left that says what it is.
    public init(
        _ object: [UInt8], _ checksums: Checksums = .standard
    ) throws(FormatError) {
        description = try PackParity.salvaged(object, checksums)
        isGoodParity = PackParity.goodBlocks(of: object, description, checksums)
        self.object = object
        self.checksums = checksums
    }

    private var layout: ParityLayout { description.layout }

    /// The blocks of a pack that are not what they were, ascending.
    public func damagedBlocks(of pack: [UInt8]) -> [Int] {
        (0..<layout.blockCount).filter { index in
            let range = layout.range(ofBlock: index)
            guard range.upperBound <= pack.count else { return true }
            return checksums.crc32c(pack, range, 0) != description.blockChecksums[index]
                && !Check.parityPackBlock.isOff
        }
    }

    /// The pack as it was.
    ///
    /// - Parameter found: What there is of it: it may be too short, too long or empty.
    /// - Returns: Bytes with the digest that the parity names, or none.
    /// - Complexity: O(*n*) in the pack, times the blocks that are made again of each group; memory
    ///   for the pack once more and for those blocks of one group.
    public func repair(_ found: [UInt8]) -> Outcome {
        let damaged = damagedBlocks(of: found)
        let groups = Dictionary(grouping: damaged) { $0 % layout.groupCount }
        let lost = groups.reduce(0) { sum, group in
            goodRows(ofGroup: group.key).count < group.value.count ? sum + group.value.count : sum
        }
        guard lost == 0 else {
            return .beyond(
                Damage(
                    damagedBlockCount: damaged.count, blockCount: layout.blockCount,
                    damagedParityBlockCount: isGoodParity.count { !$0 }, lostBlockCount: lost))
        }
        var pack = Array(found.prefix(layout.packByteCount))
        if pack.count < layout.packByteCount {
            pack += [UInt8](repeating: 0, count: layout.packByteCount - pack.count)
        }
        for (group, blocks) in groups {
            guard mend(&pack, group, blocks) else { return .wrong }
        }
        guard
            checksums.sha256(pack, 0..<pack.count) == description.packDigest
                || Check.parityDigest.isOff
        else { return .wrong }
        return .whole(pack, mendedBlockCount: damaged.count)
    }

    /// The parity rows of a group that are whole.
    private func goodRows(ofGroup group: Int) -> [Int] {
        (0..<layout.rowCount).filter { isGoodParity[$0 * layout.groupCount + group] }
    }

    /// Makes the blocks of one group again; `false` if they do not follow from the parity.
    private func mend(_ pack: inout [UInt8], _ group: Int, _ blocks: [Int]) -> Bool {
        let size = layout.blockByteCount
        let rows = Array(goodRows(ofGroup: group).prefix(blocks.count))
        let columns = blocks.map { $0 / layout.groupCount }
        func factors(_ column: Int) -> [UInt8] {
            rows.map { ParityField.coefficient(row: $0, column: column) }
        }
        // What the lost blocks add to each row: the row less what the others add.
        var sums: [UInt8] = []
        sums.reserveCapacity(rows.count * size)
        for row in rows {
            sums += object[layout.range(ofParityBlock: row * layout.groupCount + group)]
        }
        let lost = Set(blocks)
        for index in stride(from: group, to: layout.blockCount, by: layout.groupCount)
        where !lost.contains(index) {
            let bytes = unsafe pack.span.bytes.extracting(layout.range(ofBlock: index))
            ParityField.add(
                bytes, times: factors(index / layout.groupCount), to: &sums, at: 0, stride: size,
                kernel)
        }
        let matrix = rows.map { row in
            columns.map { ParityField.coefficient(row: row, column: $0) }
        }
        guard let inverse = ParityField.inverse(matrix, kernel) else { return false }
        var mended = [UInt8](repeating: 0, count: blocks.count * size)
        for row in rows.indices {
            let bytes = unsafe sums.span.bytes.extracting(row * size..<(row + 1) * size)
            ParityField.add(
                bytes, times: inverse.map { $0[row] }, to: &mended, at: 0, stride: size, kernel)
        }
        for (number, block) in blocks.enumerated() {
            let range = layout.range(ofBlock: block)
            let start = number * size
            pack.replaceSubrange(range, with: mended[start..<start + range.count])
        }
        return true
    }
}
