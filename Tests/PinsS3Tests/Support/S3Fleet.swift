import Foundation
import PinStorage
import PinTesting
import PinsHTTP
import PinsS3
import Synchronization
import Testing

/// A server of the tests.
struct S3TestServer: Sendable, Decodable, CustomTestStringConvertible {
    let name: String
    let endpoint: String
    let accessKey: String
    let secretKey: String
    let bucket: String
    let log: String
    /// The same server behind a proxy that breaks things.
    let faultyEndpoint: String
    /// Keys that come with a token, where the server has such.
    let sessions: [Session]

    struct Session: Sendable, Decodable {
        let accessKey: String
        let secretKey: String
        let token: String

        private enum CodingKeys: String, CodingKey {
            case token
            case accessKey = "access_key"
            case secretKey = "secret_key"
        }
    }

    var testDescription: String { name }

    /// What the server is known to be: the tests of conditional creation check the probe with it.
    var honoursConditions: Bool { name == "moto" || name == "localbucket" }
    /// Whether signatures are checked.
    var checksSignatures: Bool { name != "localbucket" }

    /// Laws of the contract that the server breaks, whoever asks: what is replaced while it is read
    /// comes with bytes of both. Objects of a board that are replaced have their own seal.
    var knownFlaws: Set<String> { honoursConditions ? [] : ["overwriteIsSeenWhole"] }

    private enum CodingKeys: String, CodingKey {
        case name, endpoint, bucket, log, sessions
        case accessKey = "access_key"
        case secretKey = "secret_key"
        case faultyEndpoint = "faulty_endpoint"
    }

    func settings(
        endpoint other: String? = nil, secret: String? = nil, accessKey: String? = nil
    ) throws -> S3Settings {
        S3Settings(
            endpoint: try S3Endpoint(other ?? endpoint),
            credentials: FixedCredentials(
                S3Credentials(
                    accessKeyID: accessKey ?? self.accessKey,
                    secretAccessKey: secret ?? secretKey)))
    }

    func client(
        _ settings: S3Settings? = nil, transport: any HTTPTransport = CurlTransport.shared,
        pause: any HTTPPause = NoPause()
    ) throws -> S3Client {
        try S3Client(
            bucket: bucket, try settings ?? self.settings(), transport: transport, pause: pause)
    }

    /// A backend below a fresh prefix.
    func backend(
        _ settings: S3Settings? = nil, partByteCount: Int = 64 << 20
    ) throws -> S3Backend {
        let location = try S3Location("s3://\(bucket)/test-\(UUID().uuidString)")
        return S3Backend(
            location, try client(settings), partByteCount: partByteCount,
            createsAtomically: honoursConditions)
    }

    /// The environment in which `pins` finds the server.
    var environment: [String: String] {
        [
            "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": accessKey,
            "AWS_SECRET_ACCESS_KEY": secretKey, "AWS_REGION": "us-east-1",
        ]
    }
}

/// Tests need not wait.
struct NoPause: HTTPPause {
    func pause(milliseconds: Int) async {}
}

/// The servers, started once for the process; they end with it, because their standard input does.
enum S3Fleet {
    /// moto alone, unless `PINS_S3_SERVERS` names others; none, with a loud line, where they cannot
    /// be installed.
    static let servers: [S3TestServer] = {
        let variable = ProcessInfo.processInfo.environment["PINS_S3_SERVERS"] ?? "moto"
        do {
            return try start(variable.split(separator: ",").map(String.init))
        } catch {
            print("SKIPPED: tests against S3 servers: \(error)")
            return []
        }
    }()

    /// Whether more than the short form of the tests is asked for.
    static let isWhole = ProcessInfo.processInfo.environment["PINS_S3_SERVERS"] != nil

    /// The one that does all that Amazon's does.
    static var moto: S3TestServer? { servers.first { $0.name == "moto" } }

    /// Keeps the servers: they live as long as the pipe.
    private static let input = Mutex<Pipe?>(nil)

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func start(_ names: [String]) throws -> [S3TestServer] {
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
        var servers: [S3TestServer] = []
        while true {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Failure(description: "they do not start") }
            text += more
            while let end = text.firstIndex(of: 0x0A) {
                let line = text[text.startIndex..<end]
                text = text[text.index(after: end)...]
                if line.elementsEqual("ready".utf8) { return servers }
                servers.append(try JSONDecoder().decode(S3TestServer.self, from: Data(line)))
            }
        }
    }
}
