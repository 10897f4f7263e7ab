/// A cursor over bytes of unknown origin: every read is checked, nothing traps.
///
/// It works on a slice of an array; `offset` in errors counts from the array's first byte, or from
/// that of a part which is a record or a field of its own.
public struct ByteReader: Sendable {
    let bytes: [UInt8]
    private let end: Int
    /// Where ``offset`` is 0.
    private let origin: Int
    /// Where the next byte stands in the array.
    private var position: Int
    /// The offset of the next byte.
    public var offset: Int { position - origin }
    /// The section of FORMAT.md that errors name.
    public let section: String

    /// A reader of `range` of `bytes`, or of all of them.
    ///
    /// - Precondition: `range` lies inside `bytes`.
    public init(_ bytes: [UInt8], _ range: Range<Int>? = nil, section: String) {
        let range = range ?? 0..<bytes.count
        precondition(
            range.lowerBound >= 0 && range.upperBound <= bytes.count, "range outside bytes")
        self.init(bytes, range, origin: 0, section: section)
    }

    /// A reader of a part that is a whole of its own.
    init(part range: Range<Int>, of bytes: [UInt8], section: String) {
        self.init(bytes, range, origin: range.lowerBound, section: section)
    }

    private init(_ bytes: [UInt8], _ range: Range<Int>, origin: Int, section: String) {
        self.bytes = bytes
        self.end = range.upperBound
        self.origin = origin
        self.position = range.lowerBound
        self.section = section
    }

    /// How many bytes are left.
    public var remaining: Int { end - position }

    /// The next byte.
    public mutating func u8() throws(FormatError) -> UInt8 {
        try need(1)
        defer { position += 1 }
        return bytes[position]
    }

    /// The next two bytes, little-endian.
    public mutating func u16() throws(FormatError) -> UInt16 { try little() }

    /// The next four bytes, little-endian.
    public mutating func u32() throws(FormatError) -> UInt32 { try little() }

    /// The next eight bytes, little-endian.
    public mutating func u64() throws(FormatError) -> UInt64 { try little() }

    /// The next 32 bytes.
    public mutating func digest() throws(FormatError) -> Digest {
        try need(Digest.byteCount)
        defer { position += Digest.byteCount }
        return Digest(bytes: bytes, at: position)
    }

    /// Moves past `count` bytes and says where they stand.
    mutating func skip(_ count: Int) throws(FormatError) -> Range<Int> {
        try need(count)
        defer { position += count }
        return position..<position + count
    }

    /// The next `count` bytes, copied.
    public mutating func take(_ count: Int) throws(FormatError) -> [UInt8] {
        try need(count)
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    /// Moves past `count` bytes that must be zero: reserved fields.
    public mutating func reserved(_ count: Int) throws(FormatError) {
        try need(count)
        for index in position..<position + count where bytes[index] != 0 {
            throw FormatError(
                .notCanonical, section: section, offset: index - origin,
                "a reserved byte is \(bytes[index]), not zero")
        }
        position += count
    }

    /// A u32 that counts things of at least `unit` bytes each: checked against `limit` and against
    /// the bytes that are left, so it is safe to allocate by.
    public mutating func count(limit: Int, unit: Int = 1) throws(FormatError) -> Int {
        let start = offset
        let value = Int(try u32())
        guard value <= limit else {
            throw FormatError(
                .limitExceeded, section: section, offset: start,
                "a count of \(value) is over the limit of \(limit)")
        }
        guard value <= remaining / unit else {
            throw FormatError(
                .truncated, section: section, offset: start,
                "\(value) entries do not fit in \(remaining) bytes")
        }
        return value
    }

    /// A length-prefixed string of bytes of at most `limit`.
    public mutating func counted(limit: Int) throws(FormatError) -> [UInt8] {
        try take(try count(limit: limit))
    }

    /// A length-prefixed UTF-8 string of at most `limit` bytes.
    public mutating func text(limit: Int) throws(FormatError) -> String {
        let start = offset
        let range = try skip(try count(limit: limit))
        guard let text = String(utf8: bytes[range]) else {
            throw FormatError(.invalidValue, section: section, offset: start, "text is not UTF-8")
        }
        return text
    }

    /// Throws unless every byte has been read.
    public func finish() throws(FormatError) {
        guard remaining == 0 else {
            throw FormatError(
                .trailingBytes, section: section, offset: offset,
                "\(remaining) bytes stand after the end")
        }
    }

    /// An error about the byte at `offset`.
    public func error(
        _ code: FormatError.Code, at offset: Int? = nil, _ message: String
    ) -> FormatError {
        FormatError(code, section: section, offset: offset ?? self.offset, message)
    }

    /// Throws unless so many bytes are left.
    func need(_ count: Int) throws(FormatError) {
        guard count >= 0, count <= remaining else {
            throw FormatError(
                .truncated, section: section, offset: offset,
                "\(count) bytes are needed, \(remaining) are left")
        }
    }

    private mutating func little<Value: FixedWidthInteger>() throws(FormatError) -> Value {
        let width = Value.bitWidth / 8
        try need(width)
        var value: Value = 0
        for step in 0..<width {
            value |= Value(truncatingIfNeeded: bytes[position + step]) << Value(8 * step)
        }
        position += width
        return value
    }
}
