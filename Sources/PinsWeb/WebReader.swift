internal import PinStorage
internal import PinsHTTP
internal import Synchronization

/// Something that a web server hands out.
struct WebObject: Sendable {
    let url: HTTPURL
    /// For messages.
    let name: String
    /// For errors, where it is an object of an engine board.
    var key: ObjectKey?
}

/// Reads what a web server hands out: whole, in part, or only its size.
final class WebReader: Sendable {
    /// The board, for messages; it contains no secret.
    let place: String
    private let headers: HTTPHeaders
    private let transport: any HTTPTransport
    private let cache: ResponseCache?
    /// Whether the server was seen to send whole objects only.
    private let ignoresRanges = Atomic(false)

    /// - Parameters:
    ///   - headers: Sent with every request.
    ///   - cache: Where small objects that may change are kept.
    init(
        place: String, headers: HTTPHeaders, transport: any HTTPTransport, cache: ResponseCache?
    ) {
        self.place = place
        self.headers = headers
        self.transport = transport
        self.cache = cache
    }

    // MARK: - Reading

    /// The whole object.
    ///
    /// - Parameters:
    ///   - limit: The most bytes it may have.
    ///   - isMutable: Whether it is small and may change: then the cache is asked.
    func whole(
        _ object: WebObject, limit: Int, isMutable: Bool
    ) async throws(BackendError) -> [UInt8] {
        var request = self.request(.get, object)
        request.responseByteCountMax = limit
        let response =
            if isMutable, let cache {
                try await cached(request, object, cache)
            } else {
                try await send(request, object, sink: nil)
            }
        guard response.status == 200 else { throw error(response, object) }
        return response.body
    }

    /// What is known of an object; `nil` if there is none.
    ///
    /// A bucket that does not let itself be listed answers 403 for what is not there: taken for
    /// absence. What is there and may not be read shows when it is read.
    func head(_ object: WebObject) async throws(BackendError) -> HTTPResponseHead? {
        let response = try await send(request(.head, object), object, sink: nil)
        if Self.isAbsence(response.status) || response.status == 403 { return nil }
        guard response.isSuccess else { throw error(response, object) }
        return response.head
    }

    /// The size of an object; `nil` if there is none.
    func byteCount(_ object: WebObject) async throws(BackendError) -> Int? {
        guard let head = try await head(object) else { return nil }
        if let byteCount = head.contentLength, byteCount >= 0 { return byteCount }
        // A server that compresses or makes its answers up does not say: its bytes do.
        return try await whole(object, limit: 64 << 20, isMutable: false).count
    }

    // MARK: - Requests

    private func request(_ method: HTTPMethod, _ object: WebObject) -> HTTPRequest {
        HTTPRequest(method, object.url, headers: headers, redirectMaximum: 5)
    }

    private func send(
        _ request: HTTPRequest, _ object: WebObject, sink: HTTPBodySink?
    ) async throws(BackendError) -> HTTPResponse {
        do throws(HTTPError) {
            return try await transport.send(request, sink: sink)
        } catch {
            throw BackendError(error, key: object.key, place: place)
        }
    }

    private func cached(
        _ request: HTTPRequest, _ object: WebObject, _ cache: ResponseCache
    ) async throws(BackendError) -> HTTPResponse {
        do throws(HTTPError) {
            return try await cache.send(request, over: transport)
        } catch {
            throw BackendError(error, key: object.key, place: place)
        }
    }

    // MARK: - Ranges

    /// Reads a part of an object; of a server that sends all of it, all but that part is dropped.
    func part(_ object: WebObject, _ range: Range<Int>) async throws(BackendError) -> [UInt8] {
        guard range.lowerBound >= 0 else { throw outside(object, range) }
        guard !range.isEmpty else {
            // No request can ask for no byte.
            guard let byteCount = try await byteCount(object) else { throw absent(object) }
            guard range.upperBound <= byteCount else { throw outside(object, range) }
            return []
        }
        if !ignoresRanges.load(ordering: .relaxed) {
            var request = rangeRequest(object, range)
            request.responseByteCountMax = range.count
            do throws(BackendError) {
                let response = try await send(request, object, sink: nil)
                if response.status != 200 {
                    return try partial(response, range, object)
                } else if range.lowerBound == 0, response.body.count == range.count {
                    return response.body
                }
            } catch  where error.code == .tooLarge {
                // More than was asked for: the whole object, of a server that knows no ranges.
            }
            ignoresRanges.store(true, ordering: .relaxed)
        }
        return try await cutOut(range, object)
    }

