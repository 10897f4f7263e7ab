public import PinEngine
internal import PinFormat
internal import PinStorage

/// What a board's folder may hold (FORMAT.md §3.1).
private let boardFiles: Set<String> = [
    "config", "latest", "commits", "packs", "index", "tables", "tmp", "sketches", "parity",
]

/// Opening and making boards.
extension Board {
    /// Makes a board.
    ///
    /// - Parameter location: A folder; made if it does not exist.
    /// - Throws: ``EngineError/Code/cannotCreate`` if there is a board, or the folder holds
    ///   something else; ``EngineError/Code/usage`` for settings that are not allowed.
    public static func create(
        _ location: String, _ settings: BoardSettings = BoardSettings()
    ) async throws(EngineError) -> Board {
        if let adapter = BoardAdapters.adapter(for: location) {
            return try await adapter.make(location, settings)
        }
        let place = try BoardLocation(location)
        if case .plainFolder(let path) = place.kind {
            return Board(location: place.text, form: try await PlainBoard.create(inFolder: path))
        }
        let backend = try place.backend()
        let chunker = try settings.chunker
        return try await runBlocking { () async throws(EngineError) in
            do throws(BackendError) {
                try await backend.createFolder()
                guard try await !backend.holds(otherThan: boardFiles) else {
                    throw BackendError(
                        .readOnly, key: nil,
                        "'\(location)' holds other files; a new board needs an empty or new folder")
                }
            } catch  where error.code == .unavailable || error.code == .notADirectory {
                // A file system that makes no folders there, such as /proc, or a file in the way.
                throw EngineError(.cannotCreate, error.message, object: location)
            } catch {
                throw EngineError(error)
            }
            let store = try await Store.create(
                on: try await place.provenBackend(settings), chunker: chunker,
                level: settings.level, closureFrameCount: settings.closureFrameCount,
                isSingleWriter: settings.isSingleWriter, parityPercent: settings.parityPercent,
                configuration: .of(place))
            return Board(location: place.text, form: EngineBoard(store))
        }
    }

    /// Opens a board.
    ///
    /// - Throws: ``EngineError/Code/notFound`` if there is none, ``EngineError/Code/needsNewer``.
    public static func open(_ location: String) async throws(EngineError) -> Board {
        if let adapter = BoardAdapters.adapter(for: location) {
            return try await adapter.open(location)
        }
        let place = try BoardLocation(location)
        if let plain = try await PlainBoard.find(place) {
            return Board(location: place.text, form: plain)
        }
        let backend = try place.backend()
        return try await runBlocking { () async throws(EngineError) in
            do throws(BackendError) {
                guard try await backend.folderExists() else {
                    throw BackendError(
                        .notFound, "there is no board '\(location)'; 'pins init' makes one")
                }
            } catch  where error.code == .notADirectory || error.code == .notFound {
                throw EngineError(.notFound, error.message, object: location)
            } catch {
                throw EngineError(error)
            }
            do throws(EngineError) {
                var store = try await Store.open(on: backend, configuration: .of(place))
                if store.config.isSingleWriter {
                    // The folder may not be able to do better: look before writing.
                    store = store.moved(to: try place.backend(hasAtomicCreate: false))
                }
                return Board(location: place.text, form: EngineBoard(store))
            } catch  where error.code == .notFound {
                throw EngineError(.notFound, error.message, object: location)
            }
        }
    }

    /// Opens a board, or makes it where there is none.
    public static func openOrCreate(
        _ location: String, _ settings: BoardSettings = BoardSettings()
    ) async throws(EngineError) -> Board {
        do throws(EngineError) {
            return try await open(location)
        } catch  where error.code == .notFound {
            do throws(EngineError) {
                return try await create(location, settings)
            } catch let failure where failure.code == .cannotCreate {
                // Another process may have made it in the meantime.
                guard let board = try? await open(location) else { throw failure }
                return board
            }
        }
    }

    /// Opens a board; where there is none, makes one in memory that ends with the process, to try
    /// out what a write would do.
    public static func openOrImagine(_ location: String) async throws(EngineError) -> Board {
        do throws(EngineError) {
            return try await open(location)
        } catch  where error.code == .notFound {
            let settings = BoardSettings()
            if let adapter = BoardAdapters.adapter(for: location), adapter.create == nil {
                return try await adapter.make(location, settings)
            }
            let place = try BoardLocation(location)
            if case .plainFolder = place.kind {
                return Board(location: place.text, form: PlainBoard(PlainMemory())).imagined
            }
            // What another machine would have is worked with as such.
            let isRemote = BoardAdapters.adapter(for: location) != nil
            return try await runBlocking { () async throws(EngineError) in
                let backend = MemoryBackend(
                    capabilities: BackendCapabilities(isRemote: isRemote),
                    hasLocalObjects: !isRemote, description: location)
                let store = try await Store.create(on: backend, level: settings.level)
                return Board(location: place.text, form: EngineBoard(store)).imagined
            }
        }
    }
}

extension StoreConfiguration {
    /// Boards in shared folders tell a person what has not arrived yet.
    static func of(_ place: BoardLocation) -> StoreConfiguration {
        var configuration = StoreConfiguration()
        configuration.isFolderShared = place.isShared
        configuration.onUnsettled = { BoardWarnings.warn($0.message) }
        return configuration
    }
}

extension BoardLocation {
    /// The backend of a new board, after the folder has shown what it can do.
    ///
    /// - Throws: ``EngineError/Code/cannotCreate`` if it cannot let one of several writers win, and
    ///   the board is not for a single one.
    fileprivate func provenBackend(
        _ settings: BoardSettings
    ) async throws(EngineError) -> FolderBackend {
        let folder = try backend()
        let isExclusive: Bool
        do throws(BackendError) {
            isExclusive = try await folder.probeExclusiveCreation()
        } catch {
            throw EngineError(error)
        }
        guard isExclusive || settings.isSingleWriter else {
            throw EngineError(
                .cannotCreate,
                "the file system of '\(text)' can neither rename without replacing nor make hard "
                    + "links, or does not keep to it: of two writers at once one would lose its "
                    + "data; use '--single-writer' if only one program writes",
                object: text)
        }
        return try backend(hasAtomicCreate: isExclusive)
    }
}
