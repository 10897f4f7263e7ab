/// The beginning of an answer.
public struct HTTPResponseHead: Sendable {
    /// 200…599.
    public let status: Int
    /// The fields of the answer.
    public let headers: HTTPHeaders
    /// Where it came from, after redirects.
    public let url: HTTPURL

    public init(status: Int, headers: HTTPHeaders, url: HTTPURL) {
        self.status = status
        self.headers = headers
        self.url = url
    }

    /// What `Content-Length` says, where it says a number.
    public var contentLength: Int? { headers["Content-Length"].flatMap { Int($0) } }
}

/// An answer.
public struct HTTPResponse: Sendable {
    /// Status and fields.
    public let head: HTTPResponseHead
    /// The body, unless it was streamed.
    public let body: [UInt8]

    public var status: Int { head.status }
    public var headers: HTTPHeaders { head.headers }
    /// Whether the status is 200…299.
    public var isSuccess: Bool { (200...299).contains(head.status) }

    public init(_ head: HTTPResponseHead, body: [UInt8] = []) {
        self.head = head
        self.body = body
    }
}

/// Takes the body of a successful answer, piece by piece, on a thread that may block. Bodies of
/// other answers come in memory.
///
/// - Throws: ``HTTPError/Code/body`` gives the transfer up.
public typealias HTTPBodySink =
    @Sendable (_ head: HTTPResponseHead, _ piece: [UInt8]) throws(HTTPError) -> Void

/// What sends requests: libcurl, a layer that tries again, or a stand-in of a test.
public protocol HTTPTransport: Sendable {
    /// Sends a request and waits for the whole answer.
    ///
    /// - Parameter sink: Takes the body of a successful answer; without it the body comes in
    ///   memory, at most ``HTTPRequest/responseByteCountMax`` bytes.
    /// - Throws: ``HTTPError``. A body that was streamed in part is worth nothing.
    func send(
        _ request: HTTPRequest, sink: HTTPBodySink?
    ) async throws(HTTPError) -> HTTPResponse
}

extension HTTPTransport {
    /// Sends a request; the body comes in memory.
    public func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        try await send(request, sink: nil)
    }
}
