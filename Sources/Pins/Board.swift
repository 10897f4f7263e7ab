public import PinEngine
public import PinFormat
internal import PinStorage

/// What a new board is made with.
public struct BoardSettings: Sendable {
    /// The average chunk size in bytes: a power of two, 4 KiB…4 MiB. Boards that keep the default
    /// give equal data equal hashes.
    public var chunkAverageByteCount = ChunkerParameters.standard.averageByteCount
    /// The zstd level, 1…19.
    public var level = 3
    /// How many frames decoding one chunk may need, 1…16; 1 turns deltas off.
    public var closureFrameCount = BoardConfig.standardClosureFrameCount
    /// For stores that cannot create objects atomically: only one program writes.
    public var isSingleWriter = false

    public init() {}
}

/// What a board's folder may hold (FORMAT.md §3.1).
private let boardFiles: Set<String> = [
    "config", "latest", "commits", "packs", "index", "tables", "tmp",
]

/// A board: named pins with immutable versions.
///
///     let board = try await Board.openOrCreate("boards/team")
///     let file = InputFile(path: "sales.csv", source: BytesSource(csv))
///     let metadata = VersionMetadata(createdSeconds: 1_800_000_000, type: "csv", title: "Sales")
///     let result = try await board.write(
///         WriteRequest(pin: "sales", files: [file], metadata: metadata))
///     let version = try await board.version("sales")
///     let bytes = try await version.bytes(version.files[0])
///
/// Safe to use from any number of tasks, and beside other processes.
public struct Board: Sendable {
    /// As it was given to `open` or `create`.
    public let location: String
    /// The engine below.
    public let store: Store

    private init(_ location: BoardLocation, _ store: Store) {
        self.location = location.text
        self.store = store
    }

    /// Makes a board.
    ///
    /// - Parameter location: A folder; made if it does not exist.
    /// - Throws: ``EngineError/Code/cannotCreate`` if there is a board, or the folder holds
    ///   something else; ``EngineError/Code/usage`` for settings that are not allowed.
    public static func create(
        _ location: String, _ settings: BoardSettings = BoardSettings()
    ) async throws(EngineError) -> Board {
        let place = try BoardLocation(location)
        let backend = try place.backend()
        let size = settings.chunkAverageByteCount
        let exponent = size > 0 ? size.trailingZeroBitCount : 0
        guard size == 1 << exponent, ChunkerParameters.averageExponents.contains(exponent),
            let chunker = try? ChunkerParameters(averageExponent: exponent)
        else {
            throw EngineError(
                .usage,
                "an average chunk of \(size) bytes is not allowed; use a power of two from 4KiB "
                    + "to 4MiB"
            )
        }
        guard (1...19).contains(settings.level) else {
            throw EngineError(.usage, "the level is \(settings.level); 1 to 19 are allowed")
        }
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
                on: backend, chunker: chunker, level: settings.level,
                closureFrameCount: settings.closureFrameCount,
                isSingleWriter: settings.isSingleWriter)
            return Board(place, store)
        }
    }

    /// Opens a board.
    ///
    /// - Throws: ``EngineError/Code/notFound`` if there is none, ``EngineError/Code/needsNewer``.
    public static func open(_ location: String) async throws(EngineError) -> Board {
        let place = try BoardLocation(location)
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
                return Board(place, try await Store.open(on: backend))
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
            let place = try BoardLocation(location)
            return try await runBlocking { () async throws(EngineError) in
                let store = try await Store.create(
                    on: MemoryBackend(description: location), level: settings.level)
                return Board(place, store)
            }
        }
    }

    // MARK: - Writing

    /// Writes a new version of a pin; streams, in bounded memory.
    ///
    /// - Returns: What was written; `isUnchanged` if content, file names and metadata equal the
    ///   latest version.
    public func write(
        _ request: WriteRequest, progress: ProgressHandler? = nil
    ) async throws(EngineError) -> WriteResult {
        if let json = request.metadata.userJSON { try JSONText.checkObject(json) }
        return try await store.write(request, progress: progress)
    }

    /// Writes a version with the content of the latest one and changed metadata; stores no data.
    public func edit(
        _ pin: String, _ change: @escaping @Sendable (inout VersionMetadata) -> Void
    ) async throws(EngineError) -> WriteResult {
        try await store.edit(pin) { (metadata) throws(EngineError) in
            let before = metadata.userJSON
            change(&metadata)
            // What stood there already came in by a check, or by another program: it is not
            // touched.
            guard let json = metadata.userJSON, !json.isEmpty, json != before else { return }
            try JSONText.checkObject(json)
        }
    }

    /// Removes one version, or the pin with all of them.
    ///
    /// - Returns: The names of the versions that were removed.
    public func delete(
        _ pin: String, version: VersionSelector? = nil
    ) async throws(EngineError) -> [String] {
        try await store.delete(pin, version)
    }

    /// Points a label at a version.
    ///
    /// - Returns: The version's name.
    public func setLabel(
        _ label: String, of pin: String, to selector: VersionSelector = .latest
    ) async throws(EngineError) -> String {
        try await store.setLabel(label, of: pin, to: selector)
    }

    /// Takes a label away.
    public func removeLabel(_ label: String, of pin: String) async throws(EngineError) {
        _ = try await store.setLabel(label, of: pin, to: nil)
    }

    // MARK: - Maintenance

    /// Gives space back: see ``CollectionOptions``.
    public func collect(
        _ options: CollectionOptions = CollectionOptions(), progress: ProgressHandler? = nil
    ) async throws(EngineError) -> CollectionReport {
        try await store.collect(options, progress: progress)
    }
}
