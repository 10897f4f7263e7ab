import HTTPTesting
import PinStorage
import PinTesting
import Pins
import PinsHTTP
import Synchronization
import Testing

@testable import PinsWeb

/// Goal: an answer is used unasked while the server allows it, confirmed afterwards, and never
/// where it is forbidden. Method: a server made by hand and a clock that a test moves.
@Suite struct ResponseCacheTests {
    private let clock = ManualClock()

    private func run(
        _ headers: String, notModified: String = "",
        _ body: (RudeServer, () async throws -> HTTPResponse) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            try await withRudeServer { request, index in
                request.contains("If-None-Match: \"t") || request.contains("If-Modified-Since:")
                    ? .init("HTTP/1.1 304 Not Modified\r\n\(notModified)\r\n")
                    : .init("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\(headers)\r\n\(index)")
            } _: { server in
                let url = try HTTPURL(server.url + "_pins.yaml")
                try await body(server) {
                    // A cache of its own each time, as another process has it.
                    let cache = ResponseCache(
                        BoardCache(CacheSettings(path: folder + "/cache")),
                        identity: CacheIdentity(origin: url.origin), clock: clock)
                    return try await cache.send(
                        HTTPRequest(.get, url), over: CurlTransport.shared)
                }
            }
        }
    }

    @Test(arguments: ["ETag: \"t\"\r\n", "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"])
    func anAnswerIsConfirmed(_ headers: String) async throws {
        try await run(headers) { server, get in
            #expect(try await get().body == Array("0".utf8))
            let again = try await get()
            #expect(again.status == 200 && again.body == Array("0".utf8))
            #expect(server.requests.count == 2)
        }
    }

    @Test func anAnswerIsUsedUnaskedForItsAge() async throws {
        try await run("ETag: \"t\"\r\nCache-Control: public, max-age=60\r\nAge: 10\r\n") {
            server, get in
            _ = try await get()
            clock.advance(seconds: 49)
            #expect(try await get().body == Array("0".utf8))
            #expect(server.requests.count == 1)
            clock.advance(seconds: 1)
            #expect(try await get().body == Array("0".utf8))
            #expect(server.requests.count == 2)
            clock.advance(seconds: -100)
            _ = try await get()
            #expect(server.requests.count == 3)
        }
    }

    @Test func aConfirmationRenewsTheAge() async throws {
        let age = "Cache-Control: max-age=60\r\n"
        try await run("ETag: \"t\"\r\n", notModified: age) { server, get in
            _ = try await get()
            _ = try await get()
            _ = try await get()
            #expect(server.requests.count == 2)
        }
    }

    @Test(arguments: ["ETag: \"t\"\r\nCache-Control: no-store\r\n", ""])
    func whatMustNotBeKeptIsAskedForAgain(_ headers: String) async throws {
        try await run(headers) { (_, get) async throws in
            #expect(try await get().body == Array("0".utf8))
            #expect(try await get().body == Array("1".utf8))
        }
    }

    @Test func keptAnswersComeBackAndBrokenOnesDoNot() throws {
        let url = try HTTPURL("http://h/")
        let head = HTTPResponseHead(
            status: 200, headers: ["ETag": "\"a b\"", "Cache-Control": "max-age=5"], url: url)
        let answer = try #require(
            KeptAnswer(HTTPResponse(head, body: Array("a\n\nb".utf8)), at: 7))
        #expect(KeptAnswer(answer.bytes) == answer)
        #expect(answer.isFresh(at: 11) && !answer.isFresh(at: 12) && !answer.isFresh(at: 6))
        for count in 0..<answer.bytes.count - 4 {
            #expect(KeptAnswer(Array(answer.bytes.prefix(count))) != answer)
        }
        #expect(KeptAnswer(Array("other 1\n\n".utf8)) == nil)
    }
}
