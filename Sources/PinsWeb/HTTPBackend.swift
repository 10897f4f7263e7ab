public import PinStorage
public import PinsHTTP
internal import Synchronization

/// A board that a web server hands out as static files: for reading only, and without listings.
///
/// A key is a path below the board's URL. The newest commit is found by `latest` and upward probing
/// (FORMAT.md §9.3). Requests, with a board whose tables fit into its commit:
///
/// - opening: 1 (`config`);
/// - the newest state, for a list, a search or a version: 4 (`latest`, a HEAD for the next commit,
///   the commit and the one before it), 1 more for each segment of tables or index that it names;
/// - the bytes of a version: 1 for each run of neighbouring frames of up to 8 MiB.
///
/// Objects below `packs/`, `index/`, `tables/` and `sketches/` never change, so a
/// ``CachingBackend`` over this one asks for them once. `config` and `latest` go through a
/// ``ResponseCache`` where there is one.
public final class HTTPBackend: BoardBackend {
    /// Objects that may be replaced under their name, and are small.
    private static let mutableKeys: Set<ObjectKey> = ["config", "latest"]

    public let capabilities: BackendCapabilities
    public let description: String

    private let base: HTTPURL
    private let headers: HTTPHeaders
    private let transport: any HTTPTransport
    private let cache: ResponseCache?
    /// Whether the server was seen to send whole objects only.
    private let ignoresRanges = Atomic(false)

    /// A backend over a URL; asks for nothing.
    ///
    /// - Parameters:
    ///   - base: The board's folder; a slash is put behind it where there is none. A query stays
    ///     on every request.
    ///   - headers: Sent with every request, such as `Authorization`; they never follow a redirect
    ///     to another host.
    ///   - transport: Should try again what fails in passing.
    ///   - cache: Where the small mutable objects are kept.
    public init(
        _ base: HTTPURL, headers: HTTPHeaders = HTTPHeaders(), transport: any HTTPTransport,
        cache: ResponseCache? = nil
    ) {
        self.base = base
        self.headers = headers
        self.transport = transport
        self.cache = cache
        capabilities = BackendCapabilities(
            atomicCreate: false, list: false, strongList: false, readOnly: true)
        description = base.printable
    }

