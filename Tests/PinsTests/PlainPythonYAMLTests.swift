import Foundation
import PinEngine
import PinFormat
import PinTesting
import Testing

@testable import Pins

/// Goal: our YAML is what PyYAML writes, byte for byte, and what it reads is what we read. Method:
/// random metadata through the real PyYAML, one process for all.
@Suite(.enabled(if: PythonPins.isAvailable)) struct PlainPythonYAMLTests {
    /// Whether R would misread it bare, so that we quote more than PyYAML does.
    private static func isQuotedForR(_ value: JSONValue) -> Bool {
        switch value {
        case .string(let text): YAMLPattern.isSpecialInR(text)
        case .array(let items): items.contains(where: isQuotedForR)
        case .object(let members):
            members.contains {
                YAMLPattern.isSpecialInR($0.key) || isQuotedForR($0.value)
            }
        default: false
        }
    }

    @Test func dumpsAreThoseOfPyYAML() throws {
        let seed: UInt64 = 31
        let random = SeededRandom(seed: seed)
        var values: [JSONValue] = []
        for _ in 0..<3_000 {
            let value = PlainSamples.value(random, depth: 0)
            values.append(.object([JSONValue.Member("user", Self.withPythonFloats(value))]))
        }
        let script = """
            import json, sys, yaml
            for value in json.load(sys.stdin):
                print(json.dumps(yaml.dump(value)))
            """
        let lines = try PythonPins.run(script, input: JSONValue.array(values).encoded)
            .split(separator: "\n", omittingEmptySubsequences: true)
        try #require(lines.count == values.count)
        var equalCount = 0
        for (value, line) in zip(values, lines) {
            let theirs = try JSONReader.parse(Array(line.utf8)).string
            guard case .mapping(let pairs, _) = YAMLNode(value) else { continue }
            let ours = YAMLEmitter.text(pairs)
            if Self.isQuotedForR(value) { continue }
            #expect(ours == theirs, "seed \(seed)")
            equalCount += 1
        }
        #expect(equalCount > 1_000)
    }

    @Test func whatWeWriteReadsTheSameInPython() throws {
        let seed: UInt64 = 32
        let random = SeededRandom(seed: seed)
        var cases: [JSONValue] = []
        for _ in 0..<2_000 {
            let value = JSONValue.object(
                [JSONValue.Member("user", PlainSamples.value(random, depth: 0))])
            guard case .mapping(let pairs, _) = YAMLNode(value) else { continue }
            cases.append(.array([.string(YAMLEmitter.text(pairs)), value]))
        }
        let script = """
            import json, sys, yaml
            for text, value in json.load(sys.stdin):
                back = yaml.safe_load(text)
                assert back == value, (text, back, value)
            print("same")
            """
        #expect(try PythonPins.run(script, input: JSONValue.array(cases).encoded) == "same\n")
    }

    @Test func whatPythonWritesWeReadAsItDoes() throws {
        // Scalars of every kind, each as it stands and in both quotes.
        let scalars = [
            "yes", "No", "on", "y", "~", "", "null", "12", "+12", "-0", "1_000", "010", "08",
            "0x1F",
            "-0x1f", "0b101", "0o17", "1:30", "-1:30", "1:60", "190:20:30", "1.", ".5", "-.5",
            "+1.5",
            "1.0e+10", "1e10", "1.e-3", "007.25", "1:30.5", "2021-04-22", "12345678e1234567",
            "123456789012345678901234567890", "0xFFFFFFFFFFFFFFFFFFFFFF", "0.1234567890123", "<",
            "a b",
            "1__0", "0_", "1_", "0b", "--1", "1-1", "2021-4-2 1:02:03", "=x",
        ]
        let script = """
            import datetime, json, math, sys, yaml
            def plain(value, text):
                if isinstance(value, (datetime.date, datetime.datetime)): return text
                if isinstance(value, float) and not math.isfinite(value): return text
                return value
            texts = json.load(sys.stdin)
            print(json.dumps([plain(yaml.safe_load("v: " + text)["v"], text) for text in texts]))
            """
        let input = JSONValue.array(scalars.map { .string($0) }).encoded
        let printed = try PythonPins.run(script, input: input)
        guard case .array(let theirs) = try JSONReader.parse(Array(printed.utf8)) else {
            return #expect(Bool(false), "\(printed)")
        }
        for (text, their) in zip(scalars, theirs) {
            let ours = try JSONReader.parse(Array(try PlainYAMLTests.json("v: \(text)").utf8))["v"]
            if case .number(let left)? = ours, case .number(let right) = their {
                #expect(left == right || Double(left) == Double(right), "\(text)")
            } else {
                #expect(ours == their, "\(text)")
            }
        }
    }

    /// Floats as Python prints them, which has no other spelling of its own.
    private static func withPythonFloats(_ value: JSONValue) -> JSONValue {
        switch value {
        case .number(let digits):
            .number(
                ["1e5": "100000.0", "1E-7": "1e-07", "1.0e+300": "1e+300"][digits] ?? digits)
        case .array(let items): .array(items.map(withPythonFloats))
        case .object(let members):
            .object(members.map { JSONValue.Member($0.key, withPythonFloats($0.value)) })
        default: value
        }
    }
}
