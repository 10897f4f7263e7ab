internal import PinFormat
public import PinStorage
public import PinsHTTP
internal import Synchronization

/// Talks to one bucket: signs, sends, tries again, and says what came of it.
///
/// A request is tried up to five times with random pauses that double, or as long as `Retry-After`
/// says; every try is signed anew and has a deadline; a cancelled task ends at once. A bucket in
/// another region is asked there from then on. Keys that end are renewed before, and once more when
/// the service says that they have ended.
public final class S3Client: Sendable {
    /// The bucket.
    public let bucket: String
    private let settings: S3Settings
    private let transport: any HTTPTransport
    private let pause: any HTTPPause
    private let random: any RandomSource
    let clock: any WallClock
    /// The region that the service told us.
    private let foundRegion = Mutex<String?>(nil)

    /// A client; asks for nothing.
    ///
    /// - Parameters:
    ///   - bucket: Its name.
    ///   - transport: Sends once; tries again are made here.
    /// - Throws: ``S3Error/Code/settings`` for a name that no bucket has.
    public init(
        bucket: String, _ settings: S3Settings, transport: any HTTPTransport = CurlTransport.shared,
        pause: any HTTPPause = SystemPause(), random: any RandomSource = SystemRandom(),
        clock: any WallClock = SystemClock()
    ) throws(S3Error) {
        guard Self.isBucket(bucket) else {
            throw S3Error(
                .settings,
                "'\(Names.printable(bucket))' is no name of a bucket: 3 to 63 of a-z 0-9 . - are")
        }
        self.bucket = bucket
        self.settings = settings
        self.transport = transport
        self.pause = pause
        self.random = random
        self.clock = clock
    }

    /// Names go into hosts and paths; upper case and `_` are of old buckets and other services.
    private static func isBucket(_ name: String) -> Bool {
        (3...255).contains(name.utf8.count) && !name.hasPrefix(".") && !name.contains("..")
            && name.utf8.allSatisfy {
                (97...122).contains($0 | 0x20) || (48...57).contains($0) || "-._".utf8.contains($0)
            }
    }

    /// The bucket, and the endpoint where it is not Amazon's, for messages.
    public var description: String {
        "s3://\(bucket)" + (settings.endpoint.base.map { " at \($0.origin)" } ?? "")
    }

    /// What tells boards of different services and users apart, without secrets.
    var region: String { foundRegion.withLock { $0 } ?? settings.region }

    // MARK: - Sending

    /// What became of a call so far.
    private struct Tries {
        var attempt = 1
        /// Whether a try may have been carried out although no answer came.
        var hasLostTry = false
        var hasMoved = false
        var hasRenewed = false
    }

    /// Sends a call until it succeeds, is refused, or was tried often enough.
    func send(_ call: S3Call) async throws(S3Error) -> S3Answer {
        var tries = Tries()
        while true {
            let credentials = try await settings.credentials.current()
            let wait: Int
            switch await exchange(try signed(call, credentials)) {
            case .success(let response):
                guard let refusal = refusal(response, call) else {
                    try requireS3(response, call)
                    return S3Answer(response: response, followsLostTry: tries.hasLostTry)
                }
                if try await mends(refusal, call, credentials, &tries) { continue }
                wait = try pause(after: refusal, response.headers, call, &tries)
            case .failure(let error):
                wait = try pause(after: error, call, &tries)
            }
            tries.attempt += 1
            await pause.pause(milliseconds: wait)
            guard !Task.isCancelled else {
                throw S3Error(.cancelled, "\(call.name) at \(description) was cancelled")
            }
        }
    }

