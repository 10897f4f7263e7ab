/// An absolute `http` or `https` URL, its path and query as they go over the wire.
///
/// Nothing is decoded, encoded or tidied: a signature is made over exactly these bytes. A URL with
/// a user name or password is refused, because URLs end up in messages.
public struct HTTPURL: Sendable, Hashable {
    /// `http` or `https`.
    public let scheme: String
    /// In lower case; an IPv6 address with its brackets.
    public let host: String
    /// `nil` where the URL names none.
    public let port: Int?
    /// Begins with a slash; percent-encoded.
    public let path: String
    /// What follows the question mark, percent-encoded; `nil` without one.
    public let query: String?

    /// Parses a URL; a fragment is dropped.
    ///
    /// - Throws: ``HTTPError/Code/invalidRequest``. The message does not repeat the URL.
    public init(_ text: String) throws(HTTPError) {
        func invalid(_ why: String) -> HTTPError { HTTPError(.invalidRequest, detail: why) }
        guard text.utf8.count <= 8_192 else { throw invalid("the URL is longer than 8192 bytes") }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C && $0 != 0x22 }) else {
            throw invalid("the URL has spaces or characters that must be percent-encoded")
        }
        guard let mark = text.firstRange(of: "://") else {
            throw invalid("the URL does not begin with http:// or https://")
        }
        scheme = text[..<mark.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else {
            throw invalid("the URL does not begin with http:// or https://")
        }
        var rest = text[mark.upperBound...]
        if let fragment = rest.firstIndex(of: "#") { rest = rest[..<fragment] }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<end]
        rest = rest[end...]
        guard !authority.contains("@") else {
            throw invalid("a user name or password in a URL is not allowed; use a header")
        }
        (host, port) = try Self.parse(authority: authority)
        if let mark = rest.firstIndex(of: "?") {
            query = String(rest[rest.index(after: mark)...])
            rest = rest[..<mark]
        } else {
            query = nil
        }
        path = rest.isEmpty ? "/" : String(rest)
    }

    private init(_ base: HTTPURL, path: String, query: String?) {
        (scheme, host, port) = (base.scheme, base.host, base.port)
        (self.path, self.query) = (path, query)
    }

    private static func parse(
        authority: Substring
    ) throws(HTTPError) -> (host: String, port: Int?) {
        var host = authority
        var port: Int?
        let bracket = authority.lastIndex(of: "]") ?? authority.startIndex
        if let colon = authority[bracket...].firstIndex(of: ":") {
            host = authority[..<colon]
            let digits = authority[authority.index(after: colon)...]
            guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(digits),
                (1...65_535).contains(number)
            else { throw HTTPError(.invalidRequest, detail: "the port in the URL is no number") }
            port = number
        }
        let isHost = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-._:[]".utf8.contains(byte)
            }
        }
        guard !host.isEmpty, isHost, host.utf8.count <= 255 else {
            throw HTTPError(.invalidRequest, detail: "the host in the URL is not a host name")
        }
        return (host.lowercased(), port)
    }

    /// Scheme, host and port: what credentials belong to.
    public var origin: String { "\(scheme)://\(host):\(port ?? (scheme == "https" ? 443 : 80))" }

    /// Scheme, host, port if it was given, and path: without the query, which may hold a secret.
    public var printable: String {
        "\(scheme)://\(host)\(port.map { ":\($0)" } ?? "")\(path)"
    }

    /// The whole URL, query included.
    public var text: String { printable + (query.map { "?" + $0 } ?? "") }

    /// The same place with another path and query, both percent-encoded already.
    public func with(path: String, query: String? = nil) -> HTTPURL {
        precondition(path.utf8.first == UInt8(ascii: "/"), "a path begins with a slash")
        return HTTPURL(self, path: path, query: query)
    }

    /// The URL with more path behind it, percent-encoded already; a slash is put between where
    /// there is none. The query stays.
    public func appending(_ more: String) -> HTTPURL {
        HTTPURL(self, path: path.hasSuffix("/") ? path + more : "\(path)/\(more)", query: query)
    }

    /// One component of a path with everything encoded but unreserved characters (RFC 3986 §2.3).
    public static func encoded(component: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in component.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                out.append(byte)
            default:
                out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}

extension HTTPURL: CustomStringConvertible {
    public var description: String { printable }
}