    private func rangeRequest(_ object: WebObject, _ range: Range<Int>) -> HTTPRequest {
        var request = request(.get, object)
        request.headers["Range"] = "bytes=\(range.lowerBound)-\(range.upperBound - 1)"
        return request
    }

    /// The bytes of a partial answer.
    private func partial(
        _ response: HTTPResponse, _ range: Range<Int>, _ object: WebObject
    ) throws(BackendError) -> [UInt8] {
        switch response.status {
        case 206:
            try check(response, range, object)
            // A range that goes past the end is answered up to the end.
            guard response.body.count == range.count else { throw outside(object, range) }
            return response.body
        case 416: throw outside(object, range)
        default: throw error(response, object)
        }
    }

    /// Reads a part of the whole object that a server sends; all but that part is dropped.
    private func cutOut(
        _ range: Range<Int>, _ object: WebObject
    ) async throws(BackendError) -> [UInt8] {
        let slice = PartSink(range)
        let response = try await send(rangeRequest(object, range), object) {
            (head, piece) throws(HTTPError) in
            try slice.take(head, piece)
        }
        if response.status == 206 { try check(response, range, object) }
        guard response.isSuccess else {
            return try partial(response, range, object)
        }
        let bytes = slice.bytes
        guard bytes.count == range.count else { throw outside(object, range) }
        return bytes
    }

    /// Throws unless a partial answer begins where it was asked to.
    private func check(
        _ response: HTTPResponse, _ range: Range<Int>, _ object: WebObject
    ) throws(BackendError) {
        guard let text = response.headers["Content-Range"],
            text.hasPrefix("bytes \(range.lowerBound)-")
        else {
            throw BackendError(
                .ioError, key: object.key,
                "\(place) answers another range of \(object.name) than it was asked for")
        }
    }

    // MARK: - Errors

    private static func isAbsence(_ status: Int) -> Bool { status == 404 || status == 410 }

    private func error(_ response: HTTPResponse, _ object: WebObject) -> BackendError {
        let status = response.status
        if Self.isAbsence(status) { return absent(object) }
        let what = "\(place) answers \(object.name) with status \(status)"
        switch status {
        case 401, 403:
            return BackendError(
                .permissionDenied, key: object.key, "\(what): the server does not let you read it")
        case 429: return BackendError(.throttled, key: object.key, "\(what): try again later")
        case 500...599:
            return BackendError(.unavailable, key: object.key, "\(what): the server is in trouble")
        default:
            return BackendError(.ioError, key: object.key, "\(what), which is no answer to a GET")
        }
    }

    func absent(_ object: WebObject) -> BackendError {
        BackendError(.notFound, key: object.key, "there is no object \(object.name) at \(place)")
    }

    private func outside(_ object: WebObject, _ range: Range<Int>) -> BackendError {
        BackendError(
            .rangeNotSatisfiable, key: object.key,
            "bytes \(range.lowerBound)..<\(range.upperBound) of \(object.name) were asked for, "
                + "which \(place) does not have")
    }
}

/// Keeps a part of a body, whichever part of the object the server sends.
private final class PartSink: Sendable {
    private struct State {
        /// Of the next byte that comes, in the object.
        var position: Int?
        var bytes: [UInt8] = []
    }

    private let range: Range<Int>
    private let state = Mutex(State())

    init(_ range: Range<Int>) { self.range = range }

    var bytes: [UInt8] { state.withLock { $0.bytes } }

    func take(_ head: HTTPResponseHead, _ piece: [UInt8]) throws(HTTPError) {
        let isWhole = head.status != 206
        let isTooLong = state.withLock { state in
            let start = state.position ?? (isWhole ? 0 : range.lowerBound)
            state.position = start + piece.count
            let end = start + piece.count
            if !isWhole, end > range.upperBound { return true }
            let wanted = (start..<end).clamped(to: range)
            guard !wanted.isEmpty else { return false }
            if state.bytes.isEmpty { state.bytes.reserveCapacity(range.count) }
            state.bytes += piece[wanted.lowerBound - start..<wanted.upperBound - start]
            return false
        }
        if isTooLong {
            throw HTTPError(.tooLarge, detail: "the server sends more than it was asked for")
        }
    }
}