    private func exchange(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPError> {
        do throws(HTTPError) {
            return .success(try await transport.send(request))
        } catch {
            return .failure(error)
        }
    }

    private func signed(
        _ call: S3Call, _ credentials: S3Credentials
    ) throws(S3Error) -> HTTPRequest {
        let region = region
        do throws(HTTPError) {
            let url = try settings.endpoint.url(
                bucket: bucket, key: call.key, region: region,
                query: SignatureV4.query(call.query))
            var request = HTTPRequest(
                call.method, url, headers: call.headers,
                body: call.method.sendsBody ? .bytes(call.body) : .none,
                deadline: call.deadline, responseByteCountMax: call.limit)
            let time = CalendarTime(secondsSince1970: clock.secondsSince1970)
            SignatureV4(region: region)
                .sign(&request, payload: call.digest.hex, credentials, time)
            return request
        } catch {
            throw S3Error(.settings, "\(description) cannot be asked: \(error.detail)")
        }
    }

    // MARK: - Answers

    private func refusal(_ response: HTTPResponse, _ call: S3Call) -> S3Refusal? {
        guard response.isSuccess else { return S3Refusal(response) }
        // Long operations answer 200 before they know.
        return call.method.sendsBody && !response.body.isEmpty ? S3Refusal(in: response) : nil
    }

    /// Throws if what says that it succeeded is something else than S3: a proxy that asks for a
    /// password says so with 200.
    private func requireS3(_ response: HTTPResponse, _ call: S3Call) throws(S3Error) {
        let isCreation =
            call.method == .put && response.headers["ETag"] == nil
            && response.body.isEmpty
        guard S3Refusal.isPage(response) || isCreation else { return }
        throw S3Error(
            .foreign, status: response.status,
            "\(description) answers \(call.name) as no S3 service does; check the endpoint")
    }

    /// Whether the same call may succeed now: the region is known, or the key is a new one.
    private func mends(
        _ refusal: S3Refusal, _ call: S3Call, _ credentials: S3Credentials, _ tries: inout Tries
    ) async throws(S3Error) -> Bool {
        if let region = refusal.region, [301, 307, 400].contains(refusal.status),
            !tries.hasMoved, region != self.region
        {
            tries.hasMoved = true
            foundRegion.withLock { $0 = region }
            return true
        }
        // HEAD has no document that could say it.
        let isMute = refusal.status == 400 && call.method == .head
        guard refusal.isExpiry || isMute, !tries.hasRenewed, credentials.sessionToken != nil
        else { return false }
        tries.hasRenewed = true
        return try await settings.credentials.renew(after: credentials)
    }

    /// How long to wait before the next try, in milliseconds.
    ///
    /// - Throws: the refusal, if it stands.
    private func pause(
        after refusal: S3Refusal, _ headers: HTTPHeaders, _ call: S3Call, _ tries: inout Tries
    ) throws(S3Error) -> Int {
        let policy = settings.retries
        tries.hasLostTry = tries.hasLostTry || refusal.isLoss
        let asked = policy.retryAfterMilliseconds(headers, clock) ?? 0
        guard refusal.isPassing, tries.attempt < policy.attemptCount,
            call.isRepeatable || !refusal.isLoss, asked <= policy.pauseMillisecondsMax
        else {
            var error = refusal.error(
                call.name, place: description, seconds: clock.secondsSince1970)
            error.followsLostTry = tries.hasLostTry
            throw error
        }
        return max(asked, policy.backOffMilliseconds(tries.attempt, random))
    }

    /// How long to wait before the next try, in milliseconds.
    ///
    /// - Throws: the failure, if it stands.
    private func pause(
        after error: HTTPError, _ call: S3Call, _ tries: inout Tries
    ) throws(S3Error) -> Int {
        let isPassing: Bool
        switch error.code {
        case .connect, .resolve: isPassing = true
        case .timeout, .protocolViolation: isPassing = call.isRepeatable
        default: isPassing = false
        }
        tries.hasLostTry = tries.hasLostTry || !error.isBeforeRequest
        guard isPassing, tries.attempt < settings.retries.attemptCount else {
            var failure = self.error(error, call)
            failure.followsLostTry = tries.hasLostTry
            throw failure
        }
        return settings.retries.backOffMilliseconds(tries.attempt, random)
    }

    private func error(_ error: HTTPError, _ call: S3Call) -> S3Error {
        switch error.code {
        case .cancelled:
            S3Error(.cancelled, "\(call.name) at \(description) was cancelled")
        case .tooLarge:
            S3Error(.tooLarge, "\(description) sends more for \(call.name) than is allowed")
        case .invalidRequest, .redirect, .body:
            S3Error(.refused, "\(description) cannot be asked for \(call.name): \(error.detail)")
        default:
            S3Error(
                .unavailable,
                "\(description) cannot be reached for \(call.name): \(error.detail) "
                    + "(\(error.code)); \(error.advice)")
        }
    }
}

extension HTTPMethod {
    /// Whether a request has a body, be it an empty one.
    fileprivate var sendsBody: Bool { self == .put || self == .post }
}
