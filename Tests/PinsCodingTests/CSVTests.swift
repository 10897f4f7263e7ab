import Foundation
import PinEngine
import PinTesting
import PinsCoding
import Testing

/// CSV against RFC 4180 and against Python's own reader and writer.
@Suite struct CSVTests {
    private static let pieces = [
        "", "a", ",", "\"", "\n", "\r\n", "\r", " ", "é", "\u{2028}", "\u{301}", "NA", "1.5", "\t",
        "🧵", "\u{FEFF}",
    ]

    private func table(seed: UInt64) -> CSVTable {
        var random = SeededRandom(seed: seed)
        func cell() -> String {
            (0..<Int.random(in: 0...4, using: &random))
                .map { _ in Self.pieces.randomElement(using: &random) ?? "" }.joined()
        }
        let width = Int.random(in: 1...5, using: &random)
        // A mark at the very front would be taken for one of the byte order.
        let header = (0..<width).map { "h\($0)" + cell() }
        let rows = (0..<Int.random(in: 0...6, using: &random)).map { _ in
            (0..<width).map { _ in cell() }
        }
        return CSVTable(header: header, rows: rows)
    }

    @Test func everyTableComesBackAsItWent() throws {
        let seed = UInt64.random(in: 0...(.max))
        for step: UInt64 in 0..<2_000 {
            let table = table(seed: seed &+ step)
            let back = try CSVTable(csv: table.csv())
            #expect(back == table, "seed \(seed &+ step)")
        }
    }

    /// Python reads what is written here, and what Python writes is read here.
    @Test func pythonAgreesOnEveryTable() throws {
        let seed: UInt64 = 2026
        let tables = (0..<300).map { table(seed: seed + UInt64($0)) }
        let script = """
            import csv, io, json, sys
            out = []
            for table in json.load(sys.stdin):
                rows = list(csv.reader(io.StringIO(table["csv"], newline="")))
                text = io.StringIO(newline="")
                csv.writer(text, quoting=csv.QUOTE_MINIMAL).writerows(rows)
                out.append({"rows": rows, "csv": text.getvalue()})
            json.dump(out, sys.stdout)
            """
        struct Input: Codable { var csv: String }
        struct Output: Codable {
            var rows: [[String]]
            var csv: String
        }
        let inputs = try tables.map { Input(csv: String(decoding: try $0.csv(), as: UTF8.self)) }
        let answer = try run(script, JSONEncoder().encode(inputs))
        let outputs = try JSONDecoder().decode([Output].self, from: answer)
        #expect(outputs.count == tables.count)
        for (number, (table, output)) in zip(tables, outputs).enumerated() {
            #expect(output.rows == [table.header] + table.rows, "seed \(seed + UInt64(number))")
            let back = try CSVTable(csv: Array(output.csv.utf8))
            #expect(back == table, "seed \(seed + UInt64(number))")
        }
    }

    /// Whatever bytes are taken for a table, Python's reader takes them for the same one; it takes
    /// more, such as quotes that do not close.
    @Test func pythonReadsTheSameInForeignText() throws {
        let pieces = ["\"", "\"", ",", "\n", "\r", "\r\n", "a", " ", "\u{2028}", "\t", "é"]
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededRandom(seed: seed)
        var texts: [String] = []
        var tables: [CSVTable] = []
        while tables.count < 2_000 {
            let count = Int.random(in: 1...12, using: &random)
            let text = (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            guard let table = try? CSVTable(csv: Array(text.utf8)) else { continue }
            texts.append(text)
            tables.append(table)
        }
        let script = """
            import csv, io, json, sys
            texts = json.load(sys.stdin)
            json.dump([list(csv.reader(io.StringIO(text, newline=""))) for text in texts], sys.stdout)
            """
        let answer = try run(script, JSONEncoder().encode(texts))
        let peers = try JSONDecoder().decode([[[String]]].self, from: answer)
        #expect(peers.count == tables.count)
        for (text, (table, peer)) in zip(texts, zip(tables, peers)) {
            // An empty line has no cell there, and one here where there is one column.
            let header = (peer.first ?? []).isEmpty ? [""] : peer[0]
            let rows = peer.dropFirst().map { $0.isEmpty ? [""] : $0 }
            let expected = rows.filter { header.count == 1 || $0 != [""] }
            #expect(
                table == CSVTable(header: header, rows: expected),
                "\(text.debugDescription), seed \(seed)")
        }
    }

