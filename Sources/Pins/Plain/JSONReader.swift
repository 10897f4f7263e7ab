/// Reads JSON (RFC 8259) into ``JSONValue``, keeping what a decoder into doubles would lose.
package struct JSONReader {
    /// What is not allowed, and at which byte.
    package struct Failure: Error {
        package let offset: Int
    }

    private let bytes: [UInt8]
    private var position = 0

    /// The value in UTF-8 text.
    ///
    /// - Complexity: O(*n*); recursion at most ``JSONValue/depthMax`` deep.
    package static func parse(_ bytes: [UInt8]) throws(Failure) -> JSONValue {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw Failure(offset: 0) }
        var reader = JSONReader(bytes: bytes)
        let value = try reader.value(depth: 0)
        reader.skipBlanks()
        guard reader.position == bytes.count else { throw reader.failure }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var failure: Failure { Failure(offset: position) }
    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D {
            position += 1
        }
    }

    private mutating func take(_ text: StaticString) -> Bool {
        let wanted = Array(text.description.utf8)
        guard bytes[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    private mutating func value(depth: Int) throws(Failure) -> JSONValue {
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): if take("true") { return .bool(true) }
        case UInt8(ascii: "f"): if take("false") { return .bool(false) }
        case UInt8(ascii: "n"): if take("null") { return .null }
        default: return .number(try number())
        }
        throw failure
    }

    private mutating func object(depth: Int) throws(Failure) -> JSONValue {
        guard depth < JSONValue.depthMax else { throw failure }
        position += 1
        var members: [JSONValue.Member] = []
        skipBlanks()
        if take("}") { return .object([]) }
        while true {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else { throw failure }
            let key = try string()
            skipBlanks()
            guard take(":") else { throw failure }
            members.append(JSONValue.Member(key, try value(depth: depth + 1)))
            skipBlanks()
            if take("}") { return .object(unique: members) }
            guard take(",") else { throw failure }
        }
    }

    private mutating func array(depth: Int) throws(Failure) -> JSONValue {
        guard depth < JSONValue.depthMax else { throw failure }
        position += 1
        var items: [JSONValue] = []
        skipBlanks()
        if take("]") { return .array([]) }
        while true {
            items.append(try value(depth: depth + 1))
            skipBlanks()
            if take("]") { return .array(items) }
            guard take(",") else { throw failure }
        }
    }

    private mutating func number() throws(Failure) -> String {
        let start = position
        func isDigit(_ byte: UInt8?) -> Bool { byte.map(YAMLPattern.isDigit) ?? false }
        _ = take("-")
        guard isDigit(next) else { throw failure }
        if !take("0") { while isDigit(next) { position += 1 } }
        if take(".") {
            guard isDigit(next) else { throw failure }
            while isDigit(next) { position += 1 }
        }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            guard isDigit(next) else { throw failure }
            while isDigit(next) { position += 1 }
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func string() throws(Failure) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text += Array(String(try escaped()).utf8)
            case 0..<0x20: throw failure
            default: text.append(byte)
            }
        }
        throw failure
    }

    private mutating func escaped() throws(Failure) -> Unicode.Scalar {
        guard let letter = next else { throw failure }
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
            return Unicode.Scalar(letter)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let unit = try hex4()
            if let scalar = Unicode.Scalar(unit) { return scalar }
            // Half of a pair: the other half must follow, or it stands for nothing.
            let start = position
            if UTF16.isLeadSurrogate(UInt16(unit)), take("\\u") {
                let low = try hex4()
                if UTF16.isTrailSurrogate(UInt16(low)) {
                    let value = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
                    return Unicode.Scalar(value) ?? "\u{FFFD}"
                }
                position = start
            }
            return "\u{FFFD}"
        default: throw failure
        }
    }

    private mutating func hex4() throws(Failure) -> UInt32 {
        guard position + 4 <= bytes.count else { throw failure }
        let digits = bytes[position..<position + 4]
        guard digits.allSatisfy(YAMLPattern.isHexDigit),
            let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw failure }
        position += 4
        return value
    }
}
