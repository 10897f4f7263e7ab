// The parts of the command that need no process: times, sizes, JSON, ranges, the BOARD rule.

import PinEngine
import PinsDocuments
import Testing

@testable import PinsCommand

@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_446_245, "2026-11-23T15:04:05Z"), (-1, "1969-12-31T23:59:59Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"), (-62_135_596_800, "0001-01-01T00:00:00Z"),
        ] as [(Int64, String)])
    func textAndParserAreInverse(_ seconds: Int64, _ text: String) {
        #expect(Timestamp.text(seconds) == text)
        #expect(Timestamp.seconds(text) == seconds)
    }

    @Test func offsetsAndFractionsAreUnderstood() {
        #expect(Timestamp.seconds("2026-11-23T16:04:05.999+01:00") == 1_795_446_245)
        #expect(Timestamp.seconds("2026-11-23 10:34:05-04:30") == 1_795_446_245)
        #expect(Timestamp.seconds("2016-12-31T23:59:60Z") == 1_483_228_800)
    }

    @Test(arguments: [
        "", "2026-11-23", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-23T24:00:00Z",
        "2026-11-23T15:04:05", "2026-11-23T15:04:05.Z", "2026-11-23T15:04:05Zx", "now",
        "0000-01-01T00:00:00Z", "2026-11-23T15:04:05+1:00",
    ])
    func otherTextIsNoTime(_ text: String) {
        #expect(Timestamp.seconds(text) == nil)
    }

    @Test func timesOutsideTheCalendarHaveNoText() {
        #expect(Timestamp.text(.max) == nil && Timestamp.text(.min) == nil)
    }
}

@Suite struct ByteCountTests {
    @Test(
        arguments: [
            (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"),
            (65_536, "64.0 KiB"), (1_048_575, "1023.9 KiB"), (1 << 30, "1.0 GiB"),
            (.max, "15.9 EiB"),
        ] as [(UInt64, String)])
    func sizesAreRoundedDownToTenths(_ count: UInt64, _ text: String) {
        #expect(ByteCount.text(count) == text)
    }

    @Test func unitsAreBinary() {
        #expect(ByteCount.parse("65536") == 65_536 && ByteCount.parse("64KiB") == 65_536)
        #expect(ByteCount.parse("64k") == 65_536 && ByteCount.parse("1 MiB") == 1 << 20)
        for text in [
            "", "KiB", "-1", "64 parsecs", "1.5MiB", "99999999999999999999", "9999999999GiB",
        ] {
            #expect(ByteCount.parse(text) == nil)
        }
    }
}

@Suite struct JSONTests {
    @Test(arguments: [
        "{}", "[]", "0", "-0.5e+10", "\"a\\u00e9\\n\"", " { \"a\" : [ 1 , true , null ] } ",
        "[[],{}]", "\"ü\"", "{\"a\":{\"b\":[{}]}}",
    ])
    func validTextIsAccepted(_ text: String) {
        #expect(JSONSyntax.root(of: Array(text.utf8)) != nil)
    }

    @Test(arguments: [
        "", " ", "{", "}", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "01", "1.", "-",
        "+1",
        "\"\u{1}\"", "\"", "\"\\x\"", "\"\\u12g4\"", "nul", "{} {}", "[1}", "{\"a\":1]", "'a'",
        "[1 2]",
        "1e", "{,}", "NaN",
    ])
    func invalidTextIsRefused(_ text: String) {
        #expect(JSONSyntax.root(of: Array(text.utf8)) == nil)
    }

    @Test func nestingIsBounded() {
        let deepest = JSONSyntax.maximumDepth
        func nested(_ depth: Int) -> [UInt8] {
            Array(String(repeating: "[", count: depth).utf8)
                + Array(String(repeating: "]", count: depth).utf8)
        }
        #expect(JSONSyntax.root(of: nested(deepest)) != nil)
        #expect(JSONSyntax.root(of: nested(deepest + 1)) == nil)
        #expect(JSONSyntax.root(of: Array(repeating: UInt8(ascii: "["), count: 1 << 20)) == nil)
    }

    @Test func invalidUTF8IsRefused() {
        #expect(JSONSyntax.root(of: [0x22, 0xFF, 0x22]) == nil)
    }

    @Test func onlyObjectsAreObjects() {
        #expect(JSONSyntax.root(of: Array(" {\"a\":1}".utf8)) == .object)
        #expect(JSONSyntax.root(of: Array("[{}]".utf8)) == .other)
    }

    @Test func writerEscapesAndKeepsOrder() {
        let document: JSONDocument = [
            "b": "q\"\\\n\u{7}\u{9B}é", "a": .array([.null, .bool(true), .unsigned(.max)]),
            "c": JSONDocument(embedding: Array("{\"x\": 1.50}".utf8)),
            "d": JSONDocument(embedding: Array("{".utf8)),
        ]
        #expect(
            document.text == "{\"b\":\"q\\\"\\\\\\n\\u0007\\u009bé\",\"a\":[null,true,"
                + "18446744073709551615],\"c\":{\"x\": 1.50},\"d\":\"{\"}")
        #expect(JSONSyntax.root(of: Array(document.text.utf8)) == .object)
    }
}

@Suite struct ByteRangeTests {
    @Test func rangesAreHalfOpenAndCutToTheFile() throws {
        #expect(try ByteRange("100:200").resolved(in: 1000, of: "f") == 100..<200)
        #expect(try ByteRange("100:").resolved(in: 150, of: "f") == 100..<150)
        #expect(try ByteRange(":200").resolved(in: 150, of: "f") == 0..<150)
        #expect(try ByteRange("5:5").resolved(in: 5, of: "f") == 5..<5)
        #expect(throws: CommandFailure.self) { try ByteRange("6:").resolved(in: 5, of: "f") }
    }

