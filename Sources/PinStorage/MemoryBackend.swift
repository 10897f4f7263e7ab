internal import Synchronization

/// Objects in memory: for tests, and for boards that need not outlive the process.
///
/// Its capabilities can be lowered, to see what the layers above make of a weaker place.
public final class MemoryBackend: BoardBackend {
    /// What the place promises.
    public let capabilities: BackendCapabilities
    /// The place, for messages; without secrets.
    public let description: String

    private struct Entry {
        let bytes: [UInt8]
        let modified: Int64?
    }

    private let objects = Mutex<[ObjectKey: Entry]>([:])
    private let clock: (any WallClock)?
    private let pageCount: Int
    private let hasLocalObjects: Bool

    /// An empty backend.
    ///
    /// - Parameters:
    ///   - capabilities: What it shall promise.
    ///   - clock: Gives the time of objects; without it they have none.
    ///   - pageCount: How many objects a page of a listing has at most; at least 1.
    ///   - hasLocalObjects: Whether `openLocal` gives objects, or `nil` as a remote place does.
    ///   - description: Its name in messages.
    public init(
        capabilities: BackendCapabilities = BackendCapabilities(), clock: (any WallClock)? = nil,
        pageCount: Int = 1000, hasLocalObjects: Bool = true, description: String = "memory"
    ) {
        precondition(pageCount >= 1, "a page has at least one object")
        self.capabilities = capabilities
        self.clock = clock
        self.pageCount = pageCount
        self.hasLocalObjects = hasLocalObjects
        self.description = description
    }

    public func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        let bytes = try entry(key).bytes
        if let range {
            try checkRange(range, byteCount: bytes.count, key: key)
            return Array(bytes[range])
        }
        guard bytes.count <= limit else { throw overLimit(key, bytes.count, limit: limit) }
        return bytes
    }

    public func put(
        _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode, durable: Bool
    ) async throws(BackendError) -> PutOutcome {
        if capabilities.readOnly { throw notWritable(key) }
        if let error = oversize(key, bytes.count) { throw error }
        let entry = Entry(bytes: bytes, modified: clock?.secondsSince1970)
        if mode == .ifAbsent, !capabilities.atomicCreate {
            // Looks first and writes later, as one must where nothing better exists.
            if objects.withLock({ $0[key] != nil }) { return .exists }
            await Task.yield()
            objects.withLock { $0[key] = entry }
            return .created
        }
        return objects.withLock { objects in
            if mode == .ifAbsent, objects[key] != nil { return .exists }
            objects[key] = entry
            return .created
        }
    }

    public func list(prefix: String, after: ObjectKey?) async throws(BackendError) -> ListPage {
        guard capabilities.list else {
            throw BackendError(.notSupported, "\(description) cannot be listed")
        }
        let found = objects.withLock { objects in
            objects.compactMap { key, entry -> ObjectStat? in
                guard key.text.hasPrefix(prefix), after.map({ key > $0 }) ?? true else {
                    return nil
                }
                return ObjectStat(
                    key: key, byteCount: entry.bytes.count, modified: entry.modified)
            }
        }.sorted { $0.key < $1.key }
        return ListPage(
            objects: Array(found.prefix(pageCount)), isLast: found.count <= pageCount)
    }

    public func stat(_ key: ObjectKey) async throws(BackendError) -> ObjectStat? {
        objects.withLock { $0[key] }.map {
            ObjectStat(key: key, byteCount: $0.bytes.count, modified: $0.modified)
        }
    }

    public func delete(_ key: ObjectKey) async throws(BackendError) {
        if capabilities.readOnly { throw notWritable(key) }
        _ = objects.withLock { $0.removeValue(forKey: key) }
    }

    public func openLocal(_ key: ObjectKey) async throws(BackendError) -> (any LocalObject)? {
        let entry = try entry(key)
        return hasLocalObjects ? MemoryObject(entry.bytes, key: key) : nil
    }

    private func entry(_ key: ObjectKey) throws(BackendError) -> Entry {
        guard let entry = objects.withLock({ $0[key] }) else { throw absent(key) }
        return entry
    }
}

extension MemoryBackend {
    /// A copy of what it holds, for a test that damages or replays it.
    public var snapshot: [ObjectKey: [UInt8]] {
        objects.withLock { $0.mapValues(\.bytes) }
    }

    /// Sets or removes an object behind the backend's back, whatever its capabilities.
    public func replace(_ key: ObjectKey, with bytes: [UInt8]?) {
        objects.withLock { $0[key] = bytes.map { Entry(bytes: $0, modified: nil) } }
    }
}

/// The bytes of an object in memory.
final class MemoryObject: LocalObject {
    private let bytes: [UInt8]
    private let key: ObjectKey

    var byteCount: Int { bytes.count }

    init(_ bytes: [UInt8], key: ObjectKey) {
        self.bytes = bytes
        self.key = key
    }

    func read(
        at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(BackendError) {
        guard offset >= 0, buffer.count <= byteCount, offset <= byteCount - buffer.count else {
            let end = offset.addingReportingOverflow(buffer.count).partialValue
            throw BackendError(
                .rangeNotSatisfiable, key: key,
                "bytes from \(offset) to \(end) of \(key) were asked for, which has \(byteCount)")
        }
        unsafe buffer.copyBytes(from: bytes[offset..<offset + buffer.count])
    }
}
