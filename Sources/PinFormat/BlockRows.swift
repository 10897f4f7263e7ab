/// The rows of one block of a table segment, in ascending order of their keys, where they lie: no
/// row has memory of its own (FORMAT.md §7.5).
public struct BlockRows: Sendable {
    /// One row of a block.
    public struct Row: Sendable {
        /// The block.
        public let bytes: [UInt8]
        /// Where the key lies in the block, in bytes.
        public let keyRange: Range<Int>
        /// `nil` says that older rows of this key are deleted.
        public let valueRange: Range<Int>?

        /// The row's key.
        public var key: ArraySlice<UInt8> { bytes[keyRange] }

        /// A copy of the value.
        public var value: [UInt8]? { valueRange.map { Array(bytes[$0]) } }
    }

    private struct Place: Sendable {
        let key: Range<Int>
        let value: Range<Int>?
    }

    private let bytes: [UInt8]
    private let places: [Place]

    /// Finds and checks the rows of a block whose CRC has been checked.
    init(_ bytes: [UInt8], firstKey: [UInt8]) throws(FormatError) {
        var reader = ByteReader(bytes, section: TableSegment.section)
        var places: [Place] = []
        while reader.remaining > 0 {
            guard places.isEmpty || reader.offset < Limits.tableBlockByteTarget else {
                throw reader.error(.notCanonical, "a block goes on where it must end")
            }
            let keyCount = Int(try reader.u16())
            let valueCount = try reader.u32()
            let isDeleted = valueCount == TableSegment.deleted
            guard (1...Limits.tableKeyByteCount).contains(keyCount),
                isDeleted || valueCount <= Limits.tableValueByteCount
            else { throw reader.error(.limitExceeded, "a key or value is over its limit") }
            let key = try reader.skip(keyCount)
            let value = isDeleted ? nil : try reader.skip(Int(valueCount))
            let isInOrder =
                if let last = places.last {
                    Self.order(bytes, last.key, bytes, key) < 0
                } else { bytes[key].elementsEqual(firstKey) }
            guard isInOrder else { throw reader.error(.notCanonical, "rows are not in order") }
            places.append(Place(key: key, value: value))
        }
        (self.bytes, self.places) = (bytes, places)
    }

    /// Rows whose keys are ascending, put behind each other.
    public init(_ rows: [TableRow]) {
        var bytes: [UInt8] = []
        var places: [Place] = []
        places.reserveCapacity(rows.count)
        bytes.reserveCapacity(rows.reduce(0) { $0 + $1.key.count + ($1.value?.count ?? 0) })
        for row in rows {
            let key = bytes.count..<bytes.count + row.key.count
            bytes += row.key
            if let value = row.value { bytes += value }
            places.append(
                Place(key: key, value: row.value == nil ? nil : key.upperBound..<bytes.count))
        }
        (self.bytes, self.places) = (bytes, places)
    }

    /// The rows' numbers, from 0.
    public var indices: Range<Int> { places.indices }

    /// The row at an index in ``indices``.
    public subscript(index: Int) -> Row {
        Row(bytes: bytes, keyRange: places[index].key, valueRange: places[index].value)
    }

    /// The index of the first row whose key is not below `key`.
    ///
    /// - Complexity: O(log *n*).
    public func lowerBound(_ key: [UInt8]) -> Int {
        var (low, high) = (0, places.count)
        while low < high {
            let middle = (low + high) / 2
            if Self.order(bytes, places[middle].key, key, key.indices) < 0 {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    /// Whether a row's key begins with `prefix`.
    public func keyBegins(_ index: Int, with prefix: [UInt8]) -> Bool {
        let key = places[index].key
        guard key.count >= prefix.count else { return false }
        for place in prefix.indices where bytes[key.lowerBound + place] != prefix[place] {
            return false
        }
        return true
    }

    /// How the key of one row stands to that of another: below 0, 0, or above.
    public func order(_ index: Int, _ other: BlockRows, _ otherIndex: Int) -> Int {
        Self.order(bytes, places[index].key, other.bytes, other.places[otherIndex].key)
    }

    private static func order(
        _ left: [UInt8], _ leftRange: Range<Int>, _ right: [UInt8], _ rightRange: Range<Int>
    ) -> Int {
        let count = min(leftRange.count, rightRange.count)
        for place in 0..<count {
            let one = left[leftRange.lowerBound + place]
            let other = right[rightRange.lowerBound + place]
            if one != other { return one < other ? -1 : 1 }
        }
        return leftRange.count - rightRange.count
    }
}
