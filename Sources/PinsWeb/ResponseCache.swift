public import PinStorage
public import Pins
public import PinsHTTP

/// Keeps answers of web servers for small files that may change: asks only whether they have
/// changed (`ETag`, `Last-Modified`), or not at all while the server says they will not
/// (`Cache-Control: max-age`).
///
/// It lives in a ``BoardCache`` and is bounded with it. What is damaged is not there.
public struct ResponseCache: Sendable {
    /// Larger answers are not kept.
    static let byteCountMax = 8 << 20
    /// The longest time for which a server is taken by its word: a day.
    static let ageSecondsMax: Int64 = 86_400

    private let cache: BoardCache
    private let identity: CacheIdentity
    private let clock: any WallClock

    /// - Parameter clock: For `max-age`; a clock that goes back makes an answer old.
    public init(
        _ cache: BoardCache, identity: CacheIdentity, clock: any WallClock = SystemClock()
    ) {
        (self.cache, self.identity, self.clock) = (cache, identity, clock)
    }

    /// Answers a GET, with a request or without one.
    ///
    /// - Returns: The server's answer, with status 200 also where the server said 304.
    public func send(
        _ request: HTTPRequest, over transport: any HTTPTransport
    ) async throws(HTTPError) -> HTTPResponse {
        precondition(request.method == .get, "only what is read is kept")
        let name = request.url.text
        let kept = await cache.bytes(named: name, identity: identity).flatMap { KeptAnswer($0) }
        let now = clock.secondsSince1970
        if let kept, kept.isFresh(at: now), kept.body.count <= request.responseByteCountMax {
            return kept.response(request.url)
        }
        var asked = request
        if let kept {
            if let tag = kept.tag { asked.headers["If-None-Match"] = tag }
            if let date = kept.modified { asked.headers["If-Modified-Since"] = date }
        }
        let response = try await transport.send(asked)
        if response.status == 304, let kept, kept.body.count <= request.responseByteCountMax {
            let renewed = kept.renewed(by: response.headers, at: now)
            if renewed.expires != kept.expires { await keep(renewed, name) }
            return renewed.response(request.url)
        }
        if response.status == 304 { return try await transport.send(request) }
        if response.status == 200, let answer = KeptAnswer(response, at: now) {
            await keep(answer, name)
        }
        return response
    }

    private func keep(_ answer: KeptAnswer, _ name: String) async {
        guard answer.body.count <= Self.byteCountMax else { return }
        await cache.keep(answer.bytes, named: name, identity: identity)
    }
}
