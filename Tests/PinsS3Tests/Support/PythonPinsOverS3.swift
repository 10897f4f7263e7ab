import Foundation
import Testing

/// pins for Python over s3fs, in the virtual environment that Scripts/s3-setup.sh makes. Where that
/// could not be made the tests that need it are skipped, and say so.
enum PythonPinsOverS3 {
    private static let python: String? = {
        let path = S3Fleet.root.appendingPathComponent(".build/venv-pins-s3/bin/python").path
        if FileManager.default.isExecutableFile(atPath: path) { return path }
        FileHandle.standardError.write(
            Data(
                "SKIPPED: PINS FOR PYTHON OVER S3FS: no \(path); run Scripts/s3-setup.sh\n".utf8))
        return nil
    }()

    static var isAvailable: Bool { python != nil }

    /// Runs a program in which `board` is a board of pins for Python, and gives what it printed.
    ///
    /// - Parameter place: The bucket and the prefix.
    @discardableResult
    static func run(_ program: String, on server: S3TestServer, _ place: String) throws -> String {
        let python = try #require(python)
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("pins-s3-python-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let start = """
            import os, sys, datetime, pandas as pd
            from pins import board_s3
            path = os.getcwd()
            board = board_s3("\(place)", versioned=True)

            """
        let script = folder.appendingPathComponent("program.py")
        try Data((start + program).utf8).write(to: script)
        let errors = folder.appendingPathComponent("errors")
        try Data().write(to: errors)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = ["-B", script.path]
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("AWS_") }
        environment.merge(server.environment) { $1 }
        environment["AWS_DEFAULT_REGION"] = "us-east-1"
        // Servers that are no Amazon know little of the checksums that its newest client sends.
        environment["AWS_REQUEST_CHECKSUM_CALCULATION"] = "when_required"
        environment["AWS_RESPONSE_CHECKSUM_VALIDATION"] = "when_required"
        environment["PINS_CACHE_DIR"] = folder.appendingPathComponent("cache").path
        environment["TZ"] = "UTC"
        process.environment = environment
        process.currentDirectoryURL = folder
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let complaints = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
        try #require(process.terminationStatus == 0, "\(complaints)")
        return String(decoding: printed, as: UTF8.self)
    }
}
