import PinTesting
import Testing

@testable import Pins

/// Goal: YAML of strangers is read as PyYAML reads it, without guessing, evaluating or being
/// overwhelmed. Method: documents by hand, and random damage to them.
@Suite struct PlainYAMLTests {
    static func parse(_ text: String, _ limits: YAMLLimits = YAMLLimits()) throws -> YAMLNode? {
        try YAMLParser.parse(Array(text.utf8), limits)
    }

    static func json(_ text: String) throws -> String {
        var remarks = YAMLNode.Remarks()
        let node = try #require(try parse(text))
        return String(decoding: node.json(&remarks).encoded, as: UTF8.self)
    }

    @Test func scalarsKeepTheirTextAndSayWhetherTheyStoodBare() throws {
        let pairs = try #require(
            try Self.parse("a: 12345678e1234567\nb: '01234567'\nc: !expr x\nd: |\n  t\n")?.pairs)
        #expect(pairs[0].value == .plain("12345678e1234567"))
        #expect(pairs[1].value == .text("01234567"))
        #expect(pairs[2].value == .scalar(YAMLScalar("x", isPlain: true, tag: "!expr")))
        #expect(pairs[3].value == .text("t\n"))
    }

    @Test(arguments: [
        ("yes", "true"), ("No", "false"), ("ON", "true"), ("y", "\"y\""), ("~", "null"),
        ("", "null"), ("Null", "null"), (".na", "null"), (".na.integer", "null"), ("'~'", "\"~\""),
        ("12", "12"), ("+12", "12"), ("-0", "-0"), ("1_000", "1000"), ("010", "8"),
        ("08", "\"08\""),
        ("0x1F", "31"), ("0b101", "5"), ("1:30", "90"), ("-1:30", "-90"), ("1:60", "\"1:60\""),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("0xFFFFFFFFFFFFFFFFFFFF", "1208925819614629174706175"),
        ("1.", "1.0"), (".5", "0.5"), ("-.5", "\"-.5\""), ("1.0e+10", "1.0e+10"),
        ("1e10", "\"1e10\""),
        ("007.25", "7.25"), (".inf", "\".inf\""), ("-.INF", "\"-.INF\""), (".nan", "\".nan\""),
        ("1:30.5", "90.5"), ("2021-04-22", "\"2021-04-22\""),
        ("2021-04-22T20:22:33", "\"2021-04-22T20:22:33\""),
        ("12345678e1234567", "\"12345678e1234567\""),
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("!!str 12", "\"12\""), ("!!int '12'", "12"), ("!expr 1 + 1", "\"1 + 1\""), ("=", "\"=\""),
        ("[1, [a, {b: c}]]", "[1,[\"a\",{\"b\":\"c\"}]]"),
        ("{1: a, yes: b, ~: c}", "{\"1\":\"a\",\"true\":\"b\",\"null\":\"c\"}"),
        ("{a: 1, a: 2}", "{\"a\":2}"), ("\"caf\\xE9\"", "\"café\""),
    ])
    func valuesBecomeJSONAsPythonReadsThem(yaml: String, json: String) throws {
        #expect(try Self.json("v: \(yaml)") == "{\"v\":\(json)}", "\(yaml)")
    }

    @Test func mergeKeysAndAliasesAreFollowed() throws {
        let text = "a: &x {k: 1, l: 2}\nb: {<<: *x, l: 3}\nc: {<<: [*x, {m: 4, k: 9}]}\nd: *x\n"
        #expect(
            try Self.json(text)
                == #"{"a":{"k":1,"l":2},"b":{"k":1,"l":3},"c":{"m":4,"k":1,"l":2},"#
                + #""d":{"k":1,"l":2}}"#)
    }

    @Test func tagsAreReportedAndNeverFollowed() throws {
        var remarks = YAMLNode.Remarks()
        let text =
            "a: !!python/object/apply:os.system ['id']\nb: !expr system('id')\nc: !!set {x}\n"
        let node = try #require(try Self.parse(text))
        _ = node.json(&remarks)
        #expect(
            remarks.tags == ["tag:yaml.org,2002:python/object/apply:os.system", "!expr"])
    }

    @Test(arguments: [
        "a: [", "a: *nothing", "a: 'x", "{", "- a\nb: c", "a: b: c", "a: &x [*x]", "\t- a",
        "a: 1\n---\nb: 2",
        "a: \u{1}", "%YAML 3.0\n---\na: 1",
    ])
    func whatIsNoYAMLIsRefusedWithItsPlace(text: String) throws {
        let error = #expect(throws: YAMLError.self) { try Self.parse(text) }
        let place = try #require(error)
        #expect(place.line >= 1 && place.column >= 1 && !place.message.isEmpty)
    }

    @Test func bytesThatAreNoTextAreRefused() {
        for bytes: [UInt8] in [[0xFF], [0x61, 0x3A, 0x20, 0xC3], [0xC0, 0x80], [0x61, 0x00]] {
            #expect(throws: YAMLError.self) { try YAMLParser.parse(bytes) }
        }
    }

    @Test func costsAreBounded() throws {
        // Nine levels of nine aliases each: a billion laughs in a few hundred bytes.
        var bomb = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
        for level in 1...9 {
            let items = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            bomb += "a\(level): &a\(level) [\(items)]\n"
        }
        #expect(throws: YAMLError.self) { try Self.parse(bomb) }
        let long = String(repeating: "x", count: 600_000)
        #expect(throws: YAMLError.self) {
            try Self.parse("a: &a \(long)\nb: [*a, *a, *a, *a, *a, *a, *a]\n")
        }
        for open in ["[", "- ", "{a: ", "? "] {
            #expect(throws: YAMLError.self) { try Self.parse(String(repeating: open, count: 100)) }
            #expect(throws: YAMLError.self) {
                try Self.parse(String(repeating: open, count: 100_000))
            }
        }
        #expect(throws: YAMLError.self) { try Self.parse(String(repeating: "a", count: 1 << 21)) }
        var limits = YAMLLimits()
        limits.depth = 3
        #expect(try Self.parse("[[[1]]]", limits) != nil)
        #expect(throws: YAMLError.self) { try Self.parse("[[[[1]]]]", limits) }
        // An alias brings its depth along.
        #expect(throws: YAMLError.self) { try Self.parse("[&a [[1]], [[*a]]]", limits) }
    }

    @Test func nothingAndDocumentsWithoutContentAreTold() throws {
        #expect(try Self.parse("") == nil)
        #expect(try Self.parse("# only this\n") == nil)
        #expect(try Self.parse("---\n") == .plain(""))
    }

    /// Random damage to real files: an error or a tree, never a trap.
    @Test func damagedDocumentsAreReadOrRefused() throws {
        let seed: UInt64 = 20_261_126
        var random = SeededRandom(seed: seed)
        let samples = [
            "file: [a.csv, b.csv]\nfile_size: [1, 2]\npin_hash: 0123456789abcdef\ntype: csv\n"
                + "user: {a: &x [1, 2.5, yes], b: *x}\ncreated: 20220214T163720Z\napi_version: 1\n",
            "a: |\n  text\n  more\nb: >-\n  folded\n  text\nc: \"\\u00e9 \\\n  x\"\n? [k]\n: - v\n",
        ]
        let bytes = Array("[]{}:,-?&*!|>'\"%@`# \n\t~\\\u{0}".utf8)
        var readCount = 0
        for _ in 0..<20_000 {
            var text = Array(samples[Int.random(in: 0..<2, using: &random)].utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: text.remove(at: place)
                case 1:
                    text.insert(bytes.randomElement(using: &random) ?? 0, at: place)
                case 2: text[place] = UInt8.random(in: 0...255, using: &random)
                default: text = Array(text.prefix(place)) + text.suffix(place / 2)
                }
                if text.isEmpty { text = [0x61] }
            }
            guard let node = try? YAMLParser.parse(text) else { continue }
            var remarks = YAMLNode.Remarks()
            let json = node.json(&remarks).encoded
            #expect(throws: Never.self, "seed \(seed): \(text)") { try JSONReader.parse(json) }
            _ = try? PlainMetadata(reading: text)
            readCount += 1
        }
        #expect(readCount > 1_000)
    }
}
