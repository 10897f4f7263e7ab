internal import PinFormat
internal import PinStorage
internal import PinTransforms
internal import Synchronization

/// One layer of the state: rows in ascending order of their keys, deletions included.
protocol TableLayer: Sendable {
    /// How many blocks there are.
    var blockCount: Int { get }
    /// The rows of one block.
    func rows(inBlock block: Int) throws(EngineError) -> BlockRows
    /// The last block whose first key is not above `key`, or 0.
    func block(for key: [UInt8]) -> Int
    /// The row of a key, or `nil` if this layer says nothing about it.
    func row(of key: [UInt8]) throws(EngineError) -> TableRow?
}

/// The layer inside a commit: all rows in memory.
struct InlineTableLayer: TableLayer {
    let all: [TableRow]

    var blockCount: Int { all.isEmpty ? 0 : 1 }

    func rows(inBlock block: Int) -> BlockRows { BlockRows(all) }

    func block(for key: [UInt8]) -> Int { 0 }

    func row(of key: [UInt8]) -> TableRow? { all.row(of: key) }
}

/// A layer in an object of its own, read block by block (FORMAT.md §7.5).
final class SegmentTableLayer: TableLayer {
    private let object: any LocalObject
    private let key: String
    let reference: SegmentReference
    private let blocks: [TableBlock]
    /// The block that was read last: neighbouring look-ups mostly want it again.
    private let recent = Mutex<(block: Int, rows: BlockRows)?>(nil)

    init(
        _ object: any LocalObject, key: ObjectKey, _ reference: SegmentReference
    ) throws(EngineError) {
        self.object = object
        self.key = key.description
        self.reference = reference
        let count = object.byteCount
        let tailCount = TableSegment.tailByteCount
        let name = key.description
        let tail = try object.segmentBytes(
            in: max(0, count - tailCount)..<count, of: name, section: "7.5")
        let trailer: TableSegment.Trailer
        do throws(FormatError) {
            guard count >= tailCount else {
                throw FormatError(.truncated, section: "7.5", "the segment is too short")
            }
            trailer = try TableSegment.Trailer(tail: tail, byteCount: count, .standard)
        } catch {
            throw EngineError(error, object: name)
        }
        let index = try object.segmentBytes(in: trailer.index, of: name, section: "7.5")
        do throws(FormatError) {
            blocks = try TableSegment.blocks(index, trailer, .standard)
        } catch {
            throw EngineError(error, object: name)
        }
    }

    var blockCount: Int { blocks.count }

    func rows(inBlock block: Int) throws(EngineError) -> BlockRows {
        if let hit = recent.withLock({ $0?.block == block ? $0?.rows : nil }) { return hit }
        let bytes = try object.segmentBytes(in: blocks[block].range, of: key, section: "7.5")
        do throws(FormatError) {
            let rows = try TableSegment.blockRows(bytes, of: blocks[block], .standard)
            recent.withLock { $0 = (block, rows) }
            return rows
        } catch {
            throw EngineError(error, object: key)
        }
    }

    func row(of key: [UInt8]) throws(EngineError) -> TableRow? {
        let block = block(for: key)
        if let hit = recent.withLock({ $0?.block == block ? $0?.rows : nil }) {
            let index = hit.lowerBound(key)
            guard hit.indices.contains(index), hit[index].key.elementsEqual(key) else { return nil }
            return TableRow(key: key, value: hit[index].value)
        }
        let bytes = try object.segmentBytes(in: blocks[block].range, of: self.key, section: "7.5")
        do throws(FormatError) {
            return try TableSegment.row(of: key, in: bytes, of: blocks[block], .standard)
        } catch {
            throw EngineError(error, object: self.key)
        }
    }

    func block(for key: [UInt8]) -> Int {
        var (low, high) = (0, blocks.count)
        while low < high {
            let middle = (low + high) / 2
            if key.lexicographicallyPrecedes(blocks[middle].firstKey) {
                high = middle
            } else {
                low = middle + 1
            }
        }
        return max(0, low - 1)
    }
}

extension [TableRow] {
    /// The index of the first row whose key is not below `key`; rows are ascending.
    func lowerBound(_ key: [UInt8]) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].key.lexicographicallyPrecedes(key) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    /// The row of a key, by bisection.
    func row(of key: [UInt8]) -> TableRow? {
        let place = lowerBound(key)
        return place < count && self[place].key == key ? self[place] : nil
    }
}
