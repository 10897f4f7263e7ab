import Foundation
import HTTPTesting
import PinStorage
import PinTesting
import PinsHTTP
import PinsS3
import Testing

/// A server of the tests.
struct S3TestServer: Sendable, CustomTestStringConvertible {
    let process: S3Process

    var name: String { process.name }
    var endpoint: String { process.endpoint }
    var accessKey: String { process.accessKey }
    var secretKey: String { process.secretKey }
    var bucket: String { process.bucket }
    var log: String { process.log }
    /// The same server behind a proxy that breaks things.
    var faultyEndpoint: String { process.faultyEndpoint }
    /// Keys that come with a token, where the server has such.
    var sessions: [S3Process.Session] { process.sessions }

    var testDescription: String { name }

    /// What the server is known to be: the tests of conditional creation check the probe with it.
    var honoursConditions: Bool { name == "moto" || name == "localbucket" }
    /// Whether signatures are checked.
    var checksSignatures: Bool { name != "localbucket" }

    /// Whether s3fs can remove objects there. It asks for many at once, and has no other way where a
    /// server cannot do that (localbucket: NotImplemented) or not as it asks (nanio: InternalError).
    var letsS3fsRemove: Bool { name == "moto" || name == "rclone" }

    /// Laws of the contract that the server breaks, whoever asks: what is replaced while it is read
    /// comes with bytes of both. Objects of a board that are replaced have their own seal.
    var knownFlaws: Set<String> { honoursConditions ? [] : ["overwriteIsSeenWhole"] }

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

/// The servers of the process.
enum S3Fleet {
    static let servers = S3Process.fleet.map { S3TestServer(process: $0) }

    /// Whether more than the short form of the tests is asked for.
    static let isWhole = ProcessInfo.processInfo.environment["PINS_S3_SERVERS"] != nil

    /// The one that does all that Amazon's does.
    static var moto: S3TestServer? { servers.first { $0.name == "moto" } }

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
