import HTTPTesting
import PinStorage
import PinTesting
import PinsHTTP
import Testing

@testable import PinsS3

/// Goal: whatever a service answers, a board hears what it means, after the right number of tries.
/// Method: a server made by hand.
@Suite struct AnswerTests {
    private let pause = NotedPause()

    private static func answer(
        _ status: String, _ body: String = "", _ fields: String = ""
    ) -> RudeServer.Answer {
        RudeServer.Answer(
            "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)")
    }

    private static func error(_ status: String, _ word: String) -> RudeServer.Answer {
        answer(status, "<Error><Code>\(word)</Code><Message>so it is</Message></Error>")
    }

    private static let created = answer("200 OK", "", "ETag: \"e\"\r\n")

    private func backend(
        _ server: RudeServer, _ credentials: (any CredentialSource)? = nil, seconds: Int64 = 0
    ) throws -> S3Backend {
        let keys = S3Credentials(accessKeyID: "AKIAKEY", secretAccessKey: "s3cr3t+/value")
        let settings = S3Settings(
            endpoint: try S3Endpoint(server.url), credentials: credentials ?? FixedCredentials(keys)
        )
        let client = try S3Client(
            bucket: "bucket", settings, pause: pause, random: SeededRandom(seed: 1),
            clock: ManualClock(millisecondsSince1970: seconds * 1_000))
        return S3Backend(try S3Location("s3://bucket/p"), client)
    }

    /// Runs a body against a server that gives these answers, the last one again and again.
    private func run<Value>(
        _ answers: [RudeServer.Answer], _ credentials: (any CredentialSource)? = nil,
        seconds: Int64 = 0, _ body: (S3Backend) async throws(BackendError) -> Value
    ) async throws -> (outcome: Result<Value, BackendError>, requests: [String]) {
        try await withRudeServer({ _, index in answers[min(index, answers.count - 1)] }) {
            server in
            let backend = try backend(server, credentials, seconds: seconds)
            do throws(BackendError) {
                return (.success(try await body(backend)), server.requests)
            } catch {
                #expect(!"\(error)".contains("s3cr3t"), "\(error)")
                return (.failure(error), server.requests)
            }
        }
    }

    private func put(_ answers: [RudeServer.Answer]) async throws -> (
        outcome: Result<PutOutcome, BackendError>, requests: [String]
    ) {
        try await run(answers) { (backend) async throws(BackendError) in
            try await backend.put("a", [1, 2, 3], mode: .ifAbsent)
        }
    }

    private func get(
        _ answers: [RudeServer.Answer], seconds: Int64 = 0
    ) async throws -> (code: BackendError.Code?, message: String, requests: [String]) {
        let run = try await run(answers, seconds: seconds) {
            (backend) async throws(BackendError) in try await backend.get("a", limit: 100)
        }
        guard case .failure(let error) = run.outcome else { return (nil, "", run.requests) }
        return (error.code, error.message, run.requests)
    }

    // MARK: - Creating