    @Test(arguments: [
        "", ":", "5", "5:4", "a:b", "-1:5", "1:2:3", "0x1:5", "1 :2", "+1:5",
        "99999999999999999999:",
    ])
    func otherTextIsNoRange(_ text: String) {
        #expect(throws: CommandFailure.self) { try ByteRange(text) }
    }
}

@Suite struct BoardArgumentsTests {
    private static let read = BoardArguments.Shape(required: ["NAME"], optional: ["FILE"])
    private static let list = BoardArguments.Shape(required: [])
    private static let write = BoardArguments.Shape(required: ["NAME", "PATH"], repeats: true)

    private func split(
        _ arguments: [String], _ shape: BoardArguments.Shape, option: String? = nil,
        environment: String? = nil, isLocation: Bool = false
    ) throws -> [String] {
        let found = try BoardArguments(
            arguments, shape, option: option, environment: environment,
            isLocation: { _ in isLocation })
        return [found.board] + found.rest
    }

    @Test func withoutADefaultTheFirstArgumentIsTheBoard() throws {
        #expect(try split(["b", "n"], Self.read) == ["b", "n"])
        #expect(try split(["b", "n", "f"], Self.read) == ["b", "n", "f"])
        #expect(try split(["b"], Self.list) == ["b"])
        #expect(throws: CommandFailure.self) { try split(["b"], Self.read) }
        #expect(throws: CommandFailure.self) { try split([], Self.list) }
        #expect(throws: CommandFailure.self) { try split(["", "n"], Self.read) }
        #expect(throws: CommandFailure.self) { try split(["b", "n", "f", "x"], Self.read) }
    }

    @Test func withTheOptionNoArgumentIsTheBoard() throws {
        #expect(try split(["n"], Self.read, option: "b", environment: "e") == ["b", "n"])
        #expect(
            try split(["n", "f"], Self.read, option: "b", isLocation: true) == ["b", "n", "f"])
        #expect(throws: CommandFailure.self) { try split(["x"], Self.list, option: "b") }
        #expect(throws: CommandFailure.self) { try split(["x", "n", "f"], Self.read, option: "b") }
    }

    @Test func theVariableFillsInWhatTheCountLeavesOut() throws {
        #expect(try split(["n"], Self.read, environment: "e") == ["e", "n"])
        #expect(try split(["b", "n", "f"], Self.read, environment: "e") == ["b", "n", "f"])
        #expect(try split([], Self.list, environment: "e") == ["e"])
        #expect(try split(["b"], Self.list, environment: "e") == ["b"])
        #expect(try split(["n", "p"], Self.write, environment: "e") == ["e", "n", "p"])
    }

    @Test func whereTheCountDoesNotDecideALocationDoes() throws {
        #expect(try split(["n", "f"], Self.read, environment: "e") == ["e", "n", "f"])
        #expect(
            try split(["b", "n"], Self.read, environment: "e", isLocation: true) == ["b", "n"])
        #expect(
            try split(["n", "p", "q"], Self.write, environment: "e") == ["e", "n", "p", "q"])
        #expect(
            try split(["b", "n", "p"], Self.write, environment: "e", isLocation: true)
                == ["b", "n", "p"])
    }

    @Test func locationsAreKnownByTheirLook() {
        for text in ["/b", "./b", "../b", "~/b", ".", "s3://x/y", "folder:b", "plain+s3://x"] {
            #expect(BoardArguments.isLocation(text), "\(text)")
        }
        for text in ["b", "owner/name", "a b", "1:2", "no-such-folder"] {
            #expect(!BoardArguments.isLocation(text), "\(text)")
        }
    }
}

@Suite struct TextTests {
    @Test func titlesAreThoseOfPins() {
        #expect(WriteCommand.defaultTitle("a", ["x/y.csv"]) == "a: a pinned .csv file")
        #expect(WriteCommand.defaultTitle("a", ["y.tar.gz"]) == "a: a pinned .gz file")
        #expect(WriteCommand.defaultTitle("a", ["README"]) == "a: a pinned file")
        #expect(WriteCommand.defaultTitle("a", [".profile"]) == "a: a pinned file")
        #expect(WriteCommand.defaultTitle("o/a", ["x", "y"]) == "o/a: 2 pinned files")
    }

    @Test func columnsAreAlignedAndControlCharactersGone() {
        var table = TextTable([("name", .left), ("size", .right), ("title", .left)])
        #expect(table.text.isEmpty)
        table.add("a", "10 B", "")
        table.add("long\u{1B}[31m", "1 B", "x\ny")
        #expect(
            table.text == "name       size  title\na          10 B\nlong?[31m   1 B  x?y\n")
    }

    @Test func progressFitsOneLine() {
        let half = Progress(phase: .reading, done: 1 << 20, total: 2 << 20)
        #expect(
            ProgressBar.line(half, elapsed: .seconds(2))
                == "reading [##########----------] 50 % of 2.0 MiB, 512.0 KiB/s")
        let open = Progress(phase: .marking, done: 7, total: nil)
        #expect(ProgressBar.line(open, elapsed: .seconds(1)) == "marking 7")
        let over = Progress(phase: .restoring, done: 9, total: 3)
        #expect(ProgressBar.line(over, elapsed: .zero).contains("100 %"))
    }

    @Test func failuresAreOneLine() {
        let failure = CommandFailure(.corrupt, "a\n  b\u{1B}c")
        #expect(failure.line == "a b?c" && failure.status == 65)
    }
}
