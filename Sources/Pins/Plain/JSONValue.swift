/// A value of JSON with the digits of its numbers and the order of its keys.
package indirect enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// As it was written.
    case number(String)
    case string(String)
    case array([JSONValue])
    /// Of a key that came twice the last value, in the place of the first.
    case object([Member])

    package struct Member: Sendable, Hashable {
        package let key: String
        package var value: JSONValue

        package init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// How deep collections may lie in each other: as in YAML.
    static let depthMax = 64

    /// An object with one value for each key.
    static func object(unique members: [Member]) -> JSONValue {
        // By bytes: to Swift two spellings of one character are one key. Few keys that differ are
        // the rule.
        if members.count <= 8 {
            let areDistinct = members.indices.dropFirst().allSatisfy { index in
                !members[..<index].contains {
                    $0.key.utf8.elementsEqual(members[index].key.utf8)
                }
            }
            if areDistinct { return .object(members) }
        }
        var places: [[UInt8]: Int] = [:]
        var unique: [Member] = []
        for member in members {
            let key = Array(member.key.utf8)
            if let place = places[key] {
                unique[place].value = member.value
            } else {
                places[key] = unique.count
                unique.append(member)
            }
        }
        return .object(unique)
    }

    package subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    package var string: String? { if case .string(let text) = self { text } else { nil } }

    // MARK: - Writing

    /// The bytes, without white space.
    ///
    /// - Complexity: O(*n*); recursion as deep as collections lie in each other.
    package var encoded: [UInt8] {
        var text = ""
        write(to: &text)
        return Array(text.utf8)
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .number(let digits): text += digits
        case .string(let string): Self.write(string, to: &text)
        case .array(let items):
            text += "["
            for (index, item) in items.enumerated() {
                if index > 0 { text += "," }
                item.write(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                Self.write(member.key, to: &text)
                text += ":"
                member.value.write(to: &text)
            }
            text += "}"
        }
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        let isPlain = string.utf8.allSatisfy {
            $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        if isPlain {
            text += string
            text += "\""
            return
        }
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
