internal import PinEngine
internal import PinFormat
internal import PinStorage
internal import Pins
internal import PinsHTTP
internal import Synchronization

/// A plain board behind a web server, which lists nothing: the pins and versions are those that a
/// manifest or the caller names. For reading only.
///
/// Looking at a version takes one request (`data.txt`), and a HEAD for each file whose size is not
/// recorded; reading it one for each 8 MiB. Requests are not made twice for one version by one
/// board: a version never changes.
final class WebTree: PlainTree {
    /// How many `data.txt` are remembered.
    private static let knownCountMax = 20_000

    let description: String
    private let reader: WebReader
    private let folders: [String: [String: HTTPURL]]
    private let files: [String: HTTPURL]
    private let known = Mutex<[PlainPlace: [PlainFileStatus]]>([:])
    private let texts = Mutex<[PlainPlace: [UInt8]]>([:])

    /// - Parameters:
    ///   - folders: Of the versions of each pin; each has a `data.txt`, and a slash at its end.
    ///   - files: Pins that are a single file; their version is named after its time and tag.
    init(
        _ reader: WebReader, folders: [String: [String: HTTPURL]], files: [String: HTTPURL] = [:]
    ) {
        description = reader.place
        self.reader = reader
        self.folders = folders
        self.files = files
    }

    var isReadOnly: Bool { true }
    var publishesWhole: Bool { true }

    // MARK: - Looking

    func exists() async throws(EngineError) -> Bool { true }

    func pins() async throws(EngineError) -> [String] { Array(folders.keys) + Array(files.keys) }

    func versions(of pin: String) async throws(EngineError) -> [String] {
        if let url = files[pin] {
            let state = try await state(of: url)
            return state.map { [$0.version] } ?? []
        }
        return folders[pin].map { Array($0.keys) } ?? []
    }

    func files(of place: PlainPlace) async throws(EngineError) -> [PlainFileStatus] {
        if let known = known.withLock({ $0[place] }) { return known }
        let found: [PlainFileStatus]
        if let url = files[place.pin] {
            found = try await fileAlone(url, place)
        } else {
            found = try await filesInFolder(of: place)
        }
        known.withLock { known in
            if known.count >= Self.knownCountMax { known.removeAll() }
            known[place] = found
        }
        return found
    }

    private func filesInFolder(of place: PlainPlace) async throws(EngineError) -> [PlainFileStatus]
    {
        guard let text = try await text(of: place) else { return [] }
        var found = [status(PlainMetadata.fileName, place, text.count)]
        // What is wrong with it, whoever reads it says.
        guard let metadata = try? PlainMetadata(reading: text) else { return found }
        for (path, size) in zip(metadata.files, metadata.sizes) {
            if let size {
                found.append(status(path, place, Int(clamping: size)))
            } else if let object = object(path, place) {
                let size = try await reading { () throws(BackendError) in
                    try await self.reader.byteCount(object)
                }
                if let size { found.append(status(path, place, size)) }
            }
        }
        return found
    }

    func open(
        _ path: String, of place: PlainPlace
    ) async throws(EngineError) -> any PlainFile {
        if path == PlainMetadata.fileName {
            guard let text = try await text(of: place) else { throw missing(path, place) }
            return WebText(text, status(path, place, text.count))
        }
        guard let status = try await files(of: place).first(where: { $0.path == path }),
            let object = object(path, place)
        else { throw missing(path, place) }
        return WebFile(reader, object, status)
    }

    // MARK: - Folders

    /// The bytes of a version's `data.txt`, or those that would stand there for a single file.
    private func text(of place: PlainPlace) async throws(EngineError) -> [UInt8]? {
        if let text = texts.withLock({ $0[place] }) { return text }
        guard let object = object(PlainMetadata.fileName, place) else { return nil }
        let text: [UInt8]
        do throws(BackendError) {
            text = try await reader.whole(object, limit: 1 << 20, isMutable: true)
        } catch  where error.code == .notFound {
            return nil
        } catch {
            throw EngineError(error)
        }
        remember(text, place)
        return text
    }

    private func remember(_ text: [UInt8], _ place: PlainPlace) {
        texts.withLock { texts in
            if texts.count >= Self.knownCountMax { texts.removeAll() }
            texts[place] = text
        }
    }

