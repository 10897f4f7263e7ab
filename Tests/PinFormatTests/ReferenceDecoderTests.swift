import Foundation
import PinFormat
import PinTransforms
import Testing

/// Goal: the second decoder, written from FORMAT.md alone, agrees with every vector.
/// Method: it and its strict checks run over the folder of vectors; they need Python with the
/// package zstandard, which `make setup` installs.
@Suite struct ReferenceDecoderTests {
    private static func python() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        if let chosen = environment["PINS_PYTHON"], !chosen.isEmpty { return chosen }
        let root = VectorFiles.folder.deletingLastPathComponent().deletingLastPathComponent()
        let inVenv = root.appendingPathComponent(".build/venv/bin/python").path
        let onPath = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/python3" }
        let found = ([inVenv] + onPath).filter(FileManager.default.isExecutableFile(atPath:))
        let able = try found.first { try run($0, ["-c", "import zstandard"]).status == 0 }
        return try #require(
            able, "no python3 with the package zstandard: run `make setup`, or set PINS_PYTHON")
    }

    private static func run(
        _ program: String, _ arguments: [String]
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    private static let decoder = script("reference_decoder.py")
    private static let strictChecks = script("strict_checks.py")

    private static func script(_ name: String) -> String {
        VectorFiles.folder.appendingPathComponent(name).path
    }

    // Not while the vectors are being written.
    @Test(.enabled(if: !VectorFiles.isWriting)) func agreesWithEveryVector() throws {
        let result = try Self.run(
            try Self.python(), ["-B", Self.strictChecks, "vectors", VectorFiles.folder.path])
        #expect(result.status == 0, "\(result.output)")
    }

    @Test(.enabled(if: !VectorFiles.isWriting)) func findsEveryDamagedObjectOfABoard() throws {
        let fileManager = FileManager.default
        let copy = fileManager.temporaryDirectory.appendingPathComponent(
            "pins-\(UUID().uuidString)")
        defer { try? fileManager.removeItem(at: copy) }
        try fileManager.copyItem(
            at: VectorFiles.folder.appendingPathComponent("boards/encoded"), to: copy)
        let python = try Self.python()
        for key in try fileManager.subpathsOfDirectory(atPath: copy.path).sorted() {
            let file = copy.appendingPathComponent(key)
            guard let whole = try? Data(contentsOf: file), key != "latest" else { continue }
            var damaged = whole
            damaged[damaged.count / 2] ^= 0x10
            try damaged.write(to: file)
            for script in [Self.decoder, Self.strictChecks] {
                let result = try Self.run(python, ["-B", script, "verify", copy.path])
                #expect(result.status == 1, "\(script) misses a damaged \(key): \(result.output)")
            }
            try whole.write(to: file)
        }
    }

    /// Packs of more than 8 MiB have several groups; here two.
    @Test func mendsPacksOfSeveralGroups() throws {
        let pack =
            stream("groups", 64).flatMap { byte in
                [UInt8](repeating: byte, count: 1 << 17) + [byte ^ 0x5A]
            } + stream("end", 70_000)
        let layout = ParityLayout(packByteCount: pack.count, percent: 3)
        #expect(layout.groupCount == 2)
        var encoder = ParityEncoder(layout)
        encoder.update(pack.span.bytes)
        let parity = encoder.finish(name: Sample.name(1, 7))
        var damaged = pack
        let run = pack.count * 3 / 100
        damaged.replaceSubrange(1_000_001..<1_000_001 + run, with: repeatElement(9, count: run))
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("pins-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func mend(_ pack: [UInt8], _ parity: [UInt8]) throws -> (status: Int32, output: Data) {
            let files = ["pack", "parity", "out"].map { folder.appendingPathComponent($0) }
            try Data(pack).write(to: files[0])
            try Data(parity).write(to: files[1])
            let command = #""$1" -B "$2" mend "$3" "$4" > "$5""#
            let status = try Self.run(
                "/bin/sh",
                ["-c", command, "sh", try Self.python(), Self.decoder] + files.map(\.path)
            ).status
            return (status, try Data(contentsOf: files[2]))
        }
        let mended = try mend(damaged, parity)
        #expect(mended.status == 0 && mended.output == Data(pack))
        // More of one group than it can bear: no bytes at all.
        for block in 0...layout.rowCount { damaged[block * 2 * 65_536] ^= 1 }
        let refused = try mend(damaged, parity)
        #expect(refused.status == 1 && refused.output.isEmpty)
    }

    @Test(.enabled(if: !VectorFiles.isWriting)) func printsAFileOfABoard() throws {
        let board = VectorFiles.folder.appendingPathComponent("boards/encoded").path
        // A delta of two bases; the number of bytes is the one of encoded.json.
        let result = try Self.run(
            try Self.python(),
            [
                "-B", Self.decoder, "cat", board, "encoded", "20260102T030408Z-46172",
                "pack-delta2-2",
            ])
        #expect(result.status == 0)
        #expect(result.output.utf8.count == 864)
    }
}