    private func run(_ script: String, _ input: Data) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script]
        let (stdin, stdout) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput) = (stdin, stdout)
        try process.run()
        // The script reads all before it writes any.
        try stdin.fileHandleForWriting.write(contentsOf: input)
        try stdin.fileHandleForWriting.close()
        let out = try stdout.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return out
    }

    @Test(
        arguments: [
            "a,b\n1\n", "a,b\n1,2,3\n", "a\n\"open\n", "a\n\"x\"y\n", "a,b\n1,\"2\"\"\n",
        ])
    func whatIsNoTableIsRefused(text: String) {
        do throws(EngineError) {
            let table = try CSVTable(csv: Array(text.utf8))
            Issue.record("\(table) was read from \(text.debugDescription)")
        } catch {
            #expect(error.code == .corrupt)
        }
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        #expect(throws: EngineError.self) { try CSVTable(csv: Array("a\n".utf8) + [0xFF, 0x0A]) }
    }

    @Test(
        arguments: [
            ("a,b\r\n\r\n1,\"x\ny\"\n1\n", "line 5 "), ("a\n\n\n\"x\ny", "line 4 "),
            ("a\r1\r\"x\"y\r", "line 3 "), ("a\n\"\n\n\"\n\u{0}\"\n1,2", "line 6 "),
        ])
    func refusalsSayTheLine(text: String, line: String) {
        do throws(EngineError) {
            let table = try CSVTable(csv: Array(text.utf8))
            Issue.record("\(table) was read from \(text.debugDescription)")
        } catch {
            #expect(error.message.contains(line), "\(error.message)")
        }
    }

    @Test(
        arguments: [
            // A quote in a cell that none opens is a byte like any other, as for Python.
            ("a,b\n5\" pipe,x\"\"y\n", ["a", "b"], [["5\" pipe", "x\"\"y"]]),
            ("a,b\n \"x\", \n", ["a", "b"], [[" \"x\"", " "]]),
            ("\u{FEFF}a,b\r\n1,\r\n", ["a", "b"], [["1", ""]]),
            ("\u{FEFF}\"a\",b\r,\r", ["a", "b"], [["", ""]]),
            ("a\n\n1\n", ["a"], [[""], ["1"]]), ("a,b\n\n1,2\n\n", ["a", "b"], [["1", "2"]]),
            ("a,b\n1\u{0},\u{0}\n", ["a", "b"], [["1\u{0}", "\u{0}"]]),
            ("a\u{2028}b\n\t\n", ["a\u{2028}b"], [["\t"]]), ("", [], []),
            ("\u{FEFF}", [], []), ("a,", ["a", ""], []), ("\"\"", [""], []),
        ] as [(String, [String], [[String]])])
    func cellsStandAsTheyAre(text: String, header: [String], rows: [[String]]) throws {
        #expect(try CSVTable(csv: Array(text.utf8)) == CSVTable(header: header, rows: rows))
    }

    /// The parse goes on from piece to piece, and cells grow beyond the memory they began with.
    @Test func widthAndLengthHaveNoBoundOfTheirOwn() throws {
        let wide = CSVTable(
            header: (0..<1_000_000).map { "c\($0)" },
            rows: [[String](repeating: "", count: 1_000_000)])
        #expect(try CSVTable(csv: wide.csv()) == wide)
        let cell = String(repeating: "\"é\r\n,", count: 200_000)
        let long = CSVTable(header: ["a", cell], rows: [[cell, "b"], ["", cell]])
        #expect(try CSVTable(csv: long.csv()) == long)
        let bare = CSVTable(header: ["a"], rows: [["x" + String(repeating: "\"", count: 200_000)]])
        #expect(try CSVTable(csv: Array("a\n\(bare.rows[0][0])".utf8)) == bare)
    }

    @Test func bytesOfAStrangerNeverTrap() {
        let alphabet = Array("\",\n\r a\u{FEFF}".utf8) + [0xFF]
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededRandom(seed: seed)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...12, using: &random)
            let bytes = (0..<count).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            if let table = try? CSVTable(csv: bytes) {
                #expect(table.rows.allSatisfy { $0.count == table.header.count }, "seed \(seed)")
            }
        }
    }
}
