/// Typed access to the fields of a record (FORMAT.md §2.6).
extension Record {
    /// A reader of one field that must be there.
    func reader(_ tag: UInt16, section: String) throws(FormatError) -> ByteReader {
        guard let range = range(of: tag) else {
            throw FormatError(
                .invalidValue, section: section, "field \(tag & ~Record.critical) is missing")
        }
        return ByteReader(part: range, of: source, section: section)
    }

    func required<Value>(
        _ tag: UInt16, section: String,
        _ body: (inout ByteReader) throws(FormatError) -> Value
    ) throws(FormatError) -> Value {
        var reader = try reader(tag, section: section)
        let value = try body(&reader)
        try reader.finish()
        return value
    }

    func optional<Value>(
        _ tag: UInt16, section: String,
        _ body: (inout ByteReader) throws(FormatError) -> Value
    ) throws(FormatError) -> Value? {
        guard range(of: tag) != nil else { return nil }
        return try required(tag, section: section, body)
    }

    func text(_ tag: UInt16, limit: Int, section: String) throws(FormatError) -> String? {
        guard let bytes = try textBytes(tag, limit: limit, section: section) else { return nil }
        guard let text = String(utf8: bytes) else { throw Self.notText(tag, section) }
        return text
    }

    /// The bytes of a text, checked as one.
    func utf8(_ tag: UInt16, limit: Int, section: String) throws(FormatError) -> [UInt8]? {
        guard let bytes = try textBytes(tag, limit: limit, section: section) else { return nil }
        guard bytes.isUTF8 else { throw Self.notText(tag, section) }
        return Array(bytes)
    }

    private func textBytes(
        _ tag: UInt16, limit: Int, section: String
    ) throws(FormatError) -> ArraySlice<UInt8>? {
        guard let range = range(of: tag) else { return nil }
        guard !range.isEmpty, range.count <= limit else {
            throw FormatError(
                range.isEmpty ? .notCanonical : .limitExceeded, section: section,
                "field \(tag & ~Record.critical) has \(range.count) bytes, "
                    + "1 to \(limit) are allowed")
        }
        return source[range]
    }

    private static func notText(_ tag: UInt16, _ section: String) -> FormatError {
        FormatError(
            .invalidValue, section: section, "field \(tag & ~Record.critical) is not UTF-8")
    }

    func texts(_ tag: UInt16, section: String) throws(FormatError) -> [String] {
        try optional(tag, section: section) { (reader) throws(FormatError) in
            let count = try reader.count(limit: Limits.textListCount, unit: 4)
            guard count > 0 else { throw reader.error(.notCanonical, "an empty list is left out") }
            var out: [String] = []
            out.reserveCapacity(count)
            for _ in 0..<count {
                out.append(try reader.text(limit: Limits.textListItemByteCount))
            }
            return out
        } ?? []
    }

    func u32s(_ tag: UInt16, section: String) throws(FormatError) -> [UInt32] {
        try optional(tag, section: section) { (reader) throws(FormatError) in
            guard reader.remaining > 0, reader.remaining.isMultiple(of: 4) else {
                throw reader.error(.notCanonical, "a set of numbers has \(reader.remaining) bytes")
            }
            var out: [UInt32] = []
            while reader.remaining > 0 {
                let next = try reader.u32()
                if let last = out.last, last >= next {
                    throw reader.error(.notCanonical, "numbers of a set are not ascending")
                }
                out.append(next)
            }
            return out
        } ?? []
    }

    /// A number that is absent where it is zero.
    func number(_ tag: UInt16, section: String) throws(FormatError) -> UInt64 {
        try optional(tag, section: section) { (reader) throws(FormatError) in
            let value = try reader.u64()
            guard value != 0 else { throw reader.error(.notCanonical, "a zero is left out") }
            return value
        } ?? 0
    }

    /// Sets a number that is absent where it is zero.
    mutating func set(_ tag: UInt16, number value: UInt64) {
        set(tag, u64: value == 0 ? nil : value)
    }

    mutating func set(_ tag: UInt16, u64 value: UInt64?) {
        set(tag, value.map { number in Record.encode { $0.u64(number) } })
    }

    mutating func set(_ tag: UInt16, i64 value: Int64?) {
        set(tag, u64: value.map { UInt64(bitPattern: $0) })
    }

    mutating func set(_ tag: UInt16, text value: String?) {
        set(tag, value.flatMap { $0.isEmpty ? nil : Array($0.utf8) })
    }

    mutating func set(_ tag: UInt16, texts value: [String]) {
        guard !value.isEmpty else { return set(tag, nil) }
        set(
            tag,
            Record.encode { writer in
                writer.u32(UInt32(value.count))
                for text in value { writer.counted(Array(text.utf8)) }
            })
    }

    mutating func set(_ tag: UInt16, u32s value: [UInt32]) {
        guard !value.isEmpty else { return set(tag, nil) }
        set(tag, Record.encode { writer in value.forEach { writer.u32($0) } })
    }

    mutating func keep(_ unknown: [Field]) {
        for field in unknown { set(field.tag, field.value) }
    }

    static func encode(_ body: (inout ByteWriter) -> Void) -> [UInt8] {
        var writer = ByteWriter()
        body(&writer)
        return writer.bytes
    }
}
