/// A JSON value with members in the order given: what vectors are described with.
indirect enum JSON: Equatable {
    case null
    case number(Int)
    case unsigned(UInt64)
    case text(String)
    case list([JSON])
    case object([(String, JSON)])

    static func == (left: JSON, right: JSON) -> Bool { left.rendered() == right.rendered() }

    static func hex(_ bytes: [UInt8]) -> JSON { .text(bytes.hexText) }

    /// The text, two spaces to a level; lists and objects without structure inside stand on one
    /// line.
    func rendered(_ indent: String = "") -> String {
        switch self {
        case .null: return "null"
        case .number(let value): return String(value)
        case .unsigned(let value): return String(value)
        case .text(let value): return Self.quoted(value)
        case .list(let items):
            return Self.block("[", items.map { $0.rendered(indent + "  ") }, "]", indent, isFlat)
        case .object(let members):
            let lines = members.map { "\(Self.quoted($0)): \($1.rendered(indent + "  "))" }
            return Self.block("{", lines, "}", indent, false)
        }
    }

    private var isFlat: Bool {
        guard case .list(let items) = self else { return true }
        return items.allSatisfy {
            switch $0 {
            case .number, .unsigned: true
            default: false
            }
        }
    }

    private static func block(
        _ open: String, _ lines: [String], _ close: String, _ indent: String, _ isFlat: Bool
    ) -> String {
        if lines.isEmpty || isFlat { return open + lines.joined(separator: ", ") + close }
        let inner = lines.map { indent + "  " + $0 }.joined(separator: ",\n")
        return "\(open)\n\(inner)\n\(indent)\(close)"
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": out += "\\" + String(scalar)
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}

extension [UInt8] {
    /// Two lower-case hexadecimal digits a byte.
    var hexText: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
