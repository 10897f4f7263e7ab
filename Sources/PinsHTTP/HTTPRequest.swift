/// One request.
public struct HTTPRequest: Sendable {
    /// What is asked.
    public var method: HTTPMethod
    /// Of whom and what.
    public var url: HTTPURL
    /// Sent as they are; `Host`, `Content-Length` and the like are made from the request.
    public var headers: HTTPHeaders
    /// What is sent along.
    public var body: HTTPBody
    /// How long it may take.
    public var deadline: HTTPDeadline
    /// How many redirects a GET or HEAD follows; 0 hands the first one out as an answer. To another
    /// origin go only the header fields in ``harmlessHeaderNames``, and nothing goes from https to
    /// http. Each step has the whole deadline.
    public var redirectMaximum: Int
    /// The most bytes of a body that is kept in memory.
    public var responseByteCountMax: Int
    /// Whether it may be sent again after a failure even if its method is not idempotent.
    public var isRepeatable: Bool
    /// Whether it goes past the proxies of the environment: for what is on this machine, or beside
    /// it.
    public var skipsProxies = false

    /// A request.
    ///
    /// - Parameters:
    ///   - responseByteCountMax: 16 MiB by default.
    public init(
        _ method: HTTPMethod, _ url: HTTPURL, headers: HTTPHeaders = HTTPHeaders(),
        body: HTTPBody = .none, deadline: HTTPDeadline = HTTPDeadline(), redirectMaximum: Int = 0,
        responseByteCountMax: Int = 16 << 20, isRepeatable: Bool = false
    ) {
        precondition(redirectMaximum >= 0 && responseByteCountMax >= 0, "limits are not negative")
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.deadline = deadline
        self.redirectMaximum = redirectMaximum
        self.responseByteCountMax = responseByteCountMax
        self.isRepeatable = isRepeatable
    }

    /// Fields that follow a redirect to another origin; any other may be a secret. Names compare
    /// without case.
    public static let harmlessHeaderNames = [
        "Accept", "Accept-Encoding", "If-Modified-Since", "If-None-Match", "Range", "User-Agent",
    ]
}

/// What a request sends.
public enum HTTPBody: Sendable {
    case none
    case bytes([UInt8])
    /// Bytes that are read while they are sent, on a thread that may block.
    ///
    /// - `byteCount`: How many there are; `nil` sends them in chunks, where the server takes that.
    /// - `open`: Begins to read; called again for each further attempt.
    case stream(byteCount: Int?, open: @Sendable () throws(HTTPError) -> any HTTPBodyReader)
}

/// Bytes of a request, read once by one thread.
public protocol HTTPBodyReader: AnyObject {
    /// The next bytes; at most `limit`, none only at the end.
    ///
    /// - Throws: ``HTTPError/Code/body``: the transfer is given up.
    func read(limit: Int) throws(HTTPError) -> [UInt8]
}

/// How long a request may take, in milliseconds.
public struct HTTPDeadline: Sendable, Hashable {
    /// Until the connection stands.
    public var connectMilliseconds: Int
    /// Without a byte in either direction; whole seconds, rounded up.
    public var stallMilliseconds: Int
    /// From the beginning to the last byte.
    public var totalMilliseconds: Int
    /// How long a server may think before the body is sent anyway, if the request has the field
    /// `Expect: 100-continue`; a server that does not know the field never answers it.
    public var continueMilliseconds: Int

    /// A deadline: 10 s to connect, 30 s without a byte, 10 min in all, 1 s to ask for the body,
    /// unless told otherwise.
    public init(
        connectMilliseconds: Int = 10_000, stallMilliseconds: Int = 30_000,
        totalMilliseconds: Int = 600_000, continueMilliseconds: Int = 1_000
    ) {
        precondition(
            connectMilliseconds > 0 && stallMilliseconds > 0 && totalMilliseconds > 0
                && continueMilliseconds > 0,
            "a deadline is in the future")
        self.connectMilliseconds = connectMilliseconds
        self.stallMilliseconds = stallMilliseconds
        self.totalMilliseconds = totalMilliseconds
        self.continueMilliseconds = continueMilliseconds
    }
}