    /// What a path of a version is on the web.
    private func object(_ path: String, _ place: PlainPlace) -> WebObject? {
        let name = "\(place.pin)/\(place.version)/\(path)"
        if let url = files[place.pin] { return WebObject(url: url, name: place.pin) }
        return folders[place.pin]?[place.version].map {
            WebObject(url: $0.appending(Self.encoded(path)), name: name)
        }
    }

    /// A relative path as it goes into a URL.
    static func encoded(_ path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false)
            .map { HTTPURL.encoded(component: String($0)) }.joined(separator: "/")
    }

    private func status(_ path: String, _ place: PlainPlace, _ byteCount: Int) -> PlainFileStatus {
        PlainFileStatus(
            path: path, byteCount: UInt64(byteCount),
            file: "\(place.pin)/\(place.version)/\(path)", stamp: "")
    }

    // MARK: - Single files

    /// What is known of a single file: `nil` if it is not there.
    private func state(
        of url: HTTPURL
    ) async throws(EngineError) -> (version: String, seconds: Int64, byteCount: Int)? {
        let object = WebObject(url: url, name: url.path)
        let (head, size) = try await reading { () throws(BackendError) in
            let head = try await self.reader.head(object)
            if head == nil { return (nil as HTTPResponseHead?, nil as Int?) }
            if let length = head?.contentLength { return (head, length) }
            return (head, try await self.reader.byteCount(object))
        }
        guard let head, let size else { return nil }
        let modified = head.headers["Last-Modified"]
        let seconds = max(0, modified.flatMap { HTTPDate($0) }?.secondsSince1970 ?? 0)
        let tag = head.headers["ETag"] ?? modified ?? ""
        let digest = PlainHash.xxh64(Array("\(tag) \(size)".utf8))
        return ("\(VersionName.timestamp(seconds))-\(digest.prefix(5))", seconds, size)
    }

    /// The file, and a `data.txt` that says what is known of it.
    private func fileAlone(
        _ url: HTTPURL, _ place: PlainPlace
    ) async throws(EngineError) -> [PlainFileStatus] {
        guard let state = try await state(of: url), state.version == place.version else {
            return []
        }
        let name = Self.fileName(of: url) ?? place.pin
        let quoted = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        let text = """
            api_version: 1
            created: \(VersionName.timestamp(state.seconds))
            file: "\(quoted)"
            file_size: \(state.byteCount)
            title: "\(quoted)"
            type: file

            """
        remember(Array(text.utf8), place)
        return [
            status(PlainMetadata.fileName, place, text.utf8.count),
            status(name, place, state.byteCount),
        ]
    }

    /// The last component of a URL's path, if it can be a file's name.
    static func fileName(of url: HTTPURL) -> String? {
        let last = url.path.split(separator: "/").last.map(String.init) ?? ""
        let name = last.removingPercentEncoding
        guard (try? Names.checkPath(name)) != nil, name != PlainMetadata.fileName,
            !name.contains("/")
        else { return nil }
        return name
    }

    // MARK: - Errors

    private func reading<Value>(
        _ body: () async throws(BackendError) -> Value
    ) async throws(EngineError) -> Value {
        do throws(BackendError) { return try await body() } catch { throw EngineError(error) }
    }

    private func missing(_ path: String, _ place: PlainPlace) -> EngineError {
        EngineError(
            .notFound,
            "version '\(place.version)' of pin '\(place.pin)' has no file "
                + "'\(Names.printable(path))' at \(description)",
            object: place.pin)
    }

    private var readOnly: EngineError {
        EngineError(
            .cannotCreate, "\(description) is read-only: a board at a URL cannot be written")
    }
}

// Nothing of this is possible over the web.
extension WebTree {
    func create() async throws(EngineError) { throw readOnly }

    func lock() async throws(EngineError) -> any PlainLock { throw readOnly }

    func stage(for pin: String) async throws(EngineError) -> any PlainStage { throw readOnly }

    func addMarker(_ name: String, to place: PlainPlace) async throws(EngineError) -> Bool {
        throw readOnly
    }

    func removeMarker(_ name: String, from place: PlainPlace) async throws(EngineError) {
        throw readOnly
    }

    func delete(_ place: PlainPlace) async throws(EngineError) { throw readOnly }

    func delete(pin: String) async throws(EngineError) { throw readOnly }

    func writeRootFile(_ name: String, _ bytes: [UInt8]) async throws(EngineError) {
        throw readOnly
    }
}
