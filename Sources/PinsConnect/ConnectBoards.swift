public import PinEngine
public import Pins
public import PinsHTTP

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Boards on Posit Connect: `connect://HOST[/PATH]`, `connect+http://…`, and `connect:` for the
/// server that `CONNECT_SERVER` names. The key comes from `CONNECT_API_KEY`.
///
///     BoardAdapters.register(ConnectBoards(cache: BoardCache(try .standard())).adapter)
///     let board = try await Board.open("connect://connect.example.org")
///     let version = try await board.version("susan/sales")
public struct ConnectBoards: Sendable {
    private let settings: ConnectSettings
    private let transport: any HTTPTransport
    private let cache: BoardCache?
    private let variable: @Sendable (String) -> String?

    /// - Parameters:
    ///   - cache: Where what was read is kept; `nil` keeps nothing.
    ///   - transport: libcurl by default.
    ///   - variable: Gives a variable of the environment; the process's own by default.
    public init(
        settings: ConnectSettings = ConnectSettings(), cache: BoardCache? = nil,
        transport: (any HTTPTransport)? = nil,
        variable: (@Sendable (String) -> String?)? = nil
    ) {
        self.settings = settings
        self.transport = transport ?? CurlTransport.shared
        self.cache = cache
        self.variable =
            variable ?? { name in unsafe getenv(name).map { unsafe String(cString: $0) } }
    }

    /// For ``Pins/BoardAdapters``.
    public var adapter: BoardAdapter {
        BoardAdapter(
            schemes: ["connect", "connect+http"],
            open: { (location) throws(EngineError) in try open(location) },
            create: { (location, _) throws(EngineError) in
                throw EngineError(
                    .cannotCreate,
                    "a Connect server is not made by 'pins': '\(location)' can be used as it is",
                    object: location)
            })
    }

    /// The board of a location. Nothing is asked yet.
    ///
    /// - Throws: ``EngineError/Code/usage`` for an address that is none, or where `connect:` alone
    ///   finds no `CONNECT_SERVER`.
    public func open(_ location: String) throws(EngineError) -> Board {
        Board(location: location, form: try form(try Self.address(location, variable)))
    }

    /// The board of a server.
    ///
    /// - Parameters:
    ///   - server: `https://HOST[:PORT][/PATH]`; `CONNECT_SERVER` if it is `nil`.
    ///   - key: `CONNECT_API_KEY` if it is `nil`.
    public func open(server: String? = nil, key: String? = nil) throws(EngineError) -> Board {
        let address: String
        if let server { address = server } else { address = try Self.address("connect:", variable) }
        let form = try form(address, key: key)
        return Board(location: form.server.printable, form: form)
    }

    private func form(_ address: String, key: String? = nil) throws(EngineError) -> ConnectBoard {
        var settings = settings
        if variable("PINS_USE_CACHE_ON_FAILURE") == "1" { settings.usesCacheOnFailure = true }
        return ConnectBoard(
            try ConnectServer(address, key: key ?? variable("CONNECT_API_KEY")),
            settings: settings, transport: transport, cache: cache)
    }

    /// The server's address.
    static func address(
        _ location: String, _ variable: (String) -> String?
    ) throws(EngineError) -> String {
        func rest(_ scheme: String) -> Substring? {
            guard location.lowercased().hasPrefix(scheme) else { return nil }
            let rest = location.dropFirst(scheme.count)
            return rest.isEmpty ? nil : rest
        }
        if let place = rest("connect://") { return "https://\(place)" }
        if let place = rest("connect+http://") { return "http://\(place)" }
        guard ["connect:", "connect://"].contains(location.lowercased()) else {
            throw EngineError(
                .usage,
                "a board on Connect is 'connect://HOST[/PATH]', or 'connect:' alone for "
                    + "the server in CONNECT_SERVER")
        }
        guard let server = variable("CONNECT_SERVER"), !server.isEmpty else {
            throw EngineError(
                .usage,
                "'connect:' takes its server from CONNECT_SERVER, which is not set; give "
                    + "'connect://HOST', or set it to 'https://HOST'")
        }
        return server.contains("://") ? server : "https://\(server)"
    }
}
