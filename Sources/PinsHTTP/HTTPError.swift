/// Why no answer came. What a server answers is no error at this layer, whatever its status.
///
/// It names host, method and path, never header fields or the query, which may hold secrets.
public struct HTTPError: Error, Sendable {
    /// What went wrong. An open set: new codes are not a breaking change.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name, in the words of messages.
        public let description: String

        private init(_ description: StaticString) { self.description = "\(description)" }

        /// The request itself is not one: a URL or header that is not allowed.
        public static let invalidRequest = Code("invalid-request")
        /// The host's name, or the proxy's, is not known.
        public static let resolve = Code("resolve")
        /// No connection: refused, unreachable, reset before it stood.
        public static let connect = Code("connect")
        /// No secure connection: a certificate that is not trusted, or no common version.
        public static let tls = Code("tls")
        /// The deadline passed, or nothing came for too long.
        public static let timeout = Code("timeout")
        /// The task was cancelled.
        public static let cancelled = Code("cancelled")
        /// The answer is larger than the caller allows, or its header without end.
        public static let tooLarge = Code("too-large")
        /// The connection broke, or what came is not HTTP: a body shorter than it should be.
        public static let protocolViolation = Code("protocol")
        /// The caller's own source or sink of bytes failed.
        public static let body = Code("body")
        /// More redirects than allowed, or one to where it must not go.
        public static let redirect = Code("redirect")
    }

    /// What went wrong.
    public let code: Code
    /// The host, with its port where the URL names one; empty if there is no URL.
    public let host: String
    /// The method; empty if there is no request.
    public let method: String
    /// The path, without the query.
    public let path: String
    /// What happened, in a few words.
    public let detail: String

    /// What may help, as the end of a sentence.
    public var advice: String {
        code == .tls
            ? "a certificate of a private authority is trusted if CURL_CA_BUNDLE or SSL_CERT_FILE "
                + "names a file with that one's"
            : "try again later"
    }

    public init(_ code: Code, detail: String) {
        self.init(code, host: "", method: "", path: "", detail: detail)
    }

    /// An error of a request.
    public init(_ code: Code, _ request: HTTPRequest, detail: String) {
        let port = request.url.port.map { ":\($0)" } ?? ""
        self.init(
            code, host: request.url.host + port, method: request.method.description,
            path: request.url.path, detail: detail)
    }

    private init(_ code: Code, host: String, method: String, path: String, detail: String) {
        (self.code, self.host, self.method, self.path) = (code, host, method, path)
        self.detail = detail
    }

    /// Whether it is certain that no server has seen the request: then it may be sent again,
    /// whatever it asks for.
    public var isBeforeRequest: Bool { [.resolve, .connect, .tls].contains(code) }
}

extension HTTPError: Equatable, CustomStringConvertible {
    /// Equality of the codes; the rest helps a person.
    public static func == (left: HTTPError, right: HTTPError) -> Bool { left.code == right.code }

    public var description: String {
        host.isEmpty ? "\(detail) (\(code))" : "\(method) \(path) at \(host): \(detail) (\(code))"
    }
}
