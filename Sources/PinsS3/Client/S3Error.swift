internal import PinFormat
internal import PinsHTTP

/// Why the service did not do what it was asked to: one sentence, without secrets.
public struct S3Error: Error, Sendable {
    /// What kind of failure it is. An open set: new codes are not a breaking change.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name, in the words of messages.
        public let description: String

        private init(_ description: StaticString) { self.description = "\(description)" }

        /// No such object.
        public static let notFound = Code("not-found")
        /// No such bucket.
        public static let noBucket = Code("no-such-bucket")
        /// The object is there already, or is another one than the condition names.
        public static let precondition = Code("precondition-failed")
        /// No credentials, or wrong ones, or they may not do this.
        public static let denied = Code("denied")
        /// This machine's clock is not that of the service.
        public static let clock = Code("clock")
        /// The service asks for fewer requests.
        public static let throttled = Code("throttled")
        /// No answer, or that of a server in trouble.
        public static let unavailable = Code("unavailable")
        /// What answers does not speak S3.
        public static let foreign = Code("not-s3")
        /// The object, or the answer, is larger than allowed.
        public static let tooLarge = Code("too-large")
        /// The range does not lie inside the object.
        public static let range = Code("range")
        /// The task was cancelled.
        public static let cancelled = Code("cancelled")
        /// The service does not have this operation.
        public static let notSupported = Code("not-supported")
        /// Settings that are wrong or missing.
        public static let settings = Code("settings")
        /// Any other refusal.
        public static let refused = Code("refused")
    }

    /// What kind of failure it is.
    public let code: Code
    /// What happened, where, and what to do.
    public let message: String
    /// The status of the answer, or 0 where there is none.
    public let status: Int
    /// The service's own word, such as `NoSuchKey`; empty where it has none.
    public let word: String
    /// Whether an earlier try may have been carried out although no answer came.
    public var followsLostTry = false

    init(_ code: Code, status: Int = 0, word: String = "", _ message: String) {
        (self.code, self.status, self.word, self.message) = (code, status, word, message)
    }
}

extension S3Error: CustomStringConvertible {
    public var description: String { "\(message) (\(code))" }
}

/// What an answer that is no success says.
struct S3Refusal: Sendable {
    /// 300…599.
    let status: Int
    /// Such as `NoSuchKey`; empty where there is no document, as for HEAD.
    let word: String
    let message: String
    /// The region in which the bucket is.
    let region: String?
    /// What the server's clock shows, in seconds since 1970.
    let serverSeconds: Int64?
    /// Whether the body is a page for people.
    let isPage: Bool

    init(_ response: HTTPResponse) {
        let document = try? XMLReader.read(response.body)
        let error =
            document?.name == "Error"
            ? document
            : document?.children.first {
                $0.name == "Error"
            }
        status = response.status
        word = String(error?["Code"]?.prefix(100) ?? "")
        message = String((error?["Message"] ?? "").prefix(300))
        region = (response.headers["x-amz-bucket-region"] ?? error?["Region"])
            .flatMap { Self.isRegion($0) ? $0 : nil }
        serverSeconds = response.headers["Date"].flatMap { HTTPDate($0) }?.secondsSince1970
        isPage = Self.isPage(response)
    }

    /// A body of 200 that is an error all the same (multipart completion and copies answer so).
    init?(in response: HTTPResponse) {
        guard let document = try? XMLReader.read(response.body), document.name == "Error" else {
            return nil
        }
        self.init(
            HTTPResponse(
                HTTPResponseHead(
                    status: document["Code"] == "SlowDown" ? 503 : 500,
                    headers: response.headers, url: response.head.url),
                body: response.body))
    }

    /// A region goes into a host's name and a signature: nothing but what regions look like.
    static func isRegion(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-")
            }
    }

    /// Whether an answer is a page of HTML, which no S3 server sends of its own accord.
    static func isPage(_ response: HTTPResponse) -> Bool {
        let type = response.headers["Content-Type"]?.lowercased() ?? ""
        guard type.hasPrefix("text/html"), response.headers["ETag"] == nil else { return false }
        // Some services call empty answers, and their XML, by that name.
        let start = response.body.drop { $0 <= 0x20 }.prefix(5)
        return start.first == UInt8(ascii: "<") && !start.elementsEqual("<?xml".utf8)
    }

    var isExpiry: Bool {
        ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"].contains(word)
    }

    /// Whether the same request may succeed a moment later.
    var isPassing: Bool {
        switch status {
        case 408, 429, 500, 502, 503, 504, 509: true
        case 409: ["ConditionalRequestConflict", "OperationAborted", ""].contains(word)
        default: ["RequestTimeout", "SlowDown", "InternalError"].contains(word)
        }
    }

    /// Whether the service may have carried out what it was asked to.
    var isLoss: Bool { (500...599).contains(status) }

    /// The error of a refusal that stands.
    ///
    /// - Parameters:
    ///   - what: `GET of key`, for the message.
    ///   - place: The bucket.
    ///   - seconds: This machine's time.
    func error(_ what: String, place: String, seconds: Int64) -> S3Error {
        let said = message.isEmpty ? word : "\(word): \(message)"
        let answer =
            "\(place) answers \(what) with status \(status)"
            + (said.isEmpty ? "" : " (\(Names.printable(said)))")
        func make(_ code: S3Error.Code, _ text: String) -> S3Error {
            S3Error(code, status: status, word: word, text)
        }
        if isPage {
            return make(
                .foreign, "\(answer) and a page of HTML: it is no S3 service; check the endpoint")
        }
        switch word {
        case "NoSuchBucket":
            return make(.noBucket, "there is no bucket at \(place); make it, or check the name")
        case "RequestTimeTooSkewed", "RequestExpired":
            return make(.clock, clockMessage(place, seconds))
        case "NotImplemented": return make(.notSupported, answer)
        default: break
        }
        // HEAD has no document that could say it.
        if status == 403, word.isEmpty, let serverSeconds, abs(serverSeconds - seconds) > 15 * 60 {
            return make(.clock, clockMessage(place, seconds))
        }
        switch status {
        case 404, 410: return make(.notFound, "there is no object for \(what) at \(place)")
        case 412: return make(.precondition, answer)
        case 401, 403: return make(.denied, Self.denial(answer, word))
        case 416: return make(.range, answer)
        case 429: return make(.throttled, "\(answer); try again later")
        case 503 where word == "SlowDown": return make(.throttled, "\(answer); try again later")
        case 501: return make(.notSupported, answer)
        case 300...399 where status != 304:
            return make(
                .refused,
                "\(answer): the bucket is in another region; set AWS_REGION"
                    + (region.map { " to \($0)" } ?? ""))
        case 500...599: return make(.unavailable, "\(answer): the server is in trouble")
        default:
            return isExpiry ? make(.denied, Self.denial(answer, word)) : make(.refused, answer)
        }
    }

    private static func denial(_ answer: String, _ word: String) -> String {
        switch word {
        case "InvalidAccessKeyId": "\(answer): the access key is not known there"
        case "SignatureDoesNotMatch": "\(answer): the secret key is not that of the access key"
        case _ where word.contains("Token"): "\(answer): the session is over; sign in again"
        default: "\(answer): check the credentials and what they may do"
        }
    }

    private func clockMessage(_ place: String, _ seconds: Int64) -> String {
        guard let serverSeconds else {
            return "\(place) says that this machine's clock is wrong; set it"
        }
        let minutes = abs(serverSeconds - seconds) / 60
        let side = serverSeconds > seconds ? "behind" : "ahead of"
        return "this machine's clock is \(minutes) minutes \(side) that of \(place); set it"
    }
}
