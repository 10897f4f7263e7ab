import PinStorage
import PinTesting
import Synchronization
import Testing

@testable import PinsHTTP

/// A transport that answers from a list.
private final class Script: HTTPTransport {
    enum Step {
        case status(Int, HTTPHeaders = [:])
        case failure(HTTPError.Code)
        /// Gives the sink a byte and fails.
        case pieceAndFailure
    }

    private let steps: Mutex<[Step]>

    init(_ steps: [Step]) { self.steps = Mutex(steps) }

    var stepsLeft: Int { steps.withLock { $0.count } }

    func send(_ request: HTTPRequest, sink: HTTPBodySink?) async throws(HTTPError) -> HTTPResponse {
        let step = steps.withLock { $0.removeFirst() }
        switch step {
        case .status(let status, let headers):
            let head = HTTPResponseHead(status: status, headers: headers, url: request.url)
            return HTTPResponse(head)
        case .failure(let code): throw HTTPError(code, request, detail: "as the script says")
        case .pieceAndFailure:
            try sink?(HTTPResponseHead(status: 200, headers: [:], url: request.url), [1])
            throw HTTPError(.protocolViolation, request, detail: "cut")
        }
    }
}

/// A pause that only notes how long it would be.
private final class NotedPause: HTTPPause {
    private let noted = Mutex<[Int]>([])

    var milliseconds: [Int] { noted.withLock { $0 } }

    func pause(milliseconds: Int) async { noted.withLock { $0.append(milliseconds) } }
}

/// Goal: what may be repeated is repeated, after the right pauses, and nothing else. Method: a
/// transport that follows a script, and a pause that takes no time.
@Suite struct RetryingTransportTests {
    private let pause = NotedPause()

    private func run(
        _ steps: [Script.Step], _ method: HTTPMethod = .get, isRepeatable: Bool = false,
        sink: HTTPBodySink? = nil
    ) async -> (outcome: Result<Int, HTTPError>, left: Int) {
        let script = Script(steps)
        let transport = RetryingTransport(
            script, pause: pause, random: SeededRandom(seed: 7),
            clock: ManualClock(millisecondsSince1970: 784_111_777_000))
        do throws(HTTPError) {
            let request = HTTPRequest(
                method, try HTTPURL("http://h/p"), isRepeatable: isRepeatable)
            return (
                .success(try await transport.send(request, sink: sink).status), script.stepsLeft
            )
        } catch {
            return (.failure(error), script.stepsLeft)
        }
    }

    @Test(arguments: [408, 429, 500, 502, 503, 504])
    func passingStatusesAreTriedAgain(_ status: Int) async throws {
        let run = await run([.status(status), .status(status), .status(200)])
        #expect(try run.outcome.get() == 200)
        #expect(pause.milliseconds.count == 2)
    }

    @Test(arguments: [200, 206, 304, 400, 401, 403, 404, 409, 412, 413, 416, 501])
    func otherStatusesAreAnswers(_ status: Int) async throws {
        #expect(try await run([.status(status)]).outcome.get() == status)
        #expect(pause.milliseconds.isEmpty)
    }

    @Test func theLastAnswerIsHandedOut() async throws {
        let run = await run(Array(repeating: .status(503), count: 9))
        #expect(try run.outcome.get() == 503)
        #expect(run.left == 4)
    }

    @Test func pausesGrowAndStayBelowTheirBound() async throws {
        _ = await run(Array(repeating: .failure(.connect), count: 9))
        #expect(pause.milliseconds.count == 4)
        for (index, milliseconds) in pause.milliseconds.enumerated() {
            #expect((0...200 << index).contains(milliseconds))
        }
        #expect(Set(pause.milliseconds).count > 1)
    }

    @Test func aServerSaysHowLongToWait() async throws {
        _ = await run([.status(429, ["Retry-After": "7"]), .status(200)])
        #expect(pause.milliseconds == [7_000])
    }

    @Test func aServerSaysUntilWhenToWait() async throws {
        let date = "Sun, 06 Nov 1994 08:49:42 GMT"
        _ = await run([.status(503, ["retry-after": date]), .status(200)])
        #expect(pause.milliseconds == [5_000])
    }

    @Test func aServerThatAsksForTooLongIsAnAnswer() async throws {
        let run = await run([.status(503, ["Retry-After": "3600"])])
        #expect(try run.outcome.get() == 503)
        #expect(pause.milliseconds.isEmpty)
    }

    @Test func whatIsNotIdempotentIsRepeatedOnlyIfNobodySawIt() async throws {
        #expect(try await run([.failure(.connect), .status(201)], .post).outcome.get() == 201)
        #expect(try await run([.status(503)], .post).outcome.get() == 503)
        for code in [HTTPError.Code.timeout, .protocolViolation] {
            let run = await run([.failure(code)], .patch)
            #expect(throws: HTTPError(code, detail: "")) { try run.outcome.get() }
        }
        let asked = await run([.failure(.timeout), .status(201)], .post, isRepeatable: true)
        #expect(try asked.outcome.get() == 201)
    }

    @Test(arguments: [HTTPError.Code.tls, .cancelled, .tooLarge, .invalidRequest, .body, .redirect])
    func lastingFailuresAreNotRepeated(_ code: HTTPError.Code) async throws {
        let run = await run([.failure(code)])
        #expect(throws: HTTPError(code, detail: "")) { try run.outcome.get() }
    }

    @Test func aSinkSeesThePiecesOfOneAnswerOnly() async throws {
        let run = await run([.pieceAndFailure]) { _, _ throws(HTTPError) in }
        #expect(throws: HTTPError.self) { try run.outcome.get() }
        let touched = await self.run([.failure(.timeout), .status(200)]) {
            _, _ throws(HTTPError) in
        }
        #expect(try touched.outcome.get() == 200)
    }

    @Test func aCancelledTaskIsNotRepeated() async throws {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await run([.status(503)]).outcome
        }
        let outcome = await task.value
        #expect(throws: HTTPError(.cancelled, detail: "")) { try outcome.get() }
    }
}
