/// A canonical sequence of tagged fields (FORMAT.md §2.6): ascending tags, each once.
public struct Record: Sendable {
    /// Bit 15 of a tag: a reader that does not know the field must refuse the record.
    public static let critical: UInt16 = 0x8000

    /// One field: its tag with the critical bit, and its bytes.
    public struct Field: Sendable, Hashable {
        /// Which field it is; the highest bit says that it must be understood.
        public let tag: UInt16
        /// Its bytes.
        public let value: [UInt8]

        public init(tag: UInt16, value: [UInt8]) {
            self.tag = tag
            self.value = value
        }
    }

    /// A field's tag, and where its value lies.
    private struct Place: Sendable {
        let tag: UInt16
        let range: Range<Int>
    }

    /// Where the values lie, what stands between them included: no field has memory of its own.
    private(set) var source: [UInt8]
    /// In ascending order of their tags.
    private var places: [Place]

    /// A record without fields.
    public init() { (source, places) = ([], []) }

    /// Decodes the rest of `reader`.
    ///
    /// - Throws: `truncated`, `notCanonical` for tags out of order, `limitExceeded` for too many
    ///   fields.
    public init(_ reader: inout ByteReader) throws(FormatError) {
        var last = -1
        var places: [Place] = []
        places.reserveCapacity(16)
        while reader.remaining > 0 {
            let start = reader.offset
            let tag = try reader.u16()
            // Ordered by number: the critical bit only says how an unknown field is treated.
            let number = Int(tag & ~Record.critical)
            guard number > last else {
                throw reader.error(.notCanonical, at: start, "field \(number) is out of order")
            }
            guard places.count < Limits.recordFieldCount else {
                throw reader.error(.limitExceeded, at: start, "a record has too many fields")
            }
            last = number
            let length = try reader.count(limit: Int(UInt32.max))
            places.append(Place(tag: tag, range: try reader.skip(length)))
        }
        self.places = places
        source = reader.bytes
    }

    /// Decodes a range of `bytes`, or all of them.
    public init(
        _ bytes: [UInt8], _ range: Range<Int>? = nil, section: String
    ) throws(FormatError) {
        var reader = ByteReader(part: range ?? 0..<bytes.count, of: bytes, section: section)
        try self.init(&reader)
    }

    /// The encoded record.
    public var bytes: [UInt8] {
        var writer = ByteWriter()
        write(to: &writer)
        return writer.bytes
    }

    func write(to writer: inout ByteWriter) {
        for place in places {
            writer.u16(place.tag)
            writer.u32(UInt32(place.range.count))
            writer.append(source[place.range])
        }
    }

    /// Sets a field; an existing one of the same number is replaced, an absent value (`nil`)
    /// removed.
    public mutating func set(_ tag: UInt16, _ value: [UInt8]?) {
        let number = tag & ~Record.critical
        places.removeAll { $0.tag & ~Record.critical == number }
        guard let value else { return }
        let range = source.count..<source.count + value.count
        source += value
        let index = places.firstIndex { $0.tag & ~Record.critical > number } ?? places.count
        places.insert(Place(tag: tag, range: range), at: index)
    }

    /// Where the value of the field with exactly this tag (critical bit included) lies in `source`.
    func range(of tag: UInt16) -> Range<Int>? {
        for place in places where place.tag == tag { return place.range }
        return nil
    }

    /// The bytes of the field with exactly this tag (critical bit included), or `nil`.
    public func value(_ tag: UInt16) -> [UInt8]? { range(of: tag).map { Array(source[$0]) } }

    /// Refuses unknown critical fields, and known fields whose critical bit is not as specified.
    public func check(known: [UInt16], section: String) throws(FormatError) {
        for place in places where !known.contains(place.tag) {
            let number = place.tag & ~Record.critical
            if known.contains(where: { $0 & ~Record.critical == number }) {
                throw FormatError(
                    .notCanonical, section: section, "field \(number) has the wrong critical bit")
            }
            if place.tag & Record.critical != 0 {
                throw FormatError(
                    .unsupportedFeature, section: section, "critical field \(number) is not known")
            }
        }
    }

    /// The fields that are not in `known`: kept when the record is written again.
    public func unknown(_ known: [UInt16]) -> [Field] {
        var out: [Field] = []
        for place in places where !known.contains(place.tag) {
            out.append(Field(tag: place.tag, value: Array(source[place.range])))
        }
        return out
    }
}
