import Foundation
import Synchronization

/// An S3 server of the tests, in a process of its own.
public struct S3Process: Sendable, Decodable {
    public let name: String
    public let endpoint: String
    public let accessKey: String
    public let secretKey: String
    public let bucket: String
    public let log: String
    /// The same server behind a proxy that breaks things.
    public let faultyEndpoint: String
    /// Keys that come with a token, where the server has such.
    public let sessions: [Session]

    /// Keys of a session.
    public struct Session: Sendable, Decodable {
        public let accessKey: String
        public let secretKey: String
        public let token: String

        private enum CodingKeys: String, CodingKey {
            case token
            case accessKey = "access_key"
            case secretKey = "secret_key"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case name, endpoint, bucket, log, sessions
        case accessKey = "access_key"
        case secretKey = "secret_key"
        case faultyEndpoint = "faulty_endpoint"
    }

    /// The servers, started once for the process; they end with it, because their standard input
    /// does: moto alone, unless `PINS_S3_SERVERS` names others; none, with a loud line, where they
    /// cannot be installed.
    public static let fleet: [S3Process] = {
        let variable = ProcessInfo.processInfo.environment["PINS_S3_SERVERS"] ?? "moto"
        do {
            return try start(variable.split(separator: ",").map(String.init))
        } catch {
            print("SKIPPED: tests against S3 servers: \(error)")
            return []
        }
    }()

    /// Keeps the servers: they live as long as the pipe.
    private static let input = Mutex<Pipe?>(nil)

    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func start(_ names: [String]) throws -> [S3Process] {
        let python = root.appendingPathComponent(".build/venv-s3/bin/python").path
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw Failure(description: "they are not installed; run Scripts/s3-setup.sh")
        }
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("pins-s3-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let (process, input, output) = (Process(), Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments =
            [root.appendingPathComponent("Scripts/s3_servers.py").path, folder.path] + names
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        self.input.withLock { $0 = input }
        var text = Data()
        var servers: [S3Process] = []
        while true {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Failure(description: "they do not start") }
            text += more
            while let end = text.firstIndex(of: 0x0A) {
                let line = text[text.startIndex..<end]
                text = text[text.index(after: end)...]
                if line.elementsEqual("ready".utf8) { return servers }
                servers.append(try JSONDecoder().decode(S3Process.self, from: Data(line)))
            }
        }
    }
}
