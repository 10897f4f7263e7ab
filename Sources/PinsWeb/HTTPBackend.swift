public import PinStorage
public import PinsHTTP

/// A board that a web server hands out as static files: for reading only, and without listings.
///
/// A key is a path below the board's URL. The newest commit is found by `latest` and upward probing
/// (FORMAT.md §9.3). Requests, with a board whose tables fit into its commit:
///
/// - opening: 1 (`config`);
/// - the newest state, for a list, a search or a version: 4 (`latest`, a HEAD for the next commit,
///   the commit and the one before it), 1 more for each segment of tables or index that it names;
/// - the bytes of a version: 1 for its manifest, and 1 for each run of neighbouring frames of one
///   batch: 2 for 10 MB that cannot be compressed. A cold read of those takes 8 requests in all.
///
/// Objects below `packs/`, `index/`, `tables/` and `sketches/` never change, so a
/// ``CachingBackend`` over this one asks for them once. `config` and `latest` go through a
/// ``ResponseCache`` where there is one.
public final class HTTPBackend: BoardBackend {
    /// Objects that may be replaced under their name, and are small.
    private static let mutableKeys: Set<ObjectKey> = ["config", "latest"]

    /// What the place promises.
    public let capabilities: BackendCapabilities
    /// The place, for messages; without secrets.
    public let description: String

    private let base: HTTPURL
    private let reader: WebReader

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
        reader = WebReader(
            place: base.printable, headers: headers, transport: transport, cache: cache)
        capabilities = BackendCapabilities(
            atomicCreate: false, list: false, strongList: false, readOnly: true, isRemote: true)
        description = base.printable
    }

    public func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        let object = object(key)
        if let range { return try await reader.part(object, range) }
        return try await reader.whole(
            object, limit: limit, isMutable: Self.mutableKeys.contains(key))
    }

    public func stat(_ key: ObjectKey) async throws(BackendError) -> ObjectStat? {
        let object = object(key)
        guard let head = try await reader.head(object) else { return nil }
        let byteCount: Int?
        if let length = head.contentLength, length >= 0 {
            byteCount = length
        } else {
            byteCount = try await reader.byteCount(object)
        }
        let modified = head.headers["Last-Modified"].flatMap { HTTPDate($0) }
        return byteCount.map {
            ObjectStat(key: key, byteCount: $0, modified: modified?.secondsSince1970)
        }
    }

    private func object(_ key: ObjectKey) -> WebObject {
        // A key has nothing that would have to be encoded.
        WebObject(url: base.appending(key.text), name: key.text, key: key)
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

    private func readOnly(_ key: ObjectKey) -> BackendError {
        BackendError(
            .readOnly, key: key, "\(description) is read-only: a board at a URL cannot be written")
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
                "\(place) cannot be reached\(name): \(error.detail) (\(error.code)); "
                    + error.advice)
        }
    }
}