    @Test func aCreationCarriesItsConditionAndItsChecksum() async throws {
        let run = try await put([Self.created])
        #expect(try run.outcome.get() == .created)
        let request = try #require(run.requests.first).lowercased()
        #expect(request.hasPrefix("put /bucket/p/a http/1.1"))
        #expect(request.contains("if-none-match: *\r\n"))
        #expect(
            request.contains(
                "x-amz-checksum-sha256: a5byxvlay0ksuzsktrtvd8wpekvmztuofyshogec+4e=\r\n"))
    }

    @Test func whatIsThereExists() async throws {
        let run = try await put([Self.error("412 Precondition Failed", "PreconditionFailed")])
        #expect(try run.outcome.get() == .exists)
        #expect(run.requests.count == 1)
    }

    @Test func aConflictIsTriedAgain() async throws {
        let conflict = Self.error("409 Conflict", "ConditionalRequestConflict")
        let run = try await put([conflict, conflict, Self.created])
        #expect(try run.outcome.get() == .created)
        #expect(run.requests.count == 3 && pause.milliseconds.count == 2)
    }

    /// The refusal may be the effect of the try whose answer was lost.
    @Test(arguments: [
        answer("500 Trouble"), answer("503 Slow"), RudeServer.Answer("", .close),
        RudeServer.Answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<", .close),
    ])
    func whatIsThereAfterALostAnswerIsUnknown(_ lost: RudeServer.Answer) async throws {
        let run = try await put([lost, Self.error("412 Failed", "PreconditionFailed")])
        #expect(try run.outcome.get() == .unknown)
        #expect(run.requests.count == 2)
    }

    @Test func aCreationAfterALostAnswerIsOne() async throws {
        let run = try await put([Self.answer("500 Trouble"), Self.created])
        #expect(try run.outcome.get() == .created)
    }

    @Test func aServerInTroubleIsGivenUpAfterFiveTries() async throws {
        let run = try await put([Self.answer("500 Trouble")])
        #expect(throws: BackendError(.unavailable, "")) { try run.outcome.get() }
        #expect(run.requests.count == 5 && pause.milliseconds.count == 4)
    }

    /// A network that asks for a password says 200 to everything.
    @Test(arguments: [
        answer("200 OK", "<html>Sign in</html>", "Content-Type: text/html\r\n"), answer("200 OK"),
    ])
    func aPageIsNoCreation(_ page: RudeServer.Answer) async throws {
        let run = try await put([page])
        #expect(throws: BackendError(.unavailable, "")) { try run.outcome.get() }
    }

    // MARK: - Reading

    @Test(arguments: [
        (error("404 Not Found", "NoSuchKey"), BackendError.Code.notFound),
        (error("404 Not Found", "NoSuchBucket"), .noSuchPlace),
        (error("403 Forbidden", "InvalidAccessKeyId"), .permissionDenied),
        (error("403 Forbidden", "SignatureDoesNotMatch"), .permissionDenied),
        (error("403 Forbidden", "AccessDenied"), .permissionDenied),
        (error("400 Bad", "ExpiredToken"), .permissionDenied),
        (error("501 No", "NotImplemented"), .notSupported),
        (answer("418 Teapot"), .ioError), (answer("304 Not Modified"), .ioError),
        (
            answer("404 Not Found", "<html>", "Content-Type: text/html\r\n"),
            .unavailable
        ),
        (
            answer("200 OK", "<!DOCTYPE html>", "Content-Type: text/html; charset=x\r\n"),
            .unavailable
        ),
        (answer("200 OK", String(repeating: "x", count: 101)), .tooLarge),
    ])
    func refusalsAreToldApart(_ answer: RudeServer.Answer, _ code: BackendError.Code) async throws {
        let run = try await get([answer])
        #expect(run.code == code, "\(run.message)")
        #expect(run.requests.count == 1)
        #expect(!run.message.isEmpty && !run.message.contains("\n"))
    }

    @Test(arguments: [
        (answer("500 Trouble"), BackendError.Code.unavailable),
        (error("503 Slow Down", "SlowDown"), .throttled), (answer("429 Many"), .throttled),
        (RudeServer.Answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", .close), .unavailable),
        (RudeServer.Answer("HTTP/1.1 200", .close), .unavailable),
        (error("400 Bad", "RequestTimeout"), .ioError),
    ])
    func passingTroubleIsTriedFiveTimes(
        _ answer: RudeServer.Answer, _ code: BackendError.Code
    ) async throws {
        let run = try await get([answer])
        #expect(run.code == code, "\(run.message)")
        #expect(run.requests.count == 5)
    }

    @Test func theServerSaysHowLongToWait() async throws {
        let slow = Self.answer("503 Slow", "", "Retry-After: 7\r\n")
        let run = try await get([slow, Self.answer("200 OK", "x")])
        #expect(run.code == nil)
        #expect(pause.milliseconds == [7_000])
    }

    @Test func aClockThatIsWrongIsNamed() async throws {
        let date = "Date: Fri, 24 May 2013 00:00:00 GMT\r\n"
        let body = "<Error><Code>RequestTimeTooSkewed</Code></Error>"
        let run = try await get(
            [Self.answer("403 Forbidden", body, date)], seconds: 1_369_353_600 - 3_600)
        #expect(run.code == .permissionDenied)
        #expect(run.message.contains("clock is 60 minutes behind"), "\(run.message)")
    }

    @Test func aRangeIsExactlyItself() async throws {
        func read(_ answer: RudeServer.Answer) async throws -> Result<[UInt8], BackendError> {
            try await run([answer]) { (backend) async throws(BackendError) in
                try await backend.get("a", range: 2..<4)
            }.outcome
        }
        let good = Self.answer("206 Part", "cd", "Content-Range: bytes 2-3/9\r\n")
        #expect(try await read(good).get() == Array("cd".utf8))
        for (bad, code) in [
            (Self.answer("206 Part", "c", "Content-Range: bytes 2-2/3\r\n"), .rangeNotSatisfiable),
            (Self.answer("206 Part", "ab", "Content-Range: bytes 0-1/9\r\n"), .unavailable),
            (Self.answer("200 OK", "ab"), .unavailable),
            (Self.answer("200 OK", "abcdefghi"), .tooLarge),
            (Self.answer("416 No"), .rangeNotSatisfiable),
        ] as [(RudeServer.Answer, BackendError.Code)] {
            let outcome = try await read(bad)
            #expect(throws: BackendError(code, "")) { try outcome.get() }
        }
    }

    // MARK: - Regions and keys

    @Test(arguments: [
        answer("301 Moved", "", "x-amz-bucket-region: eu-west-9\r\n"),
        answer(
            "400 Bad",
            "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-9</Region></Error>"),
    ])
    func anotherRegionIsAskedAndRemembered(_ moved: RudeServer.Answer) async throws {
        let here = Self.answer("200 OK", "x")
        let run = try await run([moved, here]) { (backend) async throws(BackendError) in
            _ = try await backend.get("a", limit: 9)
            return try await backend.get("b", limit: 9)
        }
        #expect(try run.outcome.get() == [0x78])
        #expect(run.requests.count == 3)
        #expect(run.requests[0].contains("/us-east-1/s3/aws4_request"))
        for request in run.requests[1...] {
            #expect(request.contains("/eu-west-9/s3/aws4_request"))
        }
    }

    @Test func aRegionIsFollowedOnce() async throws {
        let run = try await withRudeServer({ _, index in
            Self.answer("301 Moved", "", "x-amz-bucket-region: r-\(index)\r\n")
        }) { server in
            let backend = try backend(server)
            await #expect(throws: BackendError(.ioError, "")) {
                try await backend.get("a", limit: 1)
            }
            return server.requests.count
        }
        #expect(run == 2)
        // What is no region never gets into a host or a signature.
        let evil = Self.answer("301 Moved", "", "x-amz-bucket-region: evil.example/\r\n")
        #expect(try await get([evil]).requests.count == 1)
    }

    @Test func aKeyThatHasEndedIsRenewedOnce() async throws {
        func key(_ name: String) -> S3Credentials {
            S3Credentials(
                accessKeyID: name, secretAccessKey: "s3cr3t", sessionToken: "t0ken-\(name)")
        }
        let expired = Self.error("400 Bad Request", "ExpiredToken")
        let renewing = KeyList([key("OLD"), key("NEW")])
        let run = try await run([expired, Self.answer("200 OK", "x")], renewing) {
            (backend) async throws(BackendError) in try await backend.get("a", limit: 9)
        }
        #expect(try run.outcome.get() == [0x78])
        #expect(run.requests[1].contains("t0ken-NEW") && renewing.loadCount == 2)

        let same = KeyList([key("SAME")])
        let again = try await self.run([expired], same) { (backend) async throws(BackendError) in
            try await backend.get("a", limit: 9)
        }
        #expect(throws: BackendError(.permissionDenied, "")) { try again.outcome.get() }
        #expect(again.requests.count == 1)
    }

    @Test func aCancelledReadEndsAtOnce() async throws {
        try await withRudeServer({ _, _ in
            RudeServer.Answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", .hang)
        }) { server in
            let backend = try backend(server)
            let task = Task { try await backend.get("a", limit: 9) }
            await server.waitUntilHanging()
            task.cancel()
            await #expect(throws: BackendError(.cancelled, "")) { try await task.value }
            await server.waitUntilHungUp()
        }
    }

    // MARK: - Listing

    @Test func aListingThatGoesInCirclesIsAnError() async throws {
        let page = """
            <ListBucketResult><IsTruncated>true</IsTruncated>
            <NextContinuationToken>t</NextContinuationToken>
            <Contents><Key>p/NOT A KEY</Key><Size>1</Size></Contents></ListBucketResult>
            """
        let run = try await run([Self.answer("200 OK", page)]) {
            (backend) async throws(BackendError) in
            try await backend.list(prefix: "", after: nil)
        }
        #expect(throws: BackendError(.ioError, "")) { try run.outcome.get() }
        #expect(run.requests.count == 2)
    }

    @Test func nothingIsRemovedThatCannotBeNamed() async throws {
        let result = Self.answer("200 OK", "<DeleteResult/>")
        let run = try await run([result]) { (backend) async throws(BackendError) in
            try await backend.translating(nil) { (client) async throws(S3Error) in
                try await client.delete(["a&b"])
            }
        }
        try run.outcome.get()
        #expect(run.requests[0].contains("<Key>a&amp;b</Key>"))
        #expect(run.requests[0].hasPrefix("POST /bucket?delete= HTTP/1.1"))
    }
}
