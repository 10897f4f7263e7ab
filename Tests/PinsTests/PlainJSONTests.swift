import PinTesting
import Testing

@testable import Pins

/// Goal: JSON of metadata loses nothing on its way through YAML. Method: values by hand and random
/// ones, there and back.
@Suite struct PlainJSONTests {
    static func value(_ text: String) throws -> JSONValue {
        try JSONReader.parse(Array(text.utf8))
    }

    @Test(arguments: [
        "null", "true", "[]", "{}", "-0", "1e5", "1.50", "123456789012345678901234567890", "\"\"",
        "{\"a\":[1,{\"b\":null}],\"é\":\"\\u0001\"}",
    ])
    func whatIsReadIsWrittenAsItWas(text: String) throws {
        #expect(String(decoding: try Self.value(text).encoded, as: UTF8.self) == text)
    }

    @Test func escapesBecomeCharacters() throws {
        let text = "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\\ud83d x\\udc00\""
        let expected = "\"\\/\u{8}\u{C}\n\r\té😀\u{FFFD} x\u{FFFD}"
        #expect(try Self.value(text) == .string(expected))
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "{a:1}", "01", "1.", ".5", "+1", "1e", "NaN", "Infinity",
        "tru",
        "\"", "\"\\x\"", "\"\\u12\"", "\"\u{1}\"", "1 2", "[1 2]", "'a'", "nullx",
    ])
    func whatIsNoJSONIsRefused(text: String) {
        #expect(throws: JSONReader.Failure.self) { try Self.value(text) }
    }

    @Test func depthIsBounded() throws {
        let depth = JSONValue.depthMax
        let deep = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
        #expect(throws: Never.self) { try Self.value(deep(depth)) }
        #expect(throws: JSONReader.Failure.self) { try Self.value(deep(depth + 1)) }
        #expect(throws: JSONReader.Failure.self) { try Self.value(deep(1_000_000)) }
    }

    @Test func twoSpellingsOfACharacterAreTwoKeysAndARepeatedKeyIsOne() throws {
        guard
            case .object(let members) = try Self.value("{\"\u{E9}\":1,\"e\u{301}\":2,\"\u{E9}\":3}")
        else { return #expect(Bool(false), "no object") }
        #expect(members.map(\.value) == [.number("3"), .number("2")])
    }

    @Test func randomValuesComeBackThroughYAML() throws {
        let seed: UInt64 = 4
        let random = SeededRandom(seed: seed)
        for round in 0..<2_000 {
            let value = JSONValue.object(
                unique: [JSONValue.Member("v", PlainSamples.value(random, depth: 0))])
            guard case .mapping(let pairs, _) = YAMLNode(value) else { continue }
            let text = YAMLEmitter.text(pairs)
            let node = try #require(try YAMLParser.parse(Array(text.utf8)))
            var remarks = YAMLNode.Remarks()
            let back = node.json(&remarks)
            #expect(
                PlainSamples.normalized(back) == PlainSamples.normalized(value),
                "seed \(seed), round \(round): \(text)")
        }
    }
}

/// Random metadata.
enum PlainSamples {
    private static let words = [
        "yes", "no", "y", "n", "on", "Off", "true", "null", "~", "", " ", ".na", ".nan", ".inf",
        "12345678e1234567", "1234567812345678", "01234567", "0x1f", "0o17", "1_000", "1,000",
        "1:30",
        "2021-04-22", "20220214T163720Z", "1.5", "1e3", ".", "-", "- a", "? b", "a: b", "#c",
        "a #b",
        "<<", "=", "!x", "&a", "*b", "%y", "@z", "`", "'", "\"", "it's", "---", "... x", "a\nb",
        "a\n\nb ",
        " a", "a ", "\ta", "a\tb", "é", "e\u{301}", "日本語", "😀", "\u{85}", "\u{2028}x", "\u{FEFF}",
        "\u{7}",
        "\u{7F}", "\u{9F}", "\u{A0}", "a\\b", "{a}", "[b]", "a,b", "|", ">", "key:", ":", ": x",
        "x :y", "-x", "?x",
    ]

    static func text(_ random: SeededRandom) -> String {
        var random = random
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return words.randomElement(using: &random) ?? ""
        case 1:
            let count = Int.random(in: 1...40, using: &random)
            return (0..<count).map { _ in words.randomElement(using: &random) ?? "" }
                .joined(separator: " ")
        case 2:
            let letters = Array("abc xyz 0123.-:#'\"!{}[]&*?|<>=%@`~,\\\n é日😀\u{2028}\t")
            let count = Int.random(in: 0...160, using: &random)
            return String((0..<count).map { _ in letters.randomElement(using: &random) ?? "a" })
        default:
            let count = Int.random(in: 1...30, using: &random)
            return (0..<count).map { _ in
                String(repeating: "w", count: Int.random(in: 1...12, using: &random))
            }.joined(separator: " ")
        }
    }

    static func value(_ random: SeededRandom, depth: Int) -> JSONValue {
        var generator = random
        switch Int.random(in: 0..<(depth < 4 ? 9 : 6), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2:
            let numbers = [
                "0", "-1", "12345678901234567890123", "1.5", "-2.25", "1e5", "1E-7", "1.0e+300",
                "0.1",
            ]
            return .number(numbers.randomElement(using: &generator) ?? "0")
        case 3, 4, 5: return .string(text(random))
        case 6:
            let count = Int.random(in: 0...4, using: &generator)
            return .array((0..<count).map { _ in value(random, depth: depth + 1) })
        default:
            let count = Int.random(in: 0...4, using: &generator)
            return .object(
                unique: (0..<count).map { _ in
                    JSONValue.Member(text(random), value(random, depth: depth + 1))
                })
        }
    }

    /// Numbers as one way of writing has them, keys in order.
    static func normalized(_ value: JSONValue) -> JSONValue {
        switch value {
        case .number(let digits): .number(YAMLNumber.yaml(json: digits))
        case .array(let items): .array(items.map(normalized))
        case .object(let members):
            .object(
                members.map { JSONValue.Member($0.key, normalized($0.value)) }
                    .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
        default: value
        }
    }
}
