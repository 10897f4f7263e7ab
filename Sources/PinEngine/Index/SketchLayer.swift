internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// One sketch segment, looked up in place: its block index is in memory, its rows are not
/// (FORMAT.md §7.9).
final class SketchLayer: Sendable {
    /// Every row has a key of 8 and a value of 32 bytes behind their two lengths.
    private static let rowByteCount = 6 + 8 + Digest.byteCount

    private let object: any LocalObject
    private let name: String
    private let blocks: [TableBlock]

    /// - Parameters:
    ///   - object: The segment.
    ///   - name: Its key, for messages.
    init(_ object: any LocalObject, object name: String) throws(EngineError) {
        self.object = object
        self.name = name
        let tail = try object.segmentBytes(
            in: max(0, object.byteCount - TableSegment.tailByteCount)..<object.byteCount, of: name,
            section: "7.9")
        do throws(FormatError) {
            let trailer = try TableSegment.Trailer(
                tail: tail, byteCount: object.byteCount, .standard)
            let index: [UInt8]
            do throws(BackendError) {
                index = try object.bytes(in: trailer.index)
            } catch {
                throw FormatError(.truncated, section: "7.9", error.message)
            }
            blocks = try TableSegment.blocks(index, trailer, .standard)
        } catch {
            throw EngineError(error, object: name)
        }
    }

    /// The chunk that has a feature, or `nil`.
    ///
    /// - Complexity: one read of a block of 16 KiB.
    func chunk(_ feature: UInt64) throws(EngineError) -> Digest? {
        let key = SketchEntry.key(feature)
        var (low, high) = (0, blocks.count)
        while low < high {
            let middle = (low + high) / 2
            if key.lexicographicallyPrecedes(blocks[middle].firstKey) {
                high = middle
            } else {
                low = middle + 1
            }
        }
        guard low > 0 else { return nil }
        let block = blocks[low - 1]
        let bytes = try object.segmentBytes(in: block.range, of: name, section: "7.9")
        guard
            Check.blockChecksum.isOff
                || Checksums.standard.crc32c(bytes, 0..<bytes.count, 0) == block.checksum,
            bytes.count % Self.rowByteCount == 0
        else {
            throw EngineError(
                FormatError(
                    .checksumMismatch, section: "7.9", offset: block.range.lowerBound,
                    "a block of features is damaged"), object: name)
        }
        return Self.value(of: key, in: bytes)
    }

    /// Checks every row; how many there are.
    ///
    /// - Throws: ``EngineError/Code/corrupt``.
    func checkedRowCount() throws(EngineError) -> Int {
        var count = 0
        var last: [UInt8] = []
        for block in blocks {
            let bytes = try object.segmentBytes(in: block.range, of: name, section: "7.9")
            do throws(FormatError) {
                for row in try TableSegment.rows(bytes, of: block, .standard) {
                    _ = try SketchEntry(row)
                    guard last.lexicographicallyPrecedes(row.key) else {
                        throw FormatError(
                            .notCanonical, section: "7.9", "its features are not in order")
                    }
                    last = row.key
                    count += 1
                }
            } catch {
                throw EngineError(error, object: name)
            }
        }
        return count
    }

    private static func value(of key: [UInt8], in bytes: [UInt8]) -> Digest? {
        var (low, high) = (0, bytes.count / rowByteCount)
        while low < high {
            let middle = (low + high) / 2
            let start = middle * rowByteCount + 6
            let found = bytes[start..<start + 8]
            if found.elementsEqual(key) { return Digest(bytes: bytes, at: start + 8) }
            if found.lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
        }
        return nil
    }
}
