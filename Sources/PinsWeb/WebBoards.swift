public import PinEngine
internal import PinStorage
public import Pins
public import PinsHTTP

/// Boards behind `https://` and `http://`, for reading.
///
/// A URL is an engine board that is served as static files, where there is a `config` below it.
/// Writes are refused with ``EngineError/Code/cannotCreate``.
///
///     BoardAdapters.register(WebBoards(cache: BoardCache(try .standard())).adapter)
public struct WebBoards: Sendable {
    private let transport: any HTTPTransport
    private let headers: HTTPHeaders
    private let cache: BoardCache?

    /// - Parameters:
    ///   - headers: Sent with every request, such as `Authorization`.
    ///   - transport: libcurl with retries by default.
    ///   - cache: Where what was read is kept; `nil` keeps nothing.
    public init(
        headers: HTTPHeaders = HTTPHeaders(), transport: (any HTTPTransport)? = nil,
        cache: BoardCache? = nil
    ) {
        self.headers = headers
        self.transport = transport ?? RetryingTransport(CurlTransport.shared)
        self.cache = cache
    }

    /// For ``Pins/BoardAdapters``.
    public var adapter: BoardAdapter {
        BoardAdapter(
            schemes: ["http", "https"],
            open: { (location) throws(EngineError) in try await open(location) })
    }

    /// Opens a board.
    ///
    /// - Throws: ``EngineError/Code/usage`` for what is no URL, ``EngineError/Code/notFound`` if
    ///   there is no board, ``EngineError/Code/unavailable``,
    ///   ``EngineError/Code/notPermitted``.
    public func open(_ location: String) async throws(EngineError) -> Board {
        let url: HTTPURL
        do throws(HTTPError) {
            url = try HTTPURL(location)
        } catch {
            throw EngineError(.usage, "this is no board's URL: \(error.detail)")
        }
        do throws(EngineError) {
            let store = try await Store.open(on: backend(url))
            return Board(location: url.printable, form: EngineBoard(store))
        } catch  where error.code == .notFound {
            throw EngineError(
                .notFound, "there is no board at '\(url.printable)'", object: url.printable)
        }
    }

    /// The backend of an engine board.
    func backend(_ url: HTTPURL) -> any BoardBackend {
        let identity = identity(url)
        let base = HTTPBackend(
            url, headers: headers, transport: transport,
            cache: cache.map { ResponseCache($0, identity: identity) })
        guard let cache else { return base }
        return cache.backend(base, identity: identity, board: url.printable)
    }

    /// Who asks whom: the origin, and all that is sent with the requests.
    private func identity(_ url: HTTPURL) -> CacheIdentity {
        var credentials: [UInt8] = []
        for field in headers.fields { credentials += Array("\(field.name): \(field.value)\n".utf8) }
        if let query = url.query { credentials += Array("?\(query)".utf8) }
        return CacheIdentity(origin: url.origin, credentials: credentials)
    }
}
