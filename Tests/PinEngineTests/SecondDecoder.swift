import Foundation
import PinStorage
import Testing

/// What others make of a board that the engine wrote: the decoder in Python, written from FORMAT.md
/// alone, and the stock `zstd`. Both come with `make setup`.
enum SecondDecoder {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// What is wrong with a board, in the words of the tool that found it; empty if nothing is.
    static func complaints(about backend: MemoryBackend) throws -> String {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("pins-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        var packs: [String] = []
        for (key, bytes) in backend.snapshot {
            let file = folder.appendingPathComponent(key.description)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: file)
            if key.description.hasPrefix("packs/") { packs.append(file.path) }
        }
        let script = root.appendingPathComponent("Tests/Vectors/strict_checks.py").path
        var complaints = try run(python(), ["-B", script, "verify", folder.path])
        for pack in packs.sorted() { complaints += try run("/usr/bin/env", ["zstd", "-tq", pack]) }
        return complaints
    }

    private static func python() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        if let chosen = environment["PINS_PYTHON"], !chosen.isEmpty { return chosen }
        let inVenv = root.appendingPathComponent(".build/venv/bin/python").path
        let onPath = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/python3" }
        let found = ([inVenv] + onPath).filter(FileManager.default.isExecutableFile(atPath:))
        let able = try found.first { try run($0, ["-c", "import zstandard"]).isEmpty }
        return try #require(able, "no python3 with zstandard: run `make setup`, or set PINS_PYTHON")
    }

    /// What a program printed, if it failed.
    private static func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        if process.terminationStatus == 0 { return "" }
        let command = ([program] + arguments).joined(separator: " ")
        return "\(command): status \(process.terminationStatus)\n"
            + String(decoding: output, as: UTF8.self)
    }
}
