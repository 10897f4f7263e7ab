internal import PinFormat
internal import PinsHTTP

/// One request to a bucket, before it is signed.
struct S3Call: Sendable {
    let method: HTTPMethod
    /// The object, or `nil` for the bucket.
    let key: String?
    var query: [(name: String, value: String)] = []
    var headers = HTTPHeaders()
    var body: [UInt8] = []
    /// The SHA-256 of the body.
    private(set) var digest: Digest = Self.emptyDigest
    /// The most bytes of an answer.
    var limit = XMLReader.byteCountMax
    /// Whether it may be sent again after its answer was lost.
    var isRepeatable = true

    private static let emptyDigest = SHA256Bytes.digest([])

    init(_ method: HTTPMethod, _ key: String?) {
        (self.method, self.key) = (method, key)
    }

    /// Gives it a body, with a checksum that the service verifies.
    mutating func setBody(_ bytes: [UInt8]) {
        body = bytes
        digest = SHA256Bytes.digest(bytes)
        headers["x-amz-checksum-sha256"] = Base64.encode(digest.bytes)
    }

    /// For messages.
    var name: String { key.map { "\(method) of \($0)" } ?? "\(method)" }

    /// A minute, and what the bytes need on a line of 64 KiB a second.
    var deadline: HTTPDeadline {
        let byteCount = max(body.count, method == .get ? min(limit, 64 << 20) : 0)
        return HTTPDeadline(totalMilliseconds: 60_000 + byteCount / 64)
    }
}

/// A success.
struct S3Answer: Sendable {
    let response: HTTPResponse
    /// Whether an earlier try may have been carried out although no answer came.
    let followsLostTry: Bool

    var headers: HTTPHeaders { response.headers }
    var body: [UInt8] { response.body }
}
