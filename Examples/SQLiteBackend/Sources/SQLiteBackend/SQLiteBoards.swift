import Foundation
public import PinEngine
public import Pins

/// Boards in files of SQLite, for whoever opens boards by location:
///
///     BoardAdapters.register(SQLiteBoards.adapter)
///     let board = try await Board.openOrCreate("sqlite:/data/team.board")
public enum SQLiteBoards {
    /// Opens and makes boards at `sqlite:PATH`.
    public static var adapter: BoardAdapter {
        BoardAdapter(
            schemes: ["sqlite"],
            open: { (location) throws(EngineError) in
                let path = path(location)
                guard FileManager.default.fileExists(atPath: path) else {
                    throw EngineError(.notFound, "there is no file '\(path)'", object: location)
                }
                return try await board(location, Store.open(on: backend(path)))
            },
            create: { (location, settings) throws(EngineError) in
                try await board(
                    location, Store.create(on: backend(path(location)), level: settings.level))
            })
    }

    private static func path(_ location: String) -> String {
        String(location.dropFirst("sqlite:".count))
    }

    private static func backend(_ path: String) throws(EngineError) -> SQLiteBackend {
        do { return try SQLiteBackend(path: path) } catch { throw EngineError(error) }
    }

    private static func board(_ location: String, _ store: Store) -> Board {
        Board(location: location, form: EngineBoard(store))
    }
}
