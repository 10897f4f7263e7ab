public import PinStorage

/// How often, and after how long, a request is sent again.
public struct HTTPRetryPolicy: Sendable, Hashable {
    /// How often a request is sent in all; at least 1.
    public var attemptCount: Int
    /// The longest pause before the second attempt, in milliseconds; it doubles with each.
    public var firstPauseMilliseconds: Int
    /// The longest pause that is made, also one that a server asks for: a longer one is an answer.
    public var pauseMillisecondsMax: Int
    /// Statuses after which the same request may succeed.
    public var statuses: Set<Int>

    /// A policy: five attempts within about three seconds, pauses of at most a minute.
    public init(
        attemptCount: Int = 5, firstPauseMilliseconds: Int = 200,
        pauseMillisecondsMax: Int = 60_000,
        statuses: Set<Int> = [408, 429, 500, 502, 503, 504]
    ) {
        precondition(attemptCount >= 1, "a request is sent once at least")
        precondition(
            firstPauseMilliseconds > 0 && pauseMillisecondsMax >= firstPauseMilliseconds,
            "a pause has a length")
        self.attemptCount = attemptCount
        self.firstPauseMilliseconds = firstPauseMilliseconds
        self.pauseMillisecondsMax = pauseMillisecondsMax
        self.statuses = statuses
    }
}

/// Waits. Injected, so that tests need not.
public protocol HTTPPause: Sendable {
    /// Lets the time pass; returns early when the task is cancelled.
    func pause(milliseconds: Int) async
}

/// Waits by the clock that never goes back.
public struct SystemPause: HTTPPause {
    public init() {}

    public func pause(milliseconds: Int) async {
        // Cancellation is looked at by whoever called.
        try? await Task.sleep(for: .milliseconds(milliseconds))
    }
}

/// Sends a request again where that may help: exponential back-off with full jitter, or as long as
/// `Retry-After` says.
///
/// Requests whose method is idempotent, or that say so, are sent again after any passing failure;
/// others only where it is certain that no server saw them. A body that was handed to a sink is
/// never asked for again: a sink sees the pieces of one answer only.
public struct RetryingTransport: HTTPTransport {
    private let base: any HTTPTransport
    private let policy: HTTPRetryPolicy
    private let pause: any HTTPPause
    private let random: any RandomSource
    private let clock: any WallClock

    /// A layer over another transport.
    ///
    /// - Parameters:
    ///   - clock: For servers that say until when, and not for how long.
    public init(
        _ base: any HTTPTransport, policy: HTTPRetryPolicy = HTTPRetryPolicy(),
        pause: any HTTPPause = SystemPause(), random: any RandomSource = SystemRandom(),
        clock: any WallClock = SystemClock()
    ) {
        (self.base, self.policy, self.pause) = (base, policy, pause)
        (self.random, self.clock) = (random, clock)
    }

    public func send(
        _ request: HTTPRequest, sink: HTTPBodySink?
    ) async throws(HTTPError) -> HTTPResponse {
        let isRepeatable = request.isRepeatable || request.method.isIdempotent
        let watched = sink.map { SinkWatch($0) }
        var attempt = 1
        while true {
            var wait = backOff(attempt)
            do throws(HTTPError) {
                let response = try await base.send(request, sink: watched?.sink)
                guard policy.statuses.contains(response.status), isRepeatable,
                    attempt < policy.attemptCount
                else { return response }
                if let asked = retryAfter(response.headers) {
                    guard asked <= policy.pauseMillisecondsMax else { return response }
                    wait = max(wait, asked)
                }
            } catch {
                guard attempt < policy.attemptCount, watched?.isTouched != true,
                    isPassing(error, isRepeatable)
                else { throw error }
            }
            await pause.pause(milliseconds: wait)
            guard !Task.isCancelled else {
                throw HTTPError(.cancelled, request, detail: "the task was cancelled")
            }
            attempt += 1
        }
    }

    private func isPassing(_ error: HTTPError, _ isRepeatable: Bool) -> Bool {
        switch error.code {
        case .connect, .resolve: true
        case .timeout, .protocolViolation: isRepeatable
        default: false
        }
    }

    /// A random pause up to one that doubles with each attempt.
    private func backOff(_ attempt: Int) -> Int {
        let doubled = policy.firstPauseMilliseconds << min(attempt - 1, 20)
        let most = UInt64(min(doubled, policy.pauseMillisecondsMax))
        return Int(random.uint64() % (most + 1))
    }

    /// What `Retry-After` asks for, in milliseconds: seconds, or a date.
    private func retryAfter(_ headers: HTTPHeaders) -> Int? {
        guard let text = headers["Retry-After"] else { return nil }
        if let seconds = Int(text) {
            return seconds < 0 ? nil : min(seconds, 1 << 30) * 1_000
        }
        return HTTPDate(text).map { date in
            Int(max(0, min(date.secondsSince1970 - clock.secondsSince1970, 1 << 30))) * 1_000
        }
    }
}
