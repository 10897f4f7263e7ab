public import PinEngine
internal import Synchronization

/// Opens boards of places that this package does not know: a scheme, and what to do with a URL.
public struct BoardAdapter: Sendable {
    /// What the locations begin with, before the colon, in lower case: `https`, `plain+s3`.
    public let schemes: [String]
    /// Opens a board; throws ``EngineError/Code/notFound`` if there is none.
    public let open: @Sendable (_ location: String) async throws(EngineError) -> Board
    /// Makes a board; `nil` where boards are for reading only.
    public let create: Maker?

    /// Makes a board.
    public typealias Maker =
        @Sendable (_ location: String, _ settings: BoardSettings) async throws(EngineError) -> Board

    public init(
        schemes: [String],
        open: @escaping @Sendable (_ location: String) async throws(EngineError) -> Board,
        create: Maker? = nil
    ) {
        precondition(
            schemes.allSatisfy { !$0.isEmpty && $0 == $0.lowercased() && !$0.contains(":") },
            "a scheme is what stands before the colon, in lower case")
        self.schemes = schemes
        self.open = open
        self.create = create
    }
}

/// The adapters of this process: whoever embeds the library registers what it wants to have, so
/// that the library itself needs no HTTP.
///
///     BoardAdapters.register(WebBoards().adapter)
///     let board = try await Board.open("https://example.org/board/")
public enum BoardAdapters {
    private static let registered = Mutex<[String: BoardAdapter]>([:])

    /// Makes an adapter known; it replaces others for the same schemes.
    public static func register(_ adapter: BoardAdapter) {
        registered.withLock { registered in
            for scheme in adapter.schemes { registered[scheme] = adapter }
        }
    }

    /// The adapter of a location's scheme, if there is one.
    public static func adapter(for location: String) -> BoardAdapter? {
        guard let colon = location.firstIndex(of: ":") else { return nil }
        let scheme = location[..<colon].lowercased()
        return registered.withLock { $0[scheme] }
    }
}

extension BoardAdapter {
    /// Makes a board, or says that this cannot be done.
    func make(
        _ location: String, _ settings: BoardSettings
    ) async throws(EngineError) -> Board {
        guard let create else {
            throw EngineError(
                .cannotCreate,
                "a board at '\(location)' is for reading only: nothing can be written there",
                object: location)
        }
        return try await create(location, settings)
    }
}
