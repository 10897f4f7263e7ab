internal import PinFormat
internal import PinsHTTP

/// Signature version 4 of Amazon Web Services, as their S3 wants it: the path is signed as it goes
/// over the wire, encoded once and not tidied.
///
/// Source: "Signature Calculations for the Authorization Header: Transferring Payload in a Single
/// Chunk", Amazon S3 API Reference.
struct SignatureV4: Sendable {
    let region: String
    var service = "s3"

    /// Adds date, digest of the body, token and signature. All other fields must be there already:
    /// every one of them is signed.
    ///
    /// - Parameters:
    ///   - request: Its query must be encoded and sorted; see ``query(_:)``.
    ///   - payload: The hexadecimal SHA-256 of the body.
    ///   - time: The time of day.
    func sign(
        _ request: inout HTTPRequest, payload: String, _ credentials: S3Credentials,
        _ time: CalendarTime
    ) {
        request.headers["x-amz-date"] = time.basic
        request.headers["x-amz-content-sha256"] = payload
        request.headers["x-amz-security-token"] = credentials.sessionToken
        let day = String(time.basic.prefix(8))
        let scope = "\(day)/\(region)/\(service)/aws4_request"
        let (names, canonical) = Self.canonical(request, payload: payload)
        let text = [
            "AWS4-HMAC-SHA256", time.basic, scope,
            SHA256Bytes.digest(Array(canonical.utf8)).hex,
        ].joined(separator: "\n")
        var key = Array("AWS4\(credentials.secretAccessKey)".utf8)
        for part in [day, region, service, "aws4_request"] { key = HMAC.sha256(key: key, part) }
        let signature = Hex.encode(HMAC.sha256(key: key, text))
        request.headers["Authorization"] =
            "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), "
            + "SignedHeaders=\(names), Signature=\(signature)"
    }

    /// The canonical request, and the names of the fields in it.
    static func canonical(
        _ request: HTTPRequest, payload: String
    ) -> (names: String, text: String) {
        var fields = ["host": host(request.url)]
        for field in request.headers.fields {
            let name = field.name.lowercased()
            let value = tidied(field.value)
            fields[name] = fields[name].map { "\($0),\(value)" } ?? value
        }
        // Names are ASCII, so the order of strings is that of bytes.
        let sorted = fields.sorted { $0.key < $1.key }
        let names = sorted.map(\.key).joined(separator: ";")
        let lines =
            [request.method.description, request.url.path, request.url.query ?? ""]
            + sorted.map { "\($0.key):\($0.value)" } + ["", names, payload]
        return (names, lines.joined(separator: "\n"))
    }

    /// The `Host` field: with the port where it is not that of the scheme.
    private static func host(_ url: HTTPURL) -> String {
        let usual = url.scheme == "https" ? 443 : 80
        guard let port = url.port, port != usual else { return url.host }
        return "\(url.host):\(port)"
    }

    /// A value without spaces at its ends, and with single ones inside.
    private static func tidied(_ value: String) -> String {
        value.split(separator: " ").joined(separator: " ")
    }

    /// A query, encoded and in the order in which it is signed.
    static func query(_ items: [(name: String, value: String)]) -> String? {
        guard !items.isEmpty else { return nil }
        let pairs = items.map { item in
            (HTTPURL.encoded(component: item.name), HTTPURL.encoded(component: item.value))
        }
        // Encoded text is ASCII.
        return pairs.sorted { $0 < $1 }.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }

    /// A path, encoded: everything but unreserved characters and slashes.
    static func path(_ text: String) -> String {
        text.split(separator: "/", omittingEmptySubsequences: false)
            .map { HTTPURL.encoded(component: String($0)) }.joined(separator: "/")
    }
}
