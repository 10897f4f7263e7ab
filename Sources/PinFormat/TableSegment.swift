/// One row of a table segment; a value of `nil` says that older rows of this key are deleted
/// (FORMAT.md §7.5).
public struct TableRow: Sendable, Hashable {
    /// 1…1,024 bytes.
    public let key: [UInt8]
    /// The row's value; `nil` says that an older row of this key is gone.
    public let value: [UInt8]?

    public init(key: [UInt8], value: [UInt8]?) {
        self.key = key
        self.value = value
    }
}

/// Where one block of a table segment stands, and what it must be.
public struct TableBlock: Sendable, Hashable {
    /// Where the block lies in the segment, in bytes.
    public let range: Range<Int>
    /// CRC-32C of the block.
    public let checksum: UInt32
    /// The least key of the block.
    public let firstKey: [UInt8]
}

/// A sorted table of rows in blocks of about 16 KiB (FORMAT.md §7.5).
public enum TableSegment {
    static let section = "7.5"
    /// Trailer and seal: what ends a segment.
    public static let tailByteCount = 32 + Prologue.sealByteCount
    static let deleted = UInt32.max
    /// No block is as long as this: it is read whole, and ends with the row that fills it.
    static let blockByteCountEnd =
        Limits.tableBlockByteTarget + 6 + Limits.tableKeyByteCount + Limits.tableValueByteCount

    /// Encodes rows whose keys are strictly ascending.
    public static func encode(_ rows: [TableRow], _ checksums: Checksums) -> [UInt8] {
        encode(rows, kind: .tableSegment, checksums)
    }

    /// The same for a segment of another kind that is laid out alike.
    static func encode(
        _ rows: [TableRow], kind: ObjectKind, _ checksums: Checksums
    ) -> [UInt8] {
        let sum = rows.reduce(0) { $0 + ($1.value?.count ?? 0) + 64 }
        var writer = ByteWriter(reserving: 256 + sum)
        Prologue.write(kind, to: &writer)
        var index = ByteWriter()
        var (blockCount, blockStart, firstKey): (UInt32, Int, [UInt8]?) = (0, writer.count, nil)
        func close() {
            guard let key = firstKey else { return }
            index.u64(UInt64(blockStart))
            index.u32(UInt32(writer.count - blockStart))
            index.u32(checksums.crc32c(writer.bytes, blockStart..<writer.count, 0))
            index.u16(UInt16(key.count))
            index.append(key)
            blockCount += 1
            (blockStart, firstKey) = (writer.count, nil)
        }
        for (place, row) in rows.enumerated() {
            precondition(
                place == 0 || rows[place - 1].key.lexicographicallyPrecedes(row.key),
                "keys are ascending")
            precondition((1...Limits.tableKeyByteCount).contains(row.key.count), "a key's length")
            if firstKey == nil { firstKey = row.key }
            writer.u16(UInt16(row.key.count))
            writer.u32(row.value.map { UInt32($0.count) } ?? deleted)
            writer.append(row.key)
            if let value = row.value { writer.append(value) }
            if writer.count - blockStart >= Limits.tableBlockByteTarget { close() }
        }
        close()
        let indexOffset = writer.count
        writer.append(index.bytes)
        let trailer = writer.count
        writer.u64(UInt64(indexOffset))
        writer.u32(UInt32(index.count))
        writer.u32(blockCount)
        writer.u64(UInt64(rows.count))
        writer.u32(checksums.crc32c(writer.bytes, indexOffset..<trailer, 0))
        writer.u32(checksums.crc32c(writer.bytes, trailer..<trailer + 28, 0))
        checksums.seal(&writer)
        return writer.bytes
    }

    /// What the trailer says: where the block index stands, and how many rows there are.
    public struct Trailer: Sendable, Hashable {
        /// Where the index of blocks lies in the segment.
        public let index: Range<Int>
        /// How many blocks there are.
        public let blockCount: Int
        /// How many rows there are.
        public let rowCount: Int
        let indexChecksum: UInt32

        /// Decodes the last 64 bytes of a segment of `byteCount` bytes.
        public init(
            tail bytes: [UInt8], byteCount: Int, _ checksums: Checksums
        ) throws(FormatError) {
            guard bytes.count == tailByteCount,
                byteCount >= Prologue.byteCount + tailByteCount
            else {
                throw FormatError(.truncated, section: section, "the segment is too short")
            }
            var reader = ByteReader(bytes, 0..<32, section: section)
            let offset = try reader.u64()
            let (length, blocks) = (Int(try reader.u32()), Int(try reader.u32()))
            let rows = try reader.u64()
            indexChecksum = try reader.u32()
            guard
                try reader.u32() == checksums.crc32c(bytes, 0..<28, 0)
                    || Check.tableTrailerChecksum.isOff
            else {
                throw reader.error(.checksumMismatch, at: 28, "the trailer's CRC does not match")
            }
            guard length <= Limits.tableBlockIndexByteCount, rows <= UInt64(byteCount),
                offset >= UInt64(Prologue.byteCount), offset <= UInt64(byteCount),
                Int(offset) + length + tailByteCount == byteCount, blocks <= length / 19
            else {
                throw reader.error(
                    .invalidValue, at: 0, "the block index is not where it must be")
            }
            index = Int(offset)..<Int(offset) + length
            blockCount = blocks
            rowCount = Int(rows)
        }
    }

