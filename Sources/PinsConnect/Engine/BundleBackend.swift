internal import PinEngine
internal import PinStorage
internal import PinsHTTP
internal import PinsWeb

/// The board of an engine bundle as the server hands it out, for reading only: objects are files
/// below `_revN/engine/`, read by range. What the bundle's directory knows is not asked for.
final class BundleBackend: BoardBackend {
    private let base: HTTPBackend
    private let directory: BundleDirectory

    /// All objects are known: it can be listed.
    let capabilities = BackendCapabilities(atomicCreate: false, readOnly: true, isRemote: true)
    let description: String

    init(
        _ client: ConnectClient, _ place: ConnectPlace, _ note: String,
        _ directory: BundleDirectory
    ) {
        let folder = client.fileRequest(place.guid, place.bundle, note + "/")
        base = HTTPBackend(folder.url, headers: folder.headers, transport: client.transport)
        self.directory = directory
        description = "the bundle of \(place.printable)"
    }

    private func size(_ key: ObjectKey) throws(BackendError) -> Int {
        guard let size = directory.sizes[key] else {
            throw BackendError(.notFound, key: key, "there is no object \(key) in \(description)")
        }
        return size
    }

    func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        let size = try size(key)
        if let range {
            guard range.lowerBound >= 0, range.upperBound <= size else {
                throw BackendError(
                    .rangeNotSatisfiable, key: key,
                    "bytes \(range.lowerBound)..<\(range.upperBound) of \(key) were asked for, "
                        + "which has \(size) in \(description)")
            }
            if range.isEmpty { return [] }
        } else {
            guard size <= limit else {
                throw BackendError(
                    .tooLarge, key: key,
                    "\(key) in \(description) has \(size) bytes where at most \(limit) are allowed")
            }
        }
        if let bytes = directory.small[key] { return range.map { Array(bytes[$0]) } ?? bytes }
        return try await base.get(key, range: range, limit: limit)
    }

    func list(prefix: String, after: ObjectKey?) async throws(BackendError) -> ListPage {
        let keys = directory.sizes.keys.filter { key in
            key.text.hasPrefix(prefix) && (after.map { key > $0 } ?? true)
        }
        return ListPage(
            objects: keys.sorted().map {
                ObjectStat(key: $0, byteCount: directory.sizes[$0] ?? 0, modified: nil)
            }, isLast: true)
    }

    func stat(_ key: ObjectKey) async throws(BackendError) -> ObjectStat? {
        directory.sizes[key].map { ObjectStat(key: key, byteCount: $0, modified: nil) }
    }

    func put(
        _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode, durable: Bool
    ) async throws(BackendError) -> PutOutcome { throw readOnly(key) }

    func writer(
        _ key: ObjectKey, byteCount: Int, mode: PutMode
    ) async throws(BackendError) -> any ObjectWriter { throw readOnly(key) }

    func delete(_ key: ObjectKey) async throws(BackendError) { throw readOnly(key) }

    func openLocal(_ key: ObjectKey) async throws(BackendError) -> (any LocalObject)? { nil }

    func distrust(_ key: ObjectKey) async { await base.distrust(key) }

    private func readOnly(_ key: ObjectKey) -> BackendError {
        BackendError(.readOnly, key: key, "\(description) never changes")
    }
}
