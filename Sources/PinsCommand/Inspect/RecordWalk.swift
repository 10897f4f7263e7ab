import PinFormat
import PinsDocuments

/// Shows records: sequences of tagged fields (FORMAT.md §2.6).
enum RecordWalk {
    /// An object that is prologue, record, seal.
    static func object(
        _ dump: FieldDump, _ fields: RecordFields, section: String
    ) throws(FormatError) {
        let all = 0..<dump.bytes.count
        let content = try EnvelopeWalk.content(dump, all, section: section)
        var reader = dump.reader(content, section: "2.5")
        try EnvelopeWalk.prologue(dump, &reader)
        try record(dump, reader.offset..<content.upperBound, fields, section: section)
        try EnvelopeWalk.seal(dump, all)
    }

    /// §7.7.
    static func latest(_ dump: FieldDump) throws(FormatError) {
        let all = 0..<dump.bytes.count
        let content = try EnvelopeWalk.content(dump, all, section: "7.7")
        var reader = dump.reader(content, section: "2.5")
        try EnvelopeWalk.prologue(dump, &reader)
        var body = dump.reader(reader.offset..<content.upperBound, section: "7.7")
        try dump.u64("sequence number", &body)
        try dump.digest("commit digest", &body)
        try body.finish()
        try EnvelopeWalk.seal(dump, all)
    }

    /// The fields of a record that fills `range`.
    static func record(
        _ dump: FieldDump, _ range: Range<Int>, _ fields: RecordFields, section: String
    ) throws(FormatError) {
        var reader = dump.reader(range, section: "2.6")
        while reader.remaining > 0 {
            let start = reader.offset
            let tag = try reader.u16()
            let length = try reader.count(limit: Int(UInt32.max))
            let value = reader.offset..<reader.offset + length
            _ = try reader.take(length)
            let number = tag & ~Record.critical
            let mark = tag & Record.critical == 0 ? "" : "!"
            let known = fields.names[number]
            let name = "\(number)\(mark) \(known?.name ?? "unknown")"
            try field(
                dump, start..<value.upperBound, value, name, known?.kind ?? .bytes, section)
        }
    }

    private static func field(
        _ dump: FieldDump, _ whole: Range<Int>, _ value: Range<Int>, _ name: String,
        _ kind: RecordFields.Kind, _ section: String
    ) throws(FormatError) {
        let size = "\(value.count) bytes"
        switch kind {
        case .segments:
            try dump.group(whole, section, name, size) { () throws(FormatError) in
                try references(dump, value)
            }
        case .packNames:
            try dump.group(whole, section, name, size) { () throws(FormatError) in
                var reader = dump.reader(value, section: section)
                while reader.remaining > 0 { try dump.objectName("pack", &reader) }
            }
        case .indexSegment:
            try dump.group(whole, section, name, size) { () throws(FormatError) in
                try IndexWalk.segment(dump, value)
            }
        case .tableSegment, .sketchSegment:
            try dump.group(whole, section, name, size) { () throws(FormatError) in
                try TableWalk.segment(dump, value, isSketch: kind == .sketchSegment)
            }
        case .versionRecord:
            try dump.group(whole, section, name, size) { () throws(FormatError) in
                try record(dump, value, RecordFields.version, section: "7.6")
            }
        case .fileList:
            try dump.group(whole, section, name, size) { () throws(FormatError) in
                try FileListWalk.list(dump, value)
            }
        case .storedFileList:
            try dump.group(whole, section, name, size) { () throws(FormatError) in
                try FileListWalk.stored(dump, value)
            }
        default:
            var reader = dump.reader(value, section: section)
            let text = try FieldText.text(kind, &reader)
            try reader.finish()
            dump.add(whole, section, name, text)
        }
    }

    /// §7.8: 72 bytes for each segment.
    private static func references(
        _ dump: FieldDump, _ range: Range<Int>
    ) throws(FormatError) {
        var reader = dump.reader(range, section: "7.8")
        while reader.remaining > 0 {
            try dump.objectName("object name", &reader)
            try dump.u64("byte count", &reader)
            try dump.u64("entry count", &reader)
            try dump.digest("digest", &reader)
        }
    }
}

/// The text of a field that is one value.
enum FieldText {
    static func text(
        _ kind: RecordFields.Kind, _ reader: inout ByteReader
    ) throws(FormatError) -> String {
        switch kind {
        case .u8: return "\(try reader.u8())"
        case .u32: return "\(try reader.u32())"
        case .u64: return "\(try reader.u64())"
        case .i64: return "\(Int64(bitPattern: try reader.u64()))"
        case .time: return time(Int64(bitPattern: try reader.u64()))
        case .digest: return try reader.digest().hex
        case .text, .json: return try whole(&reader)
        case .texts: return try texts(&reader)
        case .numbers: return try numbers(&reader)
        case .chunker: return try chunker(&reader)
        case .packStatus:
            let value = try reader.u8()
            return "\(value) \(PackRow.Status(rawValue: value).map { "\($0)" } ?? "not defined")"
        case .commitKind:
            let value = try reader.u8()
            return "\(value) \(CommitRecord.Kind(rawValue: value).map { "\($0)" } ?? "not defined")"
        default: return Hex.encode(try reader.take(reader.remaining))
        }
    }

    private static func time(_ seconds: Int64) -> String {
        "\(seconds) (\(Timestamp.text(seconds) ?? "no date"))"
    }

    private static func whole(_ reader: inout ByteReader) throws(FormatError) -> String {
        let start = reader.offset
        let bytes = try reader.take(reader.remaining)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw reader.error(.invalidValue, at: start, "text is not UTF-8")
        }
        return "\"\(text)\""
    }

    private static func texts(_ reader: inout ByteReader) throws(FormatError) -> String {
        let count = try reader.count(limit: Limits.textListCount, unit: 4)
        var found: [String] = []
        for _ in 0..<count {
            found.append("\"\(try reader.text(limit: Limits.textListItemByteCount))\"")
        }
        return found.joined(separator: ", ")
    }

    private static func numbers(_ reader: inout ByteReader) throws(FormatError) -> String {
        var found: [String] = []
        while reader.remaining > 0 { found.append("\(try reader.u32())") }
        return found.joined(separator: ", ")
    }

    private static func chunker(_ reader: inout ByteReader) throws(FormatError) -> String {
        let (algorithm, exponent) = (try reader.u8(), try reader.u8())
        let normalization = try reader.u8()
        try reader.reserved(1)
        return "algorithm \(algorithm), average 2^\(exponent), normalisation \(normalization)"
    }
}
