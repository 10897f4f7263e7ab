/// A JSON document to be handed out: keys keep the order they were given in, and user metadata
/// stays as its author wrote it, byte for byte.
package enum JSONDocument: Sendable {
    case null
    case bool(Bool)
    case unsigned(UInt64)
    case signed(Int64)
    case string(String)
    case array([JSONDocument])
    case object([(String, JSONDocument)])
    /// JSON text that was checked before.
    case embedded(String)

    package init(_ text: String?) { self = text.map { .string($0) } ?? .null }
    package init(_ number: UInt64?) { self = number.map { .unsigned($0) } ?? .null }
    package init(_ count: Int?) { self = count.map { .signed(Int64($0)) } ?? .null }
    package init(_ number: Int) { self = .signed(Int64(number)) }

    /// A document of somebody else: embedded if it is JSON, else as a string.
    package init(embedding bytes: [UInt8]?) {
        guard let bytes else {
            self = .null
            return
        }
        let text = String(decoding: bytes, as: UTF8.self)
        self = JSONSyntax.root(of: bytes) == nil ? .string(text) : .embedded(text)
    }

    /// An object with the fields of another one behind its own.
    package func with(_ more: JSONDocument) -> JSONDocument {
        guard case .object(let mine) = self, case .object(let others) = more else { return self }
        return .object(mine + others)
    }

    /// The document on one line (but for what stands in embedded ones).
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The same in UTF-8.
    package var bytes: [UInt8] {
        var out: [UInt8] = []
        write(to: &out)
        return out
    }

    private func write(to out: inout [UInt8]) {
        switch self {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let value): out.append(contentsOf: value ? "true".utf8 : "false".utf8)
        case .unsigned(let value): out.append(contentsOf: String(value).utf8)
        case .signed(let value): out.append(contentsOf: String(value).utf8)
        case .string(let text): Self.quote(text, to: &out)
        case .embedded(let text): out.append(contentsOf: text.utf8)
        case .array(let values):
            out.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                value.write(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let pairs):
            out.append(UInt8(ascii: "{"))
            for (index, (key, value)) in pairs.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                Self.quote(key, to: &out)
                out.append(UInt8(ascii: ":"))
                value.write(to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    /// Escapes what RFC 8259 demands, and control characters that a terminal would obey.
    private static func quote(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        defer { out.append(UInt8(ascii: "\"")) }
        let start = out.count
        out.append(contentsOf: text.utf8)
        // Nearly every text: nothing to escape, and nothing that takes more than a byte.
        let isPlain = out[start...].allSatisfy { byte in
            (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
        }
        if isPlain { return }
        out.removeSubrange(start...)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out.append(contentsOf: "\\\"".utf8)
            case "\\": out.append(contentsOf: "\\\\".utf8)
            case "\n": out.append(contentsOf: "\\n".utf8)
            case "\r": out.append(contentsOf: "\\r".utf8)
            case "\t": out.append(contentsOf: "\\t".utf8)
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                let hex = String(scalar.value, radix: 16)
                out.append(contentsOf: "\\u".utf8)
                out.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 4 - hex.utf8.count))
                out.append(contentsOf: hex.utf8)
            default: out.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }
}

extension JSONDocument: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
    ExpressibleByStringLiteral, ExpressibleByBooleanLiteral
{
    package init(dictionaryLiteral elements: (String, JSONDocument)...) { self = .object(elements) }
    package init(arrayLiteral elements: JSONDocument...) { self = .array(elements) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}
