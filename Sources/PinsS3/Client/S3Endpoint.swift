public import PinsHTTP

/// Where a service answers.
public struct S3Endpoint: Sendable, Hashable {
    /// How a bucket's name goes into the URL.
    public enum Style: Sendable, Hashable {
        /// `https://host/bucket/key`.
        case path
        /// `https://bucket.host/key`.
        case virtualHost
    }

    /// The service, or `nil` for Amazon's own, whose hosts follow from the region.
    let base: HTTPURL?
    /// `nil` chooses: the virtual host on Amazon's own, the path elsewhere.
    let style: Style?

    /// - Throws: ``HTTPError/Code/invalidRequest`` for a URL that is none, or has a query.
    public init(_ text: String?, style: Style? = nil) throws(HTTPError) {
        self.style = style
        guard let text else {
            base = nil
            return
        }
        let url = try HTTPURL(text)
        guard url.query == nil else {
            throw HTTPError(.invalidRequest, detail: "the endpoint's URL has a query")
        }
        base = url
    }

    /// Tells services apart.
    var identity: String { base?.origin ?? "s3.amazonaws.com" }

    /// The URL of a bucket, or of an object in it.
    ///
    /// - Parameters:
    ///   - key: As it is, not encoded; `nil` for the bucket itself.
    /// - Throws: ``HTTPError/Code/invalidRequest`` for a bucket whose name cannot stand in a URL.
    func url(
        bucket: String, key: String?, region: String, query: String?
    ) throws(HTTPError) -> HTTPURL {
        // A certificate for `*.s3…` does not cover names with dots.
        let style = style ?? (self.base == nil && !bucket.contains(".") ? .virtualHost : .path)
        let base =
            if let known = self.base {
                known
            } else {
                try HTTPURL("https://s3.\(region).\(Self.domain(region))/")
            }
        let root = base.path.hasSuffix("/") ? base.path : base.path + "/"
        let rest = key.map(SignatureV4.path) ?? ""
        switch style {
        case .path:
            // Servers disagree about a slash behind a bucket's name; the query form works with all.
            let path = rest.isEmpty ? bucket : "\(bucket)/\(rest)"
            return base.with(path: root + path, query: query)
        case .virtualHost:
            let port = base.port.map { ":\($0)" } ?? ""
            return try HTTPURL("\(base.scheme)://\(bucket).\(base.host)\(port)/")
                .with(path: root + rest, query: query)
        }
    }

    private static func domain(_ region: String) -> String {
        region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
    }
}
