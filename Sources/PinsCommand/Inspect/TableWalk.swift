import PinFormat
import PinTransforms

/// Shows a table segment, alone or inline (FORMAT.md §7.5).
enum TableWalk {
    private static let section = "7.5"

    /// The segment that fills `range`.
    static func segment(
        _ dump: FieldDump, _ range: Range<Int>, isSketch: Bool = false
    ) throws(FormatError) {
        let content = try EnvelopeWalk.content(dump, range, section: section)
        var reader = dump.reader(content, section: "2.5")
        try EnvelopeWalk.prologue(dump, &reader)
        let tail = range.upperBound - TableSegment.tailByteCount
        guard tail >= reader.offset else {
            throw reader.error(.truncated, at: range.upperBound, "the segment has no trailer")
        }
        let trailer = try TableSegment.Trailer(
            tail: Array(dump.bytes[tail..<range.upperBound]), byteCount: range.count, .standard)
        let index =
            range.lowerBound + trailer.index.lowerBound..<range.lowerBound
            + trailer.index.upperBound
        let blocks = try TableSegment.blocks(Array(dump.bytes[index]), trailer, .standard)
        for (number, block) in blocks.enumerated() {
            let place =
                range.lowerBound + block.range.lowerBound..<range.lowerBound
                + block.range.upperBound
            let crc = Checksums.standard.crc32c(dump.bytes, place, 0) == block.checksum
            let value = "\(place.count) bytes, CRC \(crc ? "matches" : "does not match")"
            try dump.group(place, section, "block \(number)", value) { () throws(FormatError) in
                var rows = dump.reader(place, section: section)
                while rows.remaining > 0 {
                    if isSketch { try feature(dump, &rows) } else { try row(dump, &rows) }
                }
            }
            guard crc else {
                throw FormatError(
                    .checksumMismatch, section: section, offset: place.lowerBound,
                    "the CRC of block \(number) does not match")
            }
        }
        try end(dump, index, tail, blocks.count)
        try EnvelopeWalk.seal(dump, range)
    }

    private static func end(
        _ dump: FieldDump, _ index: Range<Int>, _ tail: Int, _ blockCount: Int
    ) throws(FormatError) {
        try dump.group(index, section, "block index", "\(blockCount) blocks") {
            () throws(FormatError) in
            var reader = dump.reader(index, section: section)
            for _ in 0..<blockCount {
                try dump.u64("offset", &reader)
                try dump.u32("length", &reader)
                try dump.checksum("CRC-32C", &reader)
                let count = Int(try dump.u16("key length", &reader))
                try dump.hex("first key", count, &reader)
            }
        }
        var reader = dump.reader(tail..<tail + 32, section: section)
        try dump.u64("index offset", &reader)
        try dump.u32("index length", &reader)
        try dump.u32("block count", &reader)
        try dump.u64("entry count", &reader)
        try dump.checksum("index CRC", &reader)
        try dump.checksum("trailer CRC", &reader)
    }

    /// A row of a sketch segment (§7.9).
    private static func feature(_ dump: FieldDump, _ reader: inout ByteReader) throws(FormatError) {
        let start = reader.offset
        let (keyCount, valueCount) = (Int(try reader.u16()), Int(try reader.u32()))
        let row = TableRow(key: try reader.take(keyCount), value: try reader.take(valueCount))
        let entry = try SketchEntry(row)
        let name = "feature " + String(entry.feature, radix: 16)
        dump.add(start..<reader.offset, "7.9", name, entry.chunk.hex)
    }

    private static func row(_ dump: FieldDump, _ reader: inout ByteReader) throws(FormatError) {
        let start = reader.offset
        let keyCount = Int(try reader.u16())
        let valueCount = try reader.u32()
        let key = try reader.take(keyCount)
        let value = reader.offset..<reader.offset + (valueCount == .max ? 0 : Int(valueCount))
        guard let prefix = key.first else {
            throw reader.error(.invalidValue, at: start, "a row has no key")
        }
        if valueCount != .max { _ = try reader.take(Int(valueCount)) }
        let (name, fields) = kind(prefix)
        let title = name + " " + text(key, prefix)
        guard valueCount != .max, let fields else {
            dump.add(
                start..<value.upperBound, section, title,
                valueCount == .max ? "deleted" : "\(value.count) bytes")
            return
        }
        try dump.group(start..<value.upperBound, section, title, "\(value.count) bytes") {
            () throws(FormatError) in
            try RecordWalk.record(dump, value, fields, section: section)
        }
    }

    private static func kind(_ prefix: UInt8) -> (name: String, fields: RecordFields?) {
        switch prefix {
        case RowKey.packPrefix: ("pack row", .packRow)
        case RowKey.pinPrefix: ("pin row", .pinRow)
        case RowKey.versionPrefix: ("version row", .versionRow)
        case RowKey.labelPrefix: ("label row", .labelRow)
        default: ("unknown row", nil)
        }
    }

    private static func text(_ key: [UInt8], _ prefix: UInt8) -> String {
        let rest = key.dropFirst()
        switch prefix {
        case RowKey.packPrefix where rest.count == ObjectName.byteCount:
            return FieldDump.objectName(rest)
        case RowKey.pinPrefix, RowKey.versionPrefix, RowKey.labelPrefix:
            return rest.split(separator: 0).map { "'\(String(decoding: $0, as: UTF8.self))'" }
                .joined(separator: " ")
        default: return Hex.encode(rest)
        }
    }
}
