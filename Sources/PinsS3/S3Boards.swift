public import PinEngine
internal import PinFormat
internal import PinStorage
internal import PinTransforms
public import Pins
public import PinsHTTP

/// Boards in buckets: `s3://BUCKET/PREFIX`.
///
///     BoardAdapters.register(S3Boards(cache: BoardCache(try .standard())).adapter)
///
/// Settings come from the environment, as Amazon's tools read it; see
/// ``S3Settings/system(_:transport:)``.
public struct S3Boards: Sendable {
    private let settings: @Sendable () throws(S3Error) -> S3Settings
    private let transport: any HTTPTransport
    private let cache: BoardCache?

    /// - Parameters:
    ///   - settings: Asked for once for every board; those of the environment by default.
    ///   - transport: Sends once; the client tries again.
    ///   - cache: Where what was read is kept; `nil` keeps nothing.
    public init(
        settings: S3Settings? = nil, transport: any HTTPTransport = CurlTransport.shared,
        cache: BoardCache? = nil
    ) {
        self.settings = { () throws(S3Error) in
            if let settings { return settings }
            return try S3Settings.system(transport: transport)
        }
        self.transport = transport
        self.cache = cache
    }

    /// For ``Pins/BoardAdapters``.
    public var adapter: BoardAdapter {
        BoardAdapter(
            schemes: ["s3"],
            open: { (location) throws(EngineError) in try await open(location) },
            create: { (location, settings) throws(EngineError) in
                try await create(location, settings)
            })
    }

    /// Opens a board.
    ///
    /// - Throws: ``EngineError/Code/usage`` for a location that is none,
    ///   ``EngineError/Code/notFound`` if there is no board or bucket,
    ///   ``EngineError/Code/notPermitted`` for missing or wrong keys,
    ///   ``EngineError/Code/unavailable``.
    public func open(_ location: String) async throws(EngineError) -> Board {
        let place = try place(location)
        do throws(EngineError) {
            var store = try await Store.open(on: try await backend(place, atomic: true))
            if store.config.isSingleWriter {
                // The service may take the condition and ignore it: look before writing.
                store = try await Store.open(on: try await backend(place, atomic: false))
            }
            return Board(location: location, form: EngineBoard(store))
        } catch  where error.code == .notFound && error.object == nil {
            throw EngineError(.notFound, error.message, object: location)
        }
    }

    /// Makes a board, after the service has shown that it honours conditional creation.
    ///
    /// - Throws: ``EngineError/Code/cannotCreate`` if there is one, or the service ignores the
    ///   condition and ``BoardSettings/isSingleWriter`` is not set; as ``open(_:)``.
    public func create(
        _ location: String, _ settings: BoardSettings = BoardSettings()
    ) async throws(EngineError) -> Board {
        let chunker = try settings.chunker
        let place = try place(location)
        let isAtomic: Bool
        do throws(BackendError) {
            isAtomic = try await place.backend.probeConditionalCreation()
        } catch {
            throw EngineError(error)
        }
        let backend = try await backend(place, atomic: isAtomic)
        guard isAtomic || settings.isSingleWriter else {
            throw EngineError(
                .cannotCreate,
                "\(backend.description) takes 'If-None-Match: *' and ignores it: of two writers "
                    + "at once one would lose its data; use '--single-writer' if only one program "
                    + "writes",
                object: location)
        }
        let store = try await Store.create(
            on: backend, chunker: chunker, level: settings.level,
            closureFrameCount: settings.closureFrameCount,
            isSingleWriter: settings.isSingleWriter)
        return Board(location: location, form: EngineBoard(store))
    }

    // MARK: - Places

    /// Where a location leads, and as whom.
    private struct Place {
        let settings: S3Settings
        let client: S3Client
        let backend: S3Backend
    }

    private func place(_ text: String) throws(EngineError) -> Place {
        do throws(S3Error) {
            let location = try S3Location(text)
            let settings = try settings()
            let client = try S3Client(bucket: location.bucket, settings, transport: transport)
            return Place(
                settings: settings, client: client,
                backend: S3Backend(location, client, partByteCount: settings.partByteCount))
        } catch {
            throw EngineError(.usage, error.message, object: text)
        }
    }

    /// The backend, below the cache where there is one: what one key has read is never served to
    /// another.
    private func backend(
        _ place: Place, atomic: Bool
    ) async throws(EngineError) -> any BoardBackend {
        let backend = place.backend.withAtomicCreation(atomic)
        guard let cache else { return backend }
        let credentials: S3Credentials
        do throws(S3Error) {
            credentials = try await place.settings.credentials.current()
        } catch {
            throw EngineError(BackendError(error, key: nil))
        }
        // Keys of a role change every hour, and their names with them: the account they are of is
        // not known here, so that the cache of a role is used for the life of its key.
        let identity = CacheIdentity(
            origin: place.settings.endpoint.identity,
            credentials: Array("\(credentials.accessKeyID)\n\(credentials.secretAccessKey)".utf8))
        return cache.backend(backend, identity: identity, board: backend.description)
    }
}
