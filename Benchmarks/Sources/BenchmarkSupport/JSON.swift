/// A JSON value that keeps the order of its fields.
public enum JSON: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case text(String)
    case integer(Int)
    /// One that is not finite stands for `null`.
    case number(Double)
    case flag(Bool)
    case array([JSON])
    case object([(String, JSON)])

    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }

    /// The document, indented, with a line end.
    public var document: String { render(indent: "") + "\n" }

    /// Parses a document.
    ///
    /// - Throws: ``Failure`` with the place of the error.
    public static func parse(_ text: String) throws -> JSON { try JSONParser.parse(text) }

    private func render(indent: String) -> String {
        let inner = indent + "  "
        switch self {
        case .text(let value): return Self.quoted(value)
        case .integer(let value): return String(value)
        case .flag(let value): return value ? "true" : "false"
        case .number(let value): return value.isFinite ? "\(value)" : "null"
        case .array(let values):
            if values.isEmpty { return "[]" }
            let lines = values.map { inner + $0.render(indent: inner) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(indent)]"
        case .object(let fields):
            if fields.isEmpty { return "{}" }
            let lines = fields.map { "\(inner)\(Self.quoted($0)): \($1.render(indent: inner))" }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case _ where scalar.value < 32:
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
