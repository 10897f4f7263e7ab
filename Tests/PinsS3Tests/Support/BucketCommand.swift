import Foundation

/// The built `pins`, run as a process with an environment of its own.
enum BucketCommand {
    private static let tool: URL = {
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("pins")
        if FileManager.default.isExecutableFile(atPath: beside.path) { return beside }
        return S3Fleet.root.appendingPathComponent(".build/debug/pins")
    }()

    static func run(
        _ arguments: [String], _ environment: [String: String], in folder: String
    ) throws -> (status: Int32, output: String, error: String) {
        let process = Process()
        process.executableURL = tool
        process.arguments = arguments
        process.environment = environment.merging(
            ["PINS_CACHE_DIR": folder + "/cache", "HOME": folder, "LC_ALL": "C.UTF-8"]
        ) { $1 }
        let names = ["out", "err"].map { "\(folder)/\($0)" }
        for name in names { try Data().write(to: URL(fileURLWithPath: name)) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: names[0]))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: names[1]))
        try process.run()
        process.waitUntilExit()
        let texts = try names.map { try String(contentsOfFile: $0, encoding: .utf8) }
        return (process.terminationStatus, texts[0], texts[1])
    }
}
