/// A canonical sequence of tagged fields (FORMAT.md §2.6): ascending tags, each once.
public struct Record: Sendable, Hashable {
    /// Bit 15 of a tag: a reader that does not know the field must refuse the record.
    public static let critical: UInt16 = 0x8000

    /// One field: its tag with the critical bit, and its bytes.
    public struct Field: Sendable, Hashable {
        public let tag: UInt16
        public let value: [UInt8]

        public init(tag: UInt16, value: [UInt8]) {
            self.tag = tag
            self.value = value
        }
    }

    /// The fields in ascending order of their tags.
    public private(set) var fields: [Field] = []

    public init() {}

    /// Decodes the rest of `reader`.
    ///
    /// - Throws: `truncated`, `notCanonical` for tags out of order, `limitExceeded` for too many
    ///   fields.
    public init(_ reader: inout ByteReader) throws(FormatError) {
        var last = -1
        while reader.remaining > 0 {
            let start = reader.offset
            let tag = try reader.u16()
            // Ordered by number: the critical bit only says how an unknown field is treated.
            let number = Int(tag & ~Record.critical)
            guard number > last else {
                throw reader.error(.notCanonical, at: start, "field \(number) is out of order")
            }
            guard fields.count < Limits.recordFieldCount else {
                throw reader.error(.limitExceeded, at: start, "a record has too many fields")
            }
            last = number
            let length = try reader.count(limit: Int(UInt32.max))
            fields.append(Field(tag: tag, value: try reader.take(length)))
        }
    }

    /// Decodes all of `bytes`.
    public init(_ bytes: [UInt8], section: String) throws(FormatError) {
        var reader = ByteReader(bytes, section: section)
        try self.init(&reader)
    }

    /// The encoded record.
    public var bytes: [UInt8] {
        var writer = ByteWriter()
        write(to: &writer)
        return writer.bytes
    }

    func write(to writer: inout ByteWriter) {
        for field in fields {
            writer.u16(field.tag)
            writer.counted(field.value)
        }
    }

    /// Sets a field; an existing one of the same number is replaced, an absent value (`nil`)
    /// removed.
    public mutating func set(_ tag: UInt16, _ value: [UInt8]?) {
        let number = tag & ~Record.critical
        fields.removeAll { $0.tag & ~Record.critical == number }
        guard let value else { return }
        let place = fields.firstIndex { $0.tag & ~Record.critical > number } ?? fields.count
        fields.insert(Field(tag: tag, value: value), at: place)
    }

    /// The bytes of the field with exactly this tag (critical bit included), or `nil`.
    public func value(_ tag: UInt16) -> [UInt8]? { fields.first { $0.tag == tag }?.value }

    /// Refuses unknown critical fields, and known fields whose critical bit is not as specified.
    public func check(known: [UInt16], section: String) throws(FormatError) {
        for field in fields where !known.contains(field.tag) {
            let number = field.tag & ~Record.critical
            if known.contains(where: { $0 & ~Record.critical == number }) {
                throw FormatError(
                    .notCanonical, section: section, "field \(number) has the wrong critical bit")
            }
            if field.tag & Record.critical != 0 {
                throw FormatError(
                    .unsupportedFeature, section: section, "critical field \(number) is not known")
            }
        }
    }

    /// The fields that are not in `known`: kept when the record is written again.
    public func unknown(_ known: [UInt16]) -> [Field] { fields.filter { !known.contains($0.tag) } }
}
