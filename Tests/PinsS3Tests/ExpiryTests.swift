import Foundation
import HTTPTesting
import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Pins
import PinsHTTP
import Synchronization
import Testing

@testable import PinsS3

/// Goal: a session that ends while an upload is under way is renewed and the upload goes on, or
/// ends with one line and nothing half-committed; so does a clock that is wrong. Method: between us
/// and moto a transport plays the service that finds the session over.
@Suite(.serialized) struct ExpiryTests {
    /// Finds a session over after some requests.
    private final class EndingSession: HTTPTransport {
        private struct State {
            var putCount = 0
            var ended: Set<String> = []
            var refusalCount = 0
        }

        private let state = Mutex(State())
        /// After which PUT the session of that moment is over.
        private let putCount: Int

        init(afterPuts putCount: Int) { self.putCount = putCount }

        var refusalCount: Int { state.withLock { $0.refusalCount } }

        func send(
            _ request: HTTPRequest, sink: HTTPBodySink?
        ) async throws(HTTPError) -> HTTPResponse {
            let token = request.headers["x-amz-security-token"] ?? ""
            let isRefused = state.withLock { state in
                if request.method == .put {
                    state.putCount += 1
                    if state.putCount == putCount { state.ended.insert(token) }
                }
                guard state.ended.contains(token) else { return false }
                state.refusalCount += 1
                return true
            }
            guard isRefused else { return try await CurlTransport.shared.send(request, sink: sink) }
            let body = """
                <?xml version="1.0"?><Error><Code>ExpiredToken</Code>\
                <Message>The provided token has expired.</Message></Error>
                """
            return HTTPResponse(
                HTTPResponseHead(status: 400, headers: HTTPHeaders(), url: request.url),
                body: request.method == .head ? [] : Array(body.utf8))
        }
    }

    private static func boards(
        _ server: S3TestServer, _ transport: EndingSession, sessionCount: Int
    ) throws -> S3Boards {
        let keys = server.sessions.prefix(sessionCount).map {
            S3Credentials(
                accessKeyID: $0.accessKey, secretAccessKey: $0.secretKey, sessionToken: $0.token)
        }
        var settings = S3Settings(
            endpoint: try S3Endpoint(server.endpoint), credentials: KeyList(keys))
        settings.partByteCount = 5 << 20
        return S3Boards(settings: settings, transport: transport)
    }

    private static func request(_ bytes: [UInt8]) -> WriteRequest {
        WriteRequest(
            pin: "p", files: [InputFile(path: "data.bin", source: BytesSource(bytes))],
            metadata: VersionMetadata(createdSeconds: 1_800_000_000, type: "file", title: "p"))
    }

    @Test(arguments: S3Fleet.moto.map { [$0] } ?? [], [1, 3, 6, 9])
    func anUploadGoesOnAfterItsSessionWasRenewed(
        _ server: S3TestServer, _ putCount: Int
    ) async throws {
        let location = "s3://\(server.bucket)/expiry-\(UUID().uuidString)"
        _ = try await S3Boards(settings: try server.settings()).create(location)
        let transport = EndingSession(afterPuts: putCount)
        let boards = try Self.boards(server, transport, sessionCount: 2)
        // Seven parts of a pack, and what commits it.
        let bytes = SeededRandom(seed: 51).bytes(count: 31 << 20)
        _ = try await boards.open(location).write(Self.request(bytes))
        #expect(transport.refusalCount >= 1)
        let board = try await S3Boards(settings: try server.settings()).open(location)
        let version = try await board.version("p")
        #expect(try await version.bytes(version.file()) == bytes)
    }

    @Test(arguments: S3Fleet.moto.map { [$0] } ?? [], [1, 3, 6, 9])
    func anUploadThatCannotBeRenewedEndsWithOneLine(
        _ server: S3TestServer, _ putCount: Int
    ) async throws {
        let location = "s3://\(server.bucket)/expiry-\(UUID().uuidString)"
        let sound = S3Boards(settings: try server.settings())
        _ = try await sound.create(location)
        let transport = EndingSession(afterPuts: putCount)
        let boards = try Self.boards(server, transport, sessionCount: 1)
        let bytes = SeededRandom(seed: 52).bytes(count: 31 << 20)
        let board = try await boards.open(location)
        let error = await #expect(throws: EngineError.self) {
            try await board.write(Self.request(bytes))
        }
        #expect(error?.code == .notPermitted, "\(error?.message ?? "")")
        #expect(error?.message.contains("sign in again") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("\n") == false)
        let after = try await sound.open(location)
        #expect(try await after.list().isEmpty)
        #expect(try await after.form.verify(VerifyOptions(), progress: nil).isSound)
        // The same write again, with keys that last.
        _ = try await after.write(Self.request(bytes))
        let version = try await after.version("p")
        #expect(try await version.bytes(version.file()) == bytes)
    }

    @Test(arguments: S3Fleet.moto.map { [$0] } ?? [])
    func aWrongClockIsNamed(_ server: S3TestServer) async throws {
        try await withRudeServer { _, _ in
            RudeServer.Answer(
                "HTTP/1.1 403 Forbidden\r\nDate: Thu, 26 Nov 2026 12:00:00 GMT\r\n"
                    + "Content-Type: application/xml\r\nContent-Length: 53\r\n\r\n"
                    + "<Error><Code>RequestTimeTooSkewed</Code></Error>     ")
        } _: { rude in
            var settings = try server.settings(endpoint: rude.url)
            settings.retries.attemptCount = 1
            let boards = S3Boards(settings: settings)
            let error = await #expect(throws: EngineError.self) {
                try await boards.open("s3://\(server.bucket)/x")
            }
            #expect(error?.code == .notPermitted)
            #expect(error?.message.contains("this machine's clock is") == true)
            #expect(error?.message.contains("set it") == true)
        }
    }

    @Test func keysOfTheMachineDoNotGoThroughAProxy() async throws {
        // Method: the proxy of the environment leads nowhere; the service of the machine answers.
        try await withRudeServer { request, _ in
            let body =
                request.hasPrefix("PUT")
                ? "token"
                : request.contains("/role ")
                    ? #"{"AccessKeyId":"AKIAROLE","SecretAccessKey":"s","Token":"t"}"# : "role"
            return RudeServer.Answer(
                "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        } _: { rude in
            try await withTemporaryFolder { (folder) async throws in
                let outcome = try BucketCommand.run(
                    ["list", "s3://bucket/board"],
                    [
                        "http_proxy": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1",
                        "AWS_ENDPOINT_URL": "http://storage.invalid",
                        "AWS_EC2_METADATA_SERVICE_ENDPOINT": String(rude.url.dropLast()),
                    ], in: folder)
                // The bucket is asked through the proxy, with the keys that came past it.
                #expect(outcome.status == 69, "\(outcome.error)")
                #expect(!outcome.error.contains("no keys"))
                #expect(rude.requests.count == 3)
            }
        }
    }
}
