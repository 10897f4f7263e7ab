/// How a pack is divided for its parity (FORMAT.md §7.10): a function of the pack's length, and of
/// how many parity blocks a group has.
public struct ParityLayout: Sendable, Hashable {
    /// Blocks of the pack in one group, at the most.
    public static let columnCountMax = 128
    /// A block is as small as possible, a power of two in this range of bytes.
    public static let blockByteCounts = 64...65_536
    /// What boards may ask for, in percent of a pack.
    public static let percents = 1...100

    static let section = "7.10"

    /// The pack's length.
    public let packByteCount: Int
    /// Parity blocks of a group.
    public let rowCount: Int
    /// The length of a block, but for the pack's last one, which may be shorter.
    public let blockByteCount: Int
    /// Blocks of the pack.
    public let blockCount: Int
    /// Groups: block `i` is in group `i % groupCount`, as its column `i / groupCount`.
    public let groupCount: Int

    /// A layout for a pack of `packByteCount` bytes with `rowCount` parity blocks a group.
    ///
    /// - Throws: ``FormatError/Code/limitExceeded``, ``FormatError/Code/invalidValue``.
    public init(packByteCount: Int, rowCount: Int) throws(FormatError) {
        guard packByteCount <= Limits.packByteCount, rowCount <= Limits.parityRowCount else {
            throw FormatError(
                .limitExceeded, section: Self.section, "the pack or its parity is over its limit")
        }
        guard packByteCount > 0, rowCount > 0 else {
            throw FormatError(
                .invalidValue, section: Self.section, "an empty pack, or one without parity")
        }
        self.init(unchecked: packByteCount, rowCount: rowCount)
    }

    /// The layout that gives a pack a percentage of parity.
    ///
    /// - Precondition: `packByteCount` is 1…``Limits/packByteCount``, `percent` in ``percents``.
    public init(packByteCount: Int, percent: Int) {
        precondition((1...Limits.packByteCount).contains(packByteCount), "a pack has a length")
        precondition(Self.percents.contains(percent), "parity is 1 to 100 percent")
        let one = Self(unchecked: packByteCount, rowCount: 1)
        // One block more than the share: damage need not begin where a block does.
        let blocks = Self.quotient(one.blockCount * percent, 100) + 1
        let rows = min(Self.quotient(blocks, one.groupCount), one.columnCount)
        self.init(unchecked: packByteCount, rowCount: rows)
    }

    private init(unchecked packByteCount: Int, rowCount: Int) {
        self.packByteCount = packByteCount
        self.rowCount = rowCount
        var size = Self.blockByteCounts.lowerBound
        while size < Self.blockByteCounts.upperBound, size * Self.columnCountMax < packByteCount {
            size *= 2
        }
        blockByteCount = size
        blockCount = Self.quotient(packByteCount, size)
        groupCount = Self.quotient(blockCount, Self.columnCountMax)
    }

    /// Blocks of the pack in a group, at the most: the first groups may have one more than others.
    public var columnCount: Int { Self.quotient(blockCount, groupCount) }

    /// All parity blocks: block `r * groupCount + g` is row `r` of group `g`.
    public var parityBlockCount: Int { rowCount * groupCount }

    /// The bytes of a block of the pack.
    public func range(ofBlock index: Int) -> Range<Int> {
        let start = index * blockByteCount
        return start..<min(start + blockByteCount, packByteCount)
    }

    // MARK: - The object

    /// The length of the description.
    public var descriptionByteCount: Int {
        ParityDescription.fixedByteCount + 4 * (blockCount + parityBlockCount)
    }

    /// Where the parity blocks begin.
    public var blocksOffset: Int { Prologue.byteCount + descriptionByteCount }

    /// Where a parity block stands in the object.
    public func range(ofParityBlock index: Int) -> Range<Int> {
        let start = blocksOffset + index * blockByteCount
        return start..<start + blockByteCount
    }

    /// Where the description stands again.
    public var copyOffset: Int { blocksOffset + parityBlockCount * blockByteCount }

    /// The length of the object.
    public var byteCount: Int {
        copyOffset + descriptionByteCount + 4 + Prologue.sealByteCount
    }

    /// The length of the longest parity object that a pack of some length can have; `nil` for a
    /// length that no pack has.
    public static func byteCountMax(packByteCount: Int) -> Int? {
        (try? Self(packByteCount: packByteCount, rowCount: Limits.parityRowCount))?.byteCount
    }

    private static func quotient(_ value: Int, _ divisor: Int) -> Int {
        (value + divisor - 1) / divisor
    }
}
