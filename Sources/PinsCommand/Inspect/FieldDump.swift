import PinFormat

/// One field of an object, as `pins inspect` shows it.
struct DumpedField {
    /// From the start of the file, in bytes.
    let offset: Int
    let byteCount: Int
    /// The section of FORMAT.md that defines it.
    let section: String
    /// How deep it stands in records in records.
    let level: Int
    let name: String
    let value: String
}

/// The fields that were decoded so far. What is shown before an error is what could be read.
final class FieldDump {
    let bytes: [UInt8]
    private(set) var fields: [DumpedField] = []
    private var level = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// A cursor over a part of the file; its offsets are the file's.
    func reader(_ range: Range<Int>? = nil, section: String) -> ByteReader {
        ByteReader(bytes, range, section: section)
    }

    func add(_ range: Range<Int>, _ section: String, _ name: String, _ value: String) {
        fields.append(
            DumpedField(
                offset: range.lowerBound, byteCount: range.count, section: section, level: level,
                name: name, value: value))
    }

    /// Adds a title and, one level below it, what `body` adds.
    func group(
        _ range: Range<Int>, _ section: String, _ name: String, _ value: String,
        _ body: () throws(FormatError) -> Void
    ) throws(FormatError) {
        add(range, section, name, value)
        level += 1
        defer { level -= 1 }
        try body()
    }

    /// Reads one value and adds it.
    @discardableResult
    func take<Value>(
        _ name: String, _ reader: inout ByteReader,
        _ read: (inout ByteReader) throws(FormatError) -> Value,
        text: (Value) -> String = { "\($0)" }
    ) throws(FormatError) -> Value {
        let start = reader.offset
        let value = try read(&reader)
        add(start..<reader.offset, reader.section, name, text(value))
        return value
    }

    @discardableResult
    func u8(_ name: String, _ reader: inout ByteReader) throws(FormatError) -> UInt8 {
        try take(name, &reader) { (reader) throws(FormatError) in try reader.u8() }
    }

    @discardableResult
    func u16(_ name: String, _ reader: inout ByteReader) throws(FormatError) -> UInt16 {
        try take(name, &reader) { (reader) throws(FormatError) in try reader.u16() }
    }

    @discardableResult
    func u32(_ name: String, _ reader: inout ByteReader) throws(FormatError) -> UInt32 {
        try take(name, &reader) { (reader) throws(FormatError) in try reader.u32() }
    }

    @discardableResult
    func u64(_ name: String, _ reader: inout ByteReader) throws(FormatError) -> UInt64 {
        try take(name, &reader) { (reader) throws(FormatError) in try reader.u64() }
    }

    func digest(_ name: String, _ reader: inout ByteReader) throws(FormatError) {
        try take(name, &reader) { (reader) throws(FormatError) in try reader.digest() }
    }

    func hex(_ name: String, _ count: Int, _ reader: inout ByteReader) throws(FormatError) {
        try take(name, &reader, { (reader) throws(FormatError) in try reader.take(count) }) {
            Hex.encode($0)
        }
    }

    func checksum(_ name: String, _ reader: inout ByteReader) throws(FormatError) {
        try take(name, &reader, { (reader) throws(FormatError) in try reader.u32() }) {
            Self.hex32($0)
        }
    }

    func reserved(_ count: Int, _ reader: inout ByteReader) throws(FormatError) {
        let read = { (reader: inout ByteReader) throws(FormatError) in try reader.reserved(count) }
        try take("reserved", &reader, read) { "zero" }
    }

    /// An object's name as it stands in keys.
    func objectName(_ name: String, _ reader: inout ByteReader) throws(FormatError) {
        let read = { (reader: inout ByteReader) throws(FormatError) in
            try reader.take(ObjectName.byteCount)
        }
        try take(name, &reader, read) { Self.objectName($0) }
    }

    static func objectName(_ bytes: some Collection<UInt8>) -> String {
        let hex = Hex.encode(bytes)
        return "\(hex.prefix(16))-\(hex.dropFirst(16))"
    }

    static func hex32(_ value: UInt32) -> String {
        Hex.encode((0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) })
    }
}
