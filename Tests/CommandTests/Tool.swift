import Foundation
import Testing

/// What a run of `pins` left behind.
struct Outcome {
    let status: Int32
    let output: Data
    let error: String

    var text: String { String(decoding: output, as: UTF8.self) }
    /// The lines on standard error.
    var errorLines: [Substring] { error.split(separator: "\n") }

    /// The one JSON document on standard output.
    func json<Value>(as type: Value.Type = [String: Any].self) throws -> Value {
        let found = try JSONSerialization.jsonObject(with: output, options: [.fragmentsAllowed])
        return try #require(found as? Value, "another kind of document: \(text)")
    }
}

/// The built `pins`, run as a process of its own.
enum Tool {
    /// Beside the test bundle, wherever the build folder is.
    static let path: String = {
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("pins").path
        if FileManager.default.isExecutableFile(atPath: beside) { return beside }
        return URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent(".build/debug/pins").path
    }()

    /// The process's environment, without what would steer the tool.
    static var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment
        environment["PINS_BOARD"] = nil
        environment["LC_ALL"] = "C.UTF-8"
        return environment
    }

    /// Runs `pins` to its end.
    static func run(
        _ arguments: [String], input: Data = Data(), board: String? = nil, in folder: String? = nil
    ) throws -> Outcome {
        try run(path, arguments, input: input, board: board, in: folder)
    }

    /// Runs a script of bash in which `$PINS` is the tool.
    static func bash(_ script: String, _ arguments: [String] = []) throws -> Outcome {
        try run(
            "/bin/bash", ["-c", script, "bash"] + arguments, input: Data(), board: nil, in: nil)
    }

    private static func run(
        _ program: String, _ arguments: [String], input: Data, board: String?, in folder: String?
    ) throws -> Outcome {
        let scratch = try Scratch()
        let names = ["in", "out", "err"].map(scratch.path)
        for name in names { try Data().write(to: URL(fileURLWithPath: name)) }
        try input.write(to: URL(fileURLWithPath: names[0]))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = environment.merging(
            ["PINS": path].merging(board.map { ["PINS_BOARD": $0] } ?? [:]) { $1 }
        ) { $1 }
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        let handles = try (
            FileHandle(forReadingFrom: URL(fileURLWithPath: names[0])),
            FileHandle(forWritingTo: URL(fileURLWithPath: names[1])),
            FileHandle(forWritingTo: URL(fileURLWithPath: names[2]))
        )
        process.standardInput = handles.0
        process.standardOutput = handles.1
        process.standardError = handles.2
        try process.run()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationReason == .exit
                ? process.terminationStatus : 128 + process.terminationStatus,
            output: try Data(contentsOf: URL(fileURLWithPath: names[1])),
            error: String(
                decoding: try Data(contentsOf: URL(fileURLWithPath: names[2])), as: UTF8.self))
    }

    /// Starts `pins` with a pipe as its standard input.
    static func start(_ arguments: [String], error: String) throws -> (Process, FileHandle) {
        try Data().write(to: URL(fileURLWithPath: error))
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = environment
        process.standardInput = pipe
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: error))
        try process.run()
        return (process, pipe.fileHandleForWriting)
    }
}

/// A folder that is gone when the test is.
final class Scratch: Sendable {
    let folder: String

    init() throws {
        let base = FileManager.default.temporaryDirectory
        let url = base.appendingPathComponent("pins-command-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        folder = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { folder + "/" + name }

    /// Writes a file and returns its path; folders on the way are made.
    @discardableResult
    func file(_ name: String, _ content: Data) throws -> String {
        let url = URL(fileURLWithPath: path(name))
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try content.write(to: url)
        return url.path
    }

    @discardableResult
    func file(_ name: String, _ content: String) throws -> String {
        try file(name, Data(content.utf8))
    }

    func content(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path(name)))
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    /// The names in a folder, sorted.
    func names(in name: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path(name)).sorted()
    }
}

/// Bytes that do not compress, the same for the same seed.
func noise(_ count: Int, seed: UInt64) -> Data {
    var state = seed
    var words: [UInt64] = []
    words.reserveCapacity(count / 8 + 1)
    for _ in 0..<count / 8 + 1 {
        // SplitMix64.
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        words.append(word ^ word >> 31)
    }
    return words.withUnsafeBytes { Data($0.prefix(count)) }
}

/// Checks that a run failed as the contract of the command line says: the status, one line, and nothing else.
func expectFailure(
    _ outcome: Outcome, _ status: Int32, saying text: String = "",
    _ location: SourceLocation = #_sourceLocation
) {
    #expect(outcome.status == status, "\(outcome.error)", sourceLocation: location)
    #expect(outcome.errorLines.count == 1, "\(outcome.error)", sourceLocation: location)
    #expect(outcome.error.hasPrefix("pins: "), sourceLocation: location)
    if !text.isEmpty {
        #expect(outcome.error.contains(text), "\(outcome.error)", sourceLocation: location)
    }
    #expect(outcome.output.isEmpty, "\(outcome.text)", sourceLocation: location)
}

/// Runs and demands success.
@discardableResult
func succeed(
    _ arguments: String..., input: Data = Data(), location: SourceLocation = #_sourceLocation
) throws -> Outcome {
    let outcome = try Tool.run(arguments, input: input)
    #expect(
        outcome.status == 0, "pins \(arguments.joined(separator: " ")): \(outcome.error)",
        sourceLocation: location)
    return outcome
}
