/// A JSON document to be printed: keys keep the order they were given in, and user metadata stays
/// as its author wrote it, byte for byte.
enum JSONValue {
    case null
    case bool(Bool)
    case unsigned(UInt64)
    case signed(Int64)
    case string(String)
    case array([JSONValue])
    case object([(String, JSONValue)])
    /// JSON text that was checked before.
    case embedded(String)

    init(_ text: String?) { self = text.map { .string($0) } ?? .null }
    init(_ number: UInt64?) { self = number.map { .unsigned($0) } ?? .null }
    init(_ number: Int) { self = .signed(Int64(number)) }

    /// A document of somebody else: embedded if it is JSON, else as a string.
    init(embedding bytes: [UInt8]?) {
        guard let bytes else {
            self = .null
            return
        }
        let text = String(decoding: bytes, as: UTF8.self)
        self = JSONSyntax.root(of: bytes) == nil ? .string(text) : .embedded(text)
    }

    /// The document on one line (but for what stands in embedded ones).
    var text: String {
        var out = ""
        write(to: &out)
        return out
    }

    private func write(to out: inout String) {
        switch self {
        case .null: out += "null"
        case .bool(let value): out += value ? "true" : "false"
        case .unsigned(let value): out += String(value)
        case .signed(let value): out += String(value)
        case .string(let text): Self.quote(text, to: &out)
        case .embedded(let text): out += text
        case .array(let values):
            Self.list("[", values, "]", to: &out) { $0.write(to: &$1) }
        case .object(let pairs):
            Self.list("{", pairs, "}", to: &out) { pair, out in
                Self.quote(pair.0, to: &out)
                out += ":"
                pair.1.write(to: &out)
            }
        }
    }

    private static func list<Element>(
        _ open: String, _ elements: [Element], _ close: String, to out: inout String,
        _ body: (Element, inout String) -> Void
    ) {
        out += open
        for (index, element) in elements.enumerated() {
            if index > 0 { out += "," }
            body(element, &out)
        }
        out += close
    }

    /// Escapes what RFC 8259 demands, and control characters that a terminal would obey.
    private static func quote(_ text: String, to out: inout String) {
        out += "\""
        defer { out += "\"" }
        // Nearly every text: nothing to escape, and nothing that takes more than a byte.
        let isPlain = text.utf8.allSatisfy { byte in
            (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
        }
        if isPlain {
            out += text
            return
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
    }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
    ExpressibleByStringLiteral, ExpressibleByBooleanLiteral
{
    init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(elements) }
    init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    init(stringLiteral value: String) { self = .string(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
}
