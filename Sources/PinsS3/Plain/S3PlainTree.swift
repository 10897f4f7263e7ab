package import PinEngine
internal import PinFormat
package import PinStorage
package import Pins

/// A plain board in a bucket, as pins for Python keeps it over s3fs: `PREFIX/pin/version/file`.
///
/// Nothing in a bucket appears whole: files come one by one and `data.txt` last; a deletion takes
/// `data.txt` first. There are no locks; of two writers who publish one name, one is told so where
/// the service honours conditional creation.
package struct S3PlainTree: PlainTree {
    let client: S3Client
    let partByteCount: Int
    private let meter: MeteredTransport?
    /// What all keys begin with.
    private let prefix: String
    /// What a listing of everything found, where there was one.
    private var known: S3PlainListing?
    package let description: String
    package var isReadOnly: Bool { false }
    package var publishesWhole: Bool { false }
    package var pinCountOfLook: Int { 1 }

    /// A place; asks for nothing.
    init(
        _ location: S3Location, _ client: S3Client, partByteCount: Int,
        meter: MeteredTransport? = nil
    ) {
        self.client = client
        self.meter = meter
        self.partByteCount = partByteCount
        prefix = location.prefix
        description = "plain+s3://\(location.bucket)/\(location.prefix)"
    }

    func key(_ place: PlainPlace, _ path: String) -> String { key(place) + path }

    func key(_ place: PlainPlace) -> String { "\(prefix)\(place.pin)/\(place.version)/" }

    // MARK: - Looking

    /// A prefix needs no making: it is there if its bucket is.
    package func exists() async throws(EngineError) -> Bool {
        _ = try await asking { (client) async throws(S3Error) in
            try await client.list(prefix: prefix, delimiter: "/")
        }
        return true
    }

    package func create() async throws(EngineError) { _ = try await exists() }

    /// Whether nothing at all is there.
    func isEmpty() async throws(EngineError) -> Bool {
        let listing = try await asking { (client) async throws(S3Error) in
            try await client.list(prefix: prefix, delimiter: "/")
        }
        return listing.objects.isEmpty && listing.folders.isEmpty
    }

    package func pins() async throws(EngineError) -> [String] {
        if let known { return known.pins }
        return try await folders(below: prefix)
    }

    package func versions(of pin: String) async throws(EngineError) -> [String] {
        if let known { return known.versions(of: pin) }
        return try await folders(below: "\(prefix)\(pin)/")
    }

    /// All keys in one listing, a thousand with each request, instead of two listings and a HEAD
    /// for each pin.
    package func listed() async throws(EngineError) -> any PlainTree {
        var tree = self
        var listing = S3PlainListing()
        try await eachPage(prefix) { page in
            for object in page.objects { listing.add(object, below: prefix) }
        }
        tree.known = listing
        return tree
    }

    private func folders(below prefix: String) async throws(EngineError) -> [String] {
        try await pages(prefix, delimiter: "/").flatMap(\.folders).compactMap { folder in
            guard folder.hasPrefix(prefix), folder.hasSuffix("/") else { return nil }
            let name = folder.dropFirst(prefix.count).dropLast()
            return S3PlainListing.isName(name.utf8) ? String(name) : nil
        }
    }

    package func files(of place: PlainPlace) async throws(EngineError) -> [PlainFileStatus] {
        if let known { return known.files(of: place).map(\.status) }
        let start = key(place)
        return try await pages(start).flatMap(\.objects).compactMap { object in
            S3PlainListing.File(object, below: start)?.status
        }
    }

    package func open(
        _ path: String, of place: PlainPlace
    ) async throws(EngineError) -> any PlainFile {
        let key = key(place, path)
        if let file = known?.file(path, of: place) {
            return S3PlainFile(client, key, file.status, tag: file.tag)
        }
        let head = try await asking(key) { (client) async throws(S3Error) in
            try await client.head(key)
        }
        let status = PlainFileStatus(
            path: path, byteCount: UInt64(head.byteCount), file: key,
            stamp: head.tag ?? "\(head.modifiedSeconds ?? 0)")
        return S3PlainFile(client, key, status, tag: head.tag)
    }

    private func pages(
        _ prefix: String, delimiter: String? = nil
    ) async throws(EngineError) -> [S3Client.Listing] {
        var pages: [S3Client.Listing] = []
        try await eachPage(prefix, delimiter: delimiter) { pages.append($0) }
        return pages
    }

    private func eachPage(
        _ prefix: String, delimiter: String? = nil, _ body: (S3Client.Listing) -> Void
    ) async throws(EngineError) {
        var token: String?
        repeat {
            let asked = token
            let page = try await asking { (client) async throws(S3Error) in
                try await client.list(prefix: prefix, delimiter: delimiter, token: asked)
            }
            body(page)
            token = page.next
            try checkCancellation()
        } while token != nil
    }

    // MARK: - Changing

    package func lock() async throws(EngineError) -> any PlainLock { NoLock() }

    private struct NoLock: PlainLock {
        func release() {}
    }

    package func stage(for pin: String) async throws(EngineError) -> any PlainStage {
        S3PlainStage(self, pin)
    }

    package func addMarker(
        _ name: String, to place: PlainPlace
    ) async throws(EngineError) -> Bool {
        try await putIfAbsent(key(place, name), [])
    }

    package func removeMarker(_ name: String, from place: PlainPlace) async throws(EngineError) {
        let key = key(place, name)
        try await asking(key) { (client) async throws(S3Error) in try await client.delete(key) }
    }

    package func delete(_ place: PlainPlace) async throws(EngineError) {
        try await delete(below: key(place))
    }

    package func delete(pin: String) async throws(EngineError) {
        try await delete(below: "\(prefix)\(pin)/")
    }

    /// Without its `data.txt` a version is not whole, so that goes first.
    private func delete(below prefix: String) async throws(EngineError) {
        let keys = try await pages(prefix).flatMap(\.objects).map(\.key)
        guard !keys.isEmpty else {
            throw EngineError(.notFound, "'\(prefix)' is not there any more", object: prefix)
        }
        let heads = keys.filter { $0.hasSuffix("/\(PlainMetadata.fileName)") }
        let rest = keys.filter { !$0.hasSuffix("/\(PlainMetadata.fileName)") }
        try await asking { (client) async throws(S3Error) in
            try await client.delete(heads)
            try await client.delete(rest)
        }
    }

    package func writeRootFile(_ name: String, _ bytes: [UInt8]) async throws(EngineError) {
        let key = prefix + name
        try await asking(key) { (client) async throws(S3Error) in
            _ = try await client.put(key, bytes, ifAbsent: false)
        }
    }

    // MARK: - Traffic

    package var traffic: Traffic? { meter?.traffic }

    /// HEAD, and a GET for each block.
    package func requestCount(reading byteCount: UInt64) -> Int? {
        1 + Int((byteCount + S3PlainFile.blockByteCount - 1) / S3PlainFile.blockByteCount)
    }

    /// A listing, and for each file a HEAD and a PUT, or its parts.
    package func requestCount(writing files: [UInt64]) -> Int? {
        files.reduce(1) { sum, byteCount in
            let part = UInt64(partByteCount)
            return sum + (byteCount <= part ? 2 : 2 + Int((byteCount + part - 1) / part))
        }
    }

    // MARK: - Requests

    /// Writes a small object if there is none; looks first, for services that would overwrite.
    ///
    /// - Returns: Whether it was written.
    func putIfAbsent(_ key: String, _ bytes: [UInt8]) async throws(EngineError) -> Bool {
        guard try await !isThere(key) else { return false }
        do throws(S3Error) {
            try await client.put(key, bytes, ifAbsent: true)
            return true
        } catch  where error.code == .precondition {
            guard error.followsLostTry else { return false }
            // It may be our own.
            return try await asking(key) { (client) async throws(S3Error) in
                try await client.get(key, limit: max(bytes.count, 1 << 20))
            } == bytes
        } catch {
            throw Self.error(error, key)
        }
    }

    func isThere(_ key: String) async throws(EngineError) -> Bool {
        do throws(S3Error) {
            _ = try await client.head(key)
            return true
        } catch  where error.code == .notFound {
            return false
        } catch {
            throw Self.error(error, key)
        }
    }

    func asking<Value>(
        _ key: String? = nil, _ body: (S3Client) async throws(S3Error) -> Value
    ) async throws(EngineError) -> Value {
        do throws(S3Error) {
            return try await body(client)
        } catch {
            throw Self.error(error, key)
        }
    }

    static func error(_ error: S3Error, _ key: String?) -> EngineError {
        let failure = EngineError(BackendError(error, key: nil))
        return EngineError(failure.code, failure.message, object: key)
    }

    func checkCancellation() throws(EngineError) {
        if Task.isCancelled { throw EngineError(.cancelled, "the operation was interrupted") }
    }
}
