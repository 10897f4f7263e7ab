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
    ///   - transport: Sends once; the client tries again. libcurl by default, which trusts the
    ///     certificates of `AWS_CA_BUNDLE` where that names a file.
    ///   - cache: Where what was read is kept; `nil` keeps nothing.
    public init(
        settings: S3Settings? = nil, transport: (any HTTPTransport)? = nil,
        cache: BoardCache? = nil
    ) {
        let transport = transport ?? Self.standardTransport
        self.settings = { () throws(S3Error) in
            if let settings { return settings }
            return try S3Settings.system(transport: transport)
        }
        self.transport = transport
        self.cache = cache
    }

    /// Connections are shared with other boards unless certificates are for buckets alone.
    private static let standardTransport: any HTTPTransport = {
        let settings = CurlTransport.Settings(certificatesFrom: "AWS_CA_BUNDLE")
        let isShared = settings.certificateFile == CurlTransport.Settings().certificateFile
        return isShared ? CurlTransport.shared : CurlTransport(settings)
    }()

    /// For ``Pins/BoardAdapters``: boards of the engine.
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
                store = store.moved(to: try await backend(place, atomic: false))
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
            isSingleWriter: settings.isSingleWriter, parityPercent: settings.parityPercent)
        return Board(location: location, form: EngineBoard(store))
    }

    // MARK: - Plain boards

    /// For ``Pins/BoardAdapters``: boards in the layout of pins for Python and R.
    public var plainAdapter: BoardAdapter {
        BoardAdapter(
            schemes: ["plain+s3"],
            open: { (location) throws(EngineError) in try await openPlain(location) },
            create: { (location, _) throws(EngineError) in try await createPlain(location) })
    }

    /// Opens a plain board; a prefix in a bucket that is there is one, if it is an empty one.
    public func openPlain(_ location: String) async throws(EngineError) -> Board {
        let place = try place(location, scheme: "plain+s3")
        let tree = S3PlainTree(
            place.location, place.client, partByteCount: place.settings.partByteCount,
            meter: place.meter)
        guard try await tree.exists() else {
            throw EngineError(.notFound, "there is no board '\(location)'", object: location)
        }
        let plain = PlainBoard(tree)
        guard let cache else { return Board(location: location, form: plain) }
        return Board(
            location: location,
            form: RemotePlainBoard(
                plain, cache: cache, identity: try await identity(place), url: tree.description))
    }

    /// Makes a plain board, which needs nothing but its bucket.
    ///
    /// - Throws: ``EngineError/Code/cannotCreate`` if anything is there.
    public func createPlain(_ location: String) async throws(EngineError) -> Board {
        let place = try place(location, scheme: "plain+s3")
        let tree = S3PlainTree(
            place.location, place.client, partByteCount: place.settings.partByteCount,
            meter: place.meter)
        guard try await tree.isEmpty() else {
            throw EngineError(
                .cannotCreate, "'\(location)' is not empty; a new board needs an empty prefix",
                object: location)
        }
        return try await openPlain(location)
    }

    // MARK: - Places

    /// Where a location leads, and as whom.
    private struct Place {
        let location: S3Location
        let settings: S3Settings
        let client: S3Client
        let backend: S3Backend
        let meter: MeteredTransport
    }

    private func place(
        _ text: String, scheme: String = "s3"
    ) throws(EngineError) -> Place {
        do throws(S3Error) {
            let location = try S3Location(text, scheme: scheme)
            let settings = try settings()
            let meter = MeteredTransport(transport)
            let client = try S3Client(bucket: location.bucket, settings, transport: meter)
            return Place(
                location: location, settings: settings, client: client,
                backend: S3Backend(location, client, partByteCount: settings.partByteCount),
                meter: meter)
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
        return cache.backend(
            backend, identity: try await identity(place), board: backend.description)
    }

    /// Who asks whom. Keys of a role change every hour, and what was read with them is read again:
    /// whose they are is not known here.
    private func identity(_ place: Place) async throws(EngineError) -> CacheIdentity {
        do throws(S3Error) {
            let keys = try await place.settings.credentials.current()
            return CacheIdentity(
                origin: place.settings.endpoint.identity,
                credentials: Array("\(keys.accessKeyID)\n\(keys.secretAccessKey)".utf8))
        } catch {
            throw EngineError(BackendError(error, key: nil))
        }
    }
}
