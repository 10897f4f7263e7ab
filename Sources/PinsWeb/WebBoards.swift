public import PinEngine
internal import PinFormat
internal import PinStorage
public import Pins
public import PinsHTTP

/// Boards behind `https://` and `http://`, for reading.
///
/// A URL is an engine board that is served as static files, where there is a `config` below it, or
/// a board in the layout of pins for Python and R, where there is R's `_pins.yaml`. Writes are
/// refused with ``EngineError/Code/cannotCreate``.
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
        let url = try Self.url(location)
        if [".yaml", ".yml"].contains(where: url.path.hasSuffix) {
            let (manifest, reader) = try await manifest(url)
            let end = url.path.lastIndex(of: "/") ?? url.path.startIndex
            let folder = url.with(path: String(url.path[...end]), query: url.query)
            return board(of: manifest, folder, reader)
        }
        do throws(EngineError) {
            let store = try await Store.open(on: backend(url))
            return Board(location: url.printable, form: EngineBoard(store))
        } catch  where [.notFound, .corrupt, .notPermitted].contains(error.code) {
            // Some servers answer everything with a page; buckets that do not let themselves be
            // listed answer 403 for what is not there.
            do throws(EngineError) {
                let (manifest, reader) = try await manifest(
                    url.appending(PlainManifest.fileName))
                return board(of: manifest, url, reader)
            } catch let other where [.notFound, .notPermitted].contains(other.code) {
                guard error.code == .notFound else { throw error }
                throw EngineError(
                    .notFound,
                    "there is no board at '\(url.printable)': neither 'config' nor "
                        + "'\(PlainManifest.fileName)' is there",
                    object: url.printable)
            }
        }
    }

    // MARK: - Plain boards

    /// A board of pins that lie anywhere on the web, as `board_url` of pins for R has it.
    ///
    /// A URL that ends in a slash is a folder with `data.txt` and the files that it names; any
    /// other is one file, which has no metadata and is read without a check. Of several URLs of a
    /// pin each is a version, and must be such a folder; they are in the order of their last
    /// components. Headers go to all of them.
    ///
    /// - Throws: ``EngineError/Code/usage`` for what is no URL, or no name of a pin.
    public func board(of pins: [String: [String]]) throws(EngineError) -> Board {
        var (folders, files, all): ([String: [String: HTTPURL]], [String: HTTPURL], [String]) =
            ([:], [:], [])
        for (pin, texts) in pins.sorted(by: { $0.key < $1.key }) {
            do throws(FormatError) { try Names.checkPin(pin) } catch {
                throw EngineError.usage(error, object: pin)
            }
            for text in texts {
                let url = try Self.url(text)
                all.append("\(pin) \(url.printable)")
                if url.path.hasSuffix("/") {
                    let last = url.path.split(separator: "/").last.map(String.init) ?? "1"
                    folders[pin, default: [:]][last.removingPercentEncoding] = url
                } else if texts.count == 1 {
                    files[pin] = url
                } else {
                    throw EngineError(
                        .usage,
                        "several URLs of pin '\(pin)' are versions, and must end in a slash",
                        object: pin)
                }
            }
        }
        let identity = CacheIdentity(origin: "urls", credentials: credentials)
        let reader = reader(identity, place: "a list of URLs")
        let tree = WebTree(reader, folders: folders, files: files)
        return board(tree, identity, "urls", all.joined(separator: "\n"))
    }

    private func manifest(
        _ url: HTTPURL
    ) async throws(EngineError) -> (PlainManifest, WebReader) {
        let reader = reader(identity(url), place: url.printable)
        let bytes: [UInt8]
        do throws(BackendError) {
            bytes = try await reader.whole(
                WebObject(url: url, name: PlainManifest.fileName),
                limit: PlainManifest.byteCountMax, isMutable: true)
        } catch {
            throw EngineError(error)
        }
        return (try PlainManifest(reading: bytes, place: url.printable), reader)
    }

    private func board(
        of manifest: PlainManifest, _ folder: HTTPURL, _ reader: WebReader
    ) -> Board {
        for remark in manifest.remarks { BoardWarnings.warn(remark) }
        let folders = manifest.versions.mapValues { versions in
            Dictionary(
                versions.map { ($0.name, folder.appending(WebTree.encoded($0.path))) },
                uniquingKeysWith: { $1 })
        }
        let tree = WebTree(reader, folders: folders)
        return board(tree, identity(folder), folder.printable, folder.printable)
    }

    private func board(
        _ tree: WebTree, _ identity: CacheIdentity, _ location: String, _ name: String
    ) -> Board {
        let plain = PlainBoard(tree)
        guard let cache else { return Board(location: location, form: plain) }
        return Board(
            location: location,
            form: RemotePlainBoard(plain, cache: cache, identity: identity, url: name))
    }

    // MARK: - Engine boards

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
        let query = Array((url.query.map { "?\($0)" } ?? "").utf8)
        return CacheIdentity(origin: url.origin, credentials: credentials + query)
    }

    /// All that says who asks.
    private var credentials: [UInt8] {
        headers.fields.flatMap { Array("\($0.name): \($0.value)\n".utf8) }
    }

    private func reader(_ identity: CacheIdentity, place: String) -> WebReader {
        WebReader(
            place: place, headers: headers, transport: transport,
            cache: cache.map { ResponseCache($0, identity: identity) })
    }

    private static func url(_ text: String) throws(EngineError) -> HTTPURL {
        do throws(HTTPError) { return try HTTPURL(text) } catch {
            throw EngineError(.usage, "this is no URL of the web: \(error.detail)")
        }
    }
}
