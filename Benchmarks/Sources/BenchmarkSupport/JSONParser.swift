/// Reads JSON: the results of earlier runs, and what other programs measured.
struct JSONParser {
    /// Deeper documents are refused.
    private static let depthMax = 64

    private let bytes: [UInt8]
    private var position = 0

    /// The value of a document.
    ///
    /// - Throws: ``Failure`` with the place of the error.
    static func parse(_ text: String) throws -> JSON {
        var parser = JSONParser(bytes: Array(text.utf8))
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.position == parser.bytes.count else { throw parser.failure("the end") }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func failure(_ expected: String) -> Failure {
        Failure("not JSON: expected \(expected) at byte \(position)")
    }

    private mutating func skipSpace() {
        while position < bytes.count, [9, 10, 13, 32].contains(bytes[position]) { position += 1 }
    }

    /// Whether a character came next; then it is passed.
    private mutating func take(_ character: Character) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == character.asciiValue else { return false }
        position += 1
        return true
    }

    private mutating func require(_ character: Character) throws {
        guard take(character) else { throw failure("'\(character)'") }
    }

    private mutating func value(depth: Int) throws -> JSON {
        guard depth < Self.depthMax else { throw failure("no more depth") }
        if take("{") {
            var fields: [(String, JSON)] = []
            if take("}") { return .object([]) }
            repeat {
                try require("\"")
                let name = try text()
                try require(":")
                fields.append((name, try value(depth: depth + 1)))
            } while take(",")
            try require("}")
            return .object(fields)
        }
        if take("[") {
            var values: [JSON] = []
            if take("]") { return .array([]) }
            repeat { values.append(try value(depth: depth + 1)) } while take(",")
            try require("]")
            return .array(values)
        }
        if take("\"") { return .text(try text()) }
        return try word()
    }

    /// A number, `true`, `false` or `null`.
    private mutating func word() throws -> JSON {
        let start = position
        let allowed = Array("+-.0123456789Eaeflnrstu".utf8)
        while position < bytes.count, allowed.contains(bytes[position]) { position += 1 }
        let word = String(decoding: bytes[start..<position], as: UTF8.self)
        switch word {
        case "true": return .flag(true)
        case "false": return .flag(false)
        case "null": return .number(.nan)
        default:
            if let integer = Int(word) { return .integer(integer) }
            if let number = Double(word) { return .number(number) }
            position = start
            throw failure("a value")
        }
    }

    /// A string, after its first quotation mark.
    private mutating func text() throws -> String {
        var out: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: out, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                continue
            }
            guard position < bytes.count else { break }
            let kind = bytes[position]
            position += 1
            switch kind {
            case UInt8(ascii: "n"): out.append(10)
            case UInt8(ascii: "t"): out.append(9)
            case UInt8(ascii: "r"): out.append(13)
            case UInt8(ascii: "b"): out.append(8)
            case UInt8(ascii: "f"): out.append(12)
            case UInt8(ascii: "u"): out += try escapedScalar()
            default: out.append(kind)
            }
        }
        throw failure("the end of a text")
    }

    /// Four digits after `\u`, and the second half where they are the first of a pair.
    private mutating func escapedScalar() throws -> [UInt8] {
        var code = try fourDigits()
        if (0xD800..<0xDC00).contains(code), position + 1 < bytes.count,
            bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
        {
            position += 2
            code = 0x10000 + (code - 0xD800) << 10 + (try fourDigits() &- 0xDC00) & 0x3FF
        }
        guard let scalar = Unicode.Scalar(code) else { throw failure("a character") }
        return Array(String(Character(scalar)).utf8)
    }

    private mutating func fourDigits() throws -> UInt32 {
        guard position + 4 <= bytes.count,
            let code = UInt32(
                String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw failure("four hexadecimal digits") }
        position += 4
        return code
    }
}