    public func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        if let range { return try await part(key, range) }
        var request = self.request(.get, key)
        request.responseByteCountMax = limit
        let response =
            if Self.mutableKeys.contains(key), let cache {
                try await cached(request, key, cache)
            } else {
                try await send(request, key, sink: nil)
            }
        guard response.status == 200 else { throw error(response, key) }
        return response.body
    }

    public func stat(_ key: ObjectKey) async throws(BackendError) -> ObjectStat? {
        let response = try await send(request(.head, key), key, sink: nil)
        // A bucket that does not let itself be listed answers 403 for what is not there. What is
        // there and may not be read shows when it is read.
        if Self.isAbsence(response.status) || response.status == 403 { return nil }
        guard response.isSuccess else { throw error(response, key) }
        guard let byteCount = response.head.contentLength, byteCount >= 0 else {
            // A server that compresses or makes its answers up does not say: its bytes do.
            let bytes = try await get(key, range: nil, limit: 64 << 20)
            return ObjectStat(key: key, byteCount: bytes.count, modified: nil)
        }
        let modified = response.headers["Last-Modified"].flatMap { HTTPDate($0) }
        return ObjectStat(key: key, byteCount: byteCount, modified: modified?.secondsSince1970)
    }

    public func list(prefix: String, after: ObjectKey?) async throws(BackendError) -> ListPage {
        throw BackendError(
            .notSupported, "\(description) cannot be listed: a web server hands out files only")
    }

    public func put(
        _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode, durable: Bool
    ) async throws(BackendError) -> PutOutcome {
        throw readOnly(key)
    }

    public func writer(
        _ key: ObjectKey, byteCount: Int, mode: PutMode
    ) async throws(BackendError) -> any ObjectWriter {
        throw readOnly(key)
    }

    public func delete(_ key: ObjectKey) async throws(BackendError) {
        throw readOnly(key)
    }

    public func openLocal(_ key: ObjectKey) async throws(BackendError) -> (any LocalObject)? { nil }

    // MARK: - Requests

    private func request(_ method: HTTPMethod, _ key: ObjectKey) -> HTTPRequest {
        // A key has nothing that would have to be encoded.
        HTTPRequest(method, base.appending(key.text), headers: headers, redirectMaximum: 5)
    }

    private func send(
        _ request: HTTPRequest, _ key: ObjectKey, sink: HTTPBodySink?
    ) async throws(BackendError) -> HTTPResponse {
        do throws(HTTPError) {
            return try await transport.send(request, sink: sink)
        } catch {
            throw BackendError(error, key: key, place: description)
        }
    }

    private func cached(
        _ request: HTTPRequest, _ key: ObjectKey, _ cache: ResponseCache
    ) async throws(BackendError) -> HTTPResponse {
        do throws(HTTPError) {
            return try await cache.send(request, over: transport)
        } catch {
            throw BackendError(error, key: key, place: description)
        }
    }

    // MARK: - Ranges

    private func part(_ key: ObjectKey, _ range: Range<Int>) async throws(BackendError) -> [UInt8] {
        guard range.lowerBound >= 0 else { throw outside(key, range) }
        guard !range.isEmpty else {
            // No request can ask for no byte.
            guard let stat = try await stat(key) else { throw absent(key) }
            guard range.upperBound <= stat.byteCount else { throw outside(key, range) }
            return []
        }
        if !ignoresRanges.load(ordering: .relaxed) {
            var request = rangeRequest(key, range)
            request.responseByteCountMax = range.count
            do throws(BackendError) {
                let response = try await send(request, key, sink: nil)
                if response.status != 200 {
                    return try partial(response, range, key)
                } else if range.lowerBound == 0, response.body.count == range.count {
                    return response.body
                }
            } catch  where error.code == .tooLarge {
                // More than was asked for: the whole object, of a server that knows no ranges.
            }
            ignoresRanges.store(true, ordering: .relaxed)
        }
        return try await cutOut(range, key)
    }

    private func rangeRequest(_ key: ObjectKey, _ range: Range<Int>) -> HTTPRequest {
        var request = request(.get, key)
        request.headers["Range"] = "bytes=\(range.lowerBound)-\(range.upperBound - 1)"
        return request
    }

    /// The bytes of a partial answer.
    private func partial(
        _ response: HTTPResponse, _ range: Range<Int>, _ key: ObjectKey
    ) throws(BackendError) -> [UInt8] {
        switch response.status {
        case 206:
            try check(response, range, key)
            // A range that goes past the end is answered up to the end.
            guard response.body.count == range.count else { throw outside(key, range) }
            return response.body
        case 416: throw outside(key, range)
        default: throw error(response, key)
        }
    }

    /// Reads a part of the whole object that a server sends; all but that part is dropped.
    private func cutOut(
        _ range: Range<Int>, _ key: ObjectKey
    ) async throws(BackendError) -> [UInt8] {
        let slice = PartSink(range)
        let response = try await send(rangeRequest(key, range), key) {
            (head, piece) throws(HTTPError) in
            try slice.take(head, piece)
        }
        if response.status == 206 { try check(response, range, key) }
        guard response.isSuccess else {
            return try partial(response, range, key)
        }
        let bytes = slice.bytes
        guard bytes.count == range.count else { throw outside(key, range) }
        return bytes
    }

    /// Throws unless a partial answer begins where it was asked to.
    private func check(
        _ response: HTTPResponse, _ range: Range<Int>, _ key: ObjectKey
    ) throws(BackendError) {
        guard let text = response.headers["Content-Range"],
            text.hasPrefix("bytes \(range.lowerBound)-")
        else {
            throw BackendError(
                .ioError, key: key,
                "\(description) answers another range of \(key) than it was asked for")
        }
    }

    // MARK: - Errors

    private static func isAbsence(_ status: Int) -> Bool { status == 404 || status == 410 }

    private func error(_ response: HTTPResponse, _ key: ObjectKey) -> BackendError {
        let status = response.status
        if Self.isAbsence(status) { return absent(key) }
        let what = "\(description) answers \(key) with status \(status)"
        switch status {
        case 401, 403:
            return BackendError(
                .permissionDenied, key: key, "\(what): the server does not let you read it")
        case 429: return BackendError(.throttled, key: key, "\(what): try again later")
        case 500...599:
            return BackendError(.unavailable, key: key, "\(what): the server is in trouble")
        default: return BackendError(.ioError, key: key, "\(what), which is no answer to a GET")
        }
    }

    private func absent(_ key: ObjectKey) -> BackendError {
        BackendError(.notFound, key: key, "there is no object \(key) at \(description)")
    }

    private func outside(_ key: ObjectKey, _ range: Range<Int>) -> BackendError {
        BackendError(
            .rangeNotSatisfiable, key: key,
            "bytes \(range.lowerBound)..<\(range.upperBound) of \(key) were asked for, which "
                + "\(description) does not have")
    }

    private func readOnly(_ key: ObjectKey) -> BackendError {
        BackendError(
            .readOnly, key: key, "\(description) is read-only: a board at a URL cannot be written")
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
            throw HTTPError(.tooLarge, detail: "the server sends more than the range it was asked for")
        }
    }
}

extension BackendError {
    /// A request that got no answer.
    ///
    /// - Parameter place: The board, without secrets.
    public init(_ error: HTTPError, key: ObjectKey?, place: String) {
        let name = key.map { " for \($0)" } ?? ""
        switch error.code {
        case .cancelled:
            self.init(.cancelled, key: key, "reading from \(place) was cancelled")
        case .tooLarge:
            self.init(
                .tooLarge, key: key,
                "\(place) sends more\(name) than is allowed: it is damaged or not of this kind of "
                    + "board")
        case .invalidRequest, .redirect, .body:
            self.init(.ioError, key: key, "\(place) cannot be asked\(name): \(error.detail)")
        default:
            self.init(
                .unavailable, key: key,
                "\(place) cannot be reached\(name): \(error.detail) (\(error.code)); try again "
                    + "later")
        }
    }
}
