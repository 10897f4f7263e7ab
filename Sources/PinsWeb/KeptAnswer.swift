internal import PinsHTTP

/// An answer as it is kept: lines of text, an empty line, the body.
struct KeptAnswer: Sendable, Equatable {
    /// The first line: another number is another form.
    private static let title = "pins-answer 1"

    /// `ETag`.
    var tag: String?
    /// `Last-Modified`.
    var modified: String?
    /// When it was received or confirmed, in seconds since 1970.
    var received: Int64
    /// Until when it needs no question, in seconds since 1970.
    var expires: Int64
    var body: [UInt8]

    /// What is to be kept of an answer; `nil` if nothing is.
    init?(_ response: HTTPResponse, at now: Int64) {
        tag = response.headers["ETag"]
        modified = response.headers["Last-Modified"]
        received = now
        body = response.body
        guard let age = Self.age(response.headers) else { return nil }
        expires = now + age
        guard tag != nil || modified != nil || age > 0 else { return nil }
    }

    /// For how many seconds an answer may be used unasked; `nil` if it must not be kept.
    private static func age(_ headers: HTTPHeaders) -> Int64? {
        let words = (headers["Cache-Control"] ?? "").lowercased()
            .split { $0 == "," || $0 == " " }
        if words.contains("no-store") { return nil }
        if words.contains("no-cache") { return 0 }
        guard let word = words.first(where: { $0.hasPrefix("max-age=") }),
            let seconds = Int64(word.dropFirst(8))
        else { return 0 }
        let age = headers["Age"].flatMap { Int64($0) } ?? 0
        let left = seconds.subtractingReportingOverflow(max(0, age))
        return left.overflow ? 0 : max(0, min(left.partialValue, ResponseCache.ageSecondsMax))
    }

    /// Whether it can be used unasked. A clock that stands before the time it was received at
    /// knows nothing.
    func isFresh(at now: Int64) -> Bool { (received..<max(received, expires)).contains(now) }

    /// The same, confirmed by an answer without a body.
    func renewed(by headers: HTTPHeaders, at now: Int64) -> KeptAnswer {
        var renewed = self
        renewed.received = now
        renewed.expires = now + (Self.age(headers) ?? 0)
        return renewed
    }

    func response(_ url: HTTPURL) -> HTTPResponse {
        var headers = HTTPHeaders()
        if let tag { headers.add("ETag", tag) }
        if let modified { headers.add("Last-Modified", modified) }
        return HTTPResponse(
            HTTPResponseHead(status: 200, headers: headers, url: url), body: body)
    }

    // MARK: - Bytes

    var bytes: [UInt8] {
        var text = "\(Self.title)\nreceived \(received)\nexpires \(expires)\n"
        if let tag { text += "tag \(tag)\n" }
        if let modified { text += "modified \(modified)\n" }
        return Array((text + "\n").utf8) + body
    }

    /// Reads a kept answer; `nil` if it is none.
    init?(_ bytes: [UInt8]) {
        var lines: [String: String] = [:]
        var position = 0
        while let end = bytes[position...].firstIndex(of: 0x0A), end > position {
            let line = String(decoding: bytes[position..<end], as: UTF8.self)
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2, lines.count < 8 else { return nil }
            lines[String(words[0])] = String(words[1])
            position = end + 1
        }
        guard lines["pins-answer"] == "1", position < bytes.count, bytes[position] == 0x0A,
            let received = lines["received"].flatMap({ Int64($0) }),
            let expires = lines["expires"].flatMap({ Int64($0) }),
            received >= 0, expires >= received
        else { return nil }
        (self.received, self.expires) = (received, expires)
        (tag, modified) = (lines["tag"], lines["modified"])
        body = Array(bytes[(position + 1)...])
    }
}