    /// Decodes the block index.
    public static func blocks(
        _ bytes: [UInt8], _ trailer: Trailer, _ checksums: Checksums
    ) throws(FormatError) -> [TableBlock] {
        guard bytes.count == trailer.index.count,
            Check.tableIndexChecksum.isOff
                || checksums.crc32c(bytes, 0..<bytes.count, 0) == trailer.indexChecksum
        else {
            throw FormatError(
                .checksumMismatch, section: section, offset: trailer.index.lowerBound,
                "the CRC of the block index does not match")
        }
        var reader = ByteReader(bytes, section: section)
        var blocks: [TableBlock] = []
        blocks.reserveCapacity(trailer.blockCount)
        var expected = Prologue.byteCount
        for _ in 0..<trailer.blockCount {
            let offset = try reader.u64()
            let (length, checksum) = (Int(try reader.u32()), try reader.u32())
            let key = try reader.take(Int(try reader.u16()))
            guard offset == UInt64(expected), length > 0,
                expected + length <= trailer.index.lowerBound
            else { throw reader.error(.invalidValue, "blocks do not follow each other") }
            guard length < blockByteCountEnd else {
                throw reader.error(.limitExceeded, "a block of \(length) bytes")
            }
            guard blocks.last.map({ $0.firstKey.lexicographicallyPrecedes(key) }) ?? true else {
                throw reader.error(.notCanonical, "blocks are not in order")
            }
            blocks.append(
                TableBlock(range: expected..<expected + length, checksum: checksum, firstKey: key))
            expected += length
        }
        try reader.finish()
        guard expected == trailer.index.lowerBound else {
            throw reader.error(.invalidValue, "bytes stand between blocks and block index")
        }
        return blocks
    }

    /// Decodes the rows of one block.
    public static func rows(
        _ bytes: [UInt8], of block: TableBlock, _ checksums: Checksums
    ) throws(FormatError) -> [TableRow] {
        let found = try blockRows(bytes, of: block, checksums)
        return found.indices.map { TableRow(key: Array(found[$0].key), value: found[$0].value) }
    }

    /// Checks the rows of one block and leaves them where they are.
    public static func blockRows(
        _ bytes: [UInt8], of block: TableBlock, _ checksums: Checksums
    ) throws(FormatError) -> BlockRows {
        try check(bytes, block, checksums)
        return try BlockRows(bytes, firstKey: block.firstKey)
    }

    /// Finds the row of one key in a block, without decoding the others.
    ///
    /// - Returns: `nil` if the block has no such row.
    /// - Complexity: O(*n*) in the block's bytes; it allocates what it returns.
    public static func row(
        of key: [UInt8], in bytes: [UInt8], of block: TableBlock, _ checksums: Checksums
    ) throws(FormatError) -> TableRow? {
        try check(bytes, block, checksums)
        func error(_ code: FormatError.Code, _ offset: Int, _ message: String) -> FormatError {
            FormatError(code, section: section, offset: offset, message)
        }
        var offset = 0
        while offset < bytes.count {
            let keyStart = offset + 6
            guard keyStart <= bytes.count else { throw error(.truncated, offset, "a row is cut") }
            let keyCount = Int(bytes[offset]) | Int(bytes[offset + 1]) << 8
            var valueCount: UInt32 = 0
            for step in 0..<4 { valueCount |= UInt32(bytes[offset + 2 + step]) << UInt32(8 * step) }
            let isDeleted = valueCount == deleted
            let valueStart = keyStart + keyCount
            let end = valueStart + (isDeleted ? 0 : Int(valueCount))
            guard end <= bytes.count else { throw error(.truncated, offset, "a row is cut") }
            let found = bytes[keyStart..<valueStart]
            if found.elementsEqual(key) {
                return TableRow(key: key, value: isDeleted ? nil : Array(bytes[valueStart..<end]))
            }
            if key.lexicographicallyPrecedes(found) { return nil }
            offset = end
        }
        return nil
    }

    private static func check(
        _ bytes: [UInt8], _ block: TableBlock, _ checksums: Checksums
    ) throws(FormatError) {
        guard bytes.count == block.range.count,
            Check.blockChecksum.isOff
                || checksums.crc32c(bytes, 0..<bytes.count, 0) == block.checksum
        else {
            throw FormatError(
                .checksumMismatch, section: section, offset: block.range.lowerBound,
                "the CRC of a block does not match")
        }
    }

    /// Decodes and checks everything, seal included.
    public static func decode(
        _ bytes: [UInt8], _ checksums: Checksums
    ) throws(FormatError) -> [TableRow] {
        try decode(bytes, kind: .tableSegment, checksums)
    }

    /// The same for a segment of another kind that is laid out alike.
    static func decode(
        _ bytes: [UInt8], kind: ObjectKind, _ checksums: Checksums
    ) throws(FormatError) -> [TableRow] {
        _ = try checksums.open(bytes, kind, section: section)
        let tail = Array(bytes.suffix(tailByteCount))
        let trailer = try Trailer(tail: tail, byteCount: bytes.count, checksums)
        var all: [TableRow] = []
        let blocks = try blocks(Array(bytes[trailer.index]), trailer, checksums)
        for (index, block) in blocks.enumerated() {
            let rows = try rows(Array(bytes[block.range]), of: block, checksums)
            guard all.last.map({ $0.key.lexicographicallyPrecedes(block.firstKey) }) ?? true,
                index == blocks.count - 1 || block.range.count >= Limits.tableBlockByteTarget
            else {
                throw FormatError(
                    .notCanonical, section: section, offset: block.range.lowerBound,
                    "a block ends or begins where it must not")
            }
            all += rows
        }
        guard all.count == trailer.rowCount else {
            throw FormatError(.invalidValue, section: section, "the count of rows is not right")
        }
        return all
    }
}
