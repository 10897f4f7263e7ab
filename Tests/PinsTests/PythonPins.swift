import Foundation
import Testing

/// The real pins for Python, in the virtual environment that `make setup` makes. Where that could
/// not be made the tests that need it are skipped, and say so.
enum PythonPins {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The interpreter, or `nil` if there is none that has pins.
    private static let python: String? = {
        let environment = ProcessInfo.processInfo.environment
        let path =
            environment["PINS_VENV_PYTHON"]
            ?? root.appendingPathComponent(".build/venv-pins/bin/python").path
        if FileManager.default.isExecutableFile(atPath: path) { return path }
        FileHandle.standardError.write(
            Data("SKIPPED: TESTS AGAINST PINS FOR PYTHON: no \(path); run 'make setup'\n".utf8))
        return nil
    }()

    static var isAvailable: Bool { python != nil }

    /// Where the package's own test data are.
    static func testData() throws -> String {
        try run("import pins, os; print(os.path.dirname(pins.__file__) + \"/tests\")")
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Runs a program and gives what it printed; a failure of it is one of the test.
    ///
    /// - Parameters:
    ///   - script: Sees `arguments` as `sys.argv[1:]`, and `input` on its standard input.
    @discardableResult
    static func run(
        _ script: String, _ arguments: [String] = [], input: [UInt8] = []
    ) throws -> String {
        let python = try #require(python)
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("pins-python-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let program = folder.appendingPathComponent("program.py")
        let standardInput = folder.appendingPathComponent("input")
        let errors = folder.appendingPathComponent("errors")
        try Data(script.utf8).write(to: program)
        try Data(input).write(to: standardInput)
        try Data().write(to: errors)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = ["-B", program.path] + arguments
        var environment = ProcessInfo.processInfo.environment
        environment["PINS_CACHE_DIR"] = folder.appendingPathComponent("cache").path
        // Python writes local time and calls it UTC.
        environment["TZ"] = "UTC"
        process.environment = environment
        process.currentDirectoryURL = folder
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = try FileHandle(forReadingFrom: standardInput)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let complaints = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
        let text = String(decoding: printed, as: UTF8.self)
        try #require(process.terminationStatus == 0, "\(complaints)\(text)")
        return text
    }
}
