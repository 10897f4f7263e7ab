import HTTPTesting
import PinTesting
import Synchronization
import Testing

@testable import PinsHTTP

/// Goal: whatever a server does, the caller gets a typed error or the whole answer. Method: a
/// server made by hand that breaks each rule in turn.
@Suite struct RudeServerTests {
    private let transport = CurlTransport()

    private func get(
        _ server: RudeServer, _ change: (inout HTTPRequest) -> Void = { _ in }
    ) async throws(HTTPError) -> HTTPResponse {
        var request = HTTPRequest(.get, try HTTPURL(server.url + "path?secret=1"))
        change(&request)
        return try await transport.send(request)
    }

    private static func answer(
        _ status: String, _ headers: String = "", body: String = ""
    ) -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nshort\r\n",
        "HTTP/1.1 200 OK\r\nContent-Le", "", "220 mail.example.org ESMTP\r\n", "HTTP/1.1 200",
    ])
    func brokenAnswersAreErrors(_ text: String) async throws {
        try await withRudeServer { _, _ in
            .init(text, .close)
        } _: { server in
            let error = await #expect(throws: HTTPError.self) { try await get(server) }
            #expect(error?.code == .protocolViolation, "\(String(describing: error))")
            #expect(error?.description.contains("secret") == false)
            #expect(error?.host == "127.0.0.1:\(server.port)" && error?.path == "/path")
        }
    }

    @Test func aBodyThatStopsMeetsTheDeadline() async throws {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"
        try await withRudeServer { _, _ in
            .init(text, .hang)
        } _: { server in
            let error = await #expect(throws: HTTPError.self) {
                try await get(server) { $0.deadline.totalMilliseconds = 200 }
            }
            #expect(error?.code == .timeout)
            await server.waitUntilHungUp()
        }
    }

    @Test func cancellationEndsATransferThatWaits() async throws {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"
        try await withRudeServer { _, _ in
            .init(text, .hang)
        } _: { server in
            let task = Task { () async -> HTTPError? in
                do throws(HTTPError) {
                    _ = try await get(server)
                    return nil
                } catch {
                    return error
                }
            }
            await server.waitUntilHanging()
            task.cancel()
            #expect(await task.value?.code == .cancelled)
            await server.waitUntilHungUp()
        }
    }

    @Test func aTaskThatIsCancelledAlreadySendsNothing() async throws {
        try await withRudeServer { _, _ in
            .init(Self.answer("200 OK"))
        } _: { server in
            let task = Task { () async throws -> HTTPResponse in
                withUnsafeCurrentTask { $0?.cancel() }
                return try await get(server)
            }
            await #expect(throws: HTTPError(.cancelled, detail: "")) { try await task.value }
            #expect(server.requests.isEmpty)
        }
    }

    @Test func bodiesAboveTheLimitAreRefused() async throws {
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n"
        for text in [Self.answer("200 OK", body: "12345"), chunked] {
            try await withRudeServer { _, _ in
                .init(text)
            } _: { server in
                await #expect(throws: HTTPError(.tooLarge, detail: "")) {
                    try await get(server) { $0.responseByteCountMax = 4 }
                }
                let whole = try await get(server) { $0.responseByteCountMax = 5 }
                #expect(whole.body == Array("12345".utf8))
            }
        }
    }

    @Test func aLengthThatIsALieTakesNoMemory() async throws {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000000\r\n\r\nx"
        try await withRudeServer { _, _ in
            .init(text, .close)
        } _: { server in
            await #expect(throws: HTTPError(.tooLarge, detail: "")) { try await get(server) }
        }
    }

    @Test func headersWithoutEndAreRefused() async throws {
        let lines = String(
            repeating: "X-Filler: \(String(repeating: "x", count: 980))\r\n", count: 400)
        let text = "HTTP/1.1 200 OK\r\n" + lines
        try await withRudeServer { _, _ in
            .init(text, .hang)
        } _: { server in
            await #expect(throws: HTTPError(.tooLarge, detail: "")) { try await get(server) }
        }
    }

    @Test func interimAnswersAreNotTheAnswer() async throws {
        let text = "HTTP/1.1 103 Early Hints\r\nX: 1\r\n\r\n" + Self.answer("200 OK", "Y: 2\r\n")
        try await withRudeServer { _, _ in
            .init(text)
        } _: { server in
            let answer = try await get(server)
            #expect(answer.status == 200 && answer.headers["X"] == nil)
            #expect(answer.headers["Y"] == "2")
        }
    }

    @Test func redirectsAreFollowedWhenAskedAndKeepSecretsAtHome() async throws {
        try await withRudeServer { _, _ in
            .init(Self.answer("200 OK", body: "there"))
        } _: { other in
            let away = "Location: \(other.url)x\r\n"
            try await withRudeServer { request, _ in
                request.hasPrefix("GET /home")
                    ? .init(Self.answer("302 Found", away))
                    : .init(Self.answer("301 Moved", "Location: /home\r\n"))
            } _: { server in
                let headers: HTTPHeaders = [
                    "Authorization": "Key k", "X-My-Key": "k2", "range": "bytes=0-9",
                ]
                let first = try await get(server) { $0.headers = headers }
                #expect(first.status == 301)
                let last = try await get(server) {
                    $0.headers = headers
                    $0.redirectMaximum = 2
                }
                #expect(last.body == Array("there".utf8) && last.head.url.text == "\(other.url)x")
                #expect(server.requests.last?.contains("Authorization: Key k") == true)
                let seen = try #require(other.requests.first)
                #expect(!seen.contains("Key k") && !seen.contains("k2"))
                #expect(seen.contains("range: bytes=0-9"))
                await #expect(throws: HTTPError(.redirect, detail: "")) {
                    try await get(server) { $0.redirectMaximum = 1 }
                }
            }
        }
    }

    @Test(arguments: ["file:///etc/passwd", "ftp://127.0.0.1/", "http://u:p@127.0.0.1/"])
    func redirectsGoToHTTPOnly(_ target: String) async throws {
        let text = Self.answer("302 Found", "Location: \(target)\r\n")
        try await withRudeServer { _, _ in
            .init(text)
        } _: { server in
            await #expect(throws: HTTPError(.redirect, detail: "")) {
                try await get(server) { $0.redirectMaximum = 3 }
            }
        }
    }

    @Test func nothingGoesFromHTTPSToHTTP() throws {
        let request = HTTPRequest(.get, try HTTPURL("https://h/"))
        #expect(throws: HTTPError(.redirect, detail: "")) {
            try request.redirected(to: "http://h/")
        }
        let put = HTTPRequest(.put, try HTTPURL("https://h/"))
        #expect(throws: HTTPError(.redirect, detail: "")) { try put.redirected(to: "https://h/x") }
    }

    @Test func aConnectionThatWasClosedMeanwhileIsReplacedAndTheBodySentAgain() async throws {
        // Both answers promise to keep the connection; the first one is closed all the same.
        try await withRudeServer { _, index in
            .init(Self.answer("200 OK", body: "\(index)"), index == 0 ? .close : .keep)
        } _: { server in
            let url = try HTTPURL(server.url)
            let bytes = Array("body".utf8)
            for index in 0..<3 {
                let body = HTTPBody.stream(byteCount: 4) { PieceReader(bytes) }
                let answer = try await transport.send(HTTPRequest(.put, url, body: body))
                #expect(answer.body == Array("\(index)".utf8))
            }
            #expect(server.requests.allSatisfy { $0.hasSuffix("\r\n\r\nbody") })
        }
    }

    @Test func methodsSendTheirBodiesAndNoMore() async throws {
        try await withRudeServer { _, _ in
            .init(Self.answer("200 OK"))
        } _: { server in
            let url = try HTTPURL(server.url)
            for method in [HTTPMethod.post, .patch, .put, .delete] {
                for body in [HTTPBody.none, .bytes(Array("{}".utf8))] {
                    _ = try await transport.send(
                        HTTPRequest(method, url, headers: ["Content-Type": "a/b"], body: body))
                }
                let (bare, full) = (server.requests.dropLast().last, server.requests.last)
                #expect(bare?.hasPrefix("\(method) / HTTP/1.1\r\n") == true)
                #expect(bare?.hasSuffix("\r\n\r\n") == true)
                #expect(method == .delete || bare?.contains("Content-Length: 0\r\n") == true)
                #expect(full?.contains("Content-Length: 2\r\n") == true)
                #expect(full?.hasSuffix("\r\n\r\n{}") == true)
                #expect(full?.contains("Content-Type: a/b\r\n") == true)
                #expect(full?.contains("Expect") == false && full?.contains("urlenc") == false)
            }
        }
    }

    @Test func aReaderThatFailsEndsTheTransfer() async throws {
        final class Failing: HTTPBodyReader {
            func read(limit: Int) throws(HTTPError) -> [UInt8] {
                throw HTTPError(.body, detail: "the source is gone")
            }
        }
        try await withRudeServer { _, _ in
            .init(Self.answer("200 OK"))
        } _: { server in
            let url = try HTTPURL(server.url)
            let error = await #expect(throws: HTTPError.self) {
                let body = HTTPBody.stream(byteCount: 9) { Failing() }
                return try await transport.send(HTTPRequest(.put, url, body: body))
            }
            #expect(error?.code == .body && error?.detail == "the source is gone")
        }
    }

    @Test func whereNobodyListensThereIsNoConnection() async throws {
        let port = try LoopbackSocket.freePort()
        let error = await #expect(throws: HTTPError.self) {
            try await transport.send(HTTPRequest(.get, try HTTPURL("http://127.0.0.1:\(port)/")))
        }
        #expect(error?.code == .connect && error?.isBeforeRequest == true)
    }

    @Test func aServerThatAsksToComeBackIsAskedAgain() async throws {
        try await withRudeServer { _, index in
            index < 2
                ? .init(Self.answer("503 Busy", "Retry-After: 0\r\n"))
                : .init(Self.answer("200 OK", body: "now"))
        } _: { server in
            let policy = HTTPRetryPolicy(firstPauseMilliseconds: 1)
            let patient = RetryingTransport(transport, policy: policy)
            let answer = try await patient.send(HTTPRequest(.get, try HTTPURL(server.url)))
            #expect(answer.body == Array("now".utf8) && server.requests.count == 3)
        }
    }
}
