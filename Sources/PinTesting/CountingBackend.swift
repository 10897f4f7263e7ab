public import PinStorage
internal import Synchronization

/// Counts the calls of a backend and the bytes that they move.
public final class CountingBackend: BoardBackend {
    /// What was counted for one verb.
    public struct Count: Sendable, Hashable {
        /// Calls, also those that failed.
        public var calls = 0
        /// Bytes of objects that were read or written; objects of a listing do not count.
        public var bytes = 0

        public init(calls: Int = 0, bytes: Int = 0) {
            self.calls = calls
            self.bytes = bytes
        }
    }

    private let base: any BoardBackend
    private let counts = Mutex<[BackendCall.Verb: Count]>([:])

    public var capabilities: BackendCapabilities { base.capabilities }
    public var description: String { base.description }

    /// A decorator.
    public init(_ base: any BoardBackend) { self.base = base }

    /// What was counted since the start or the last ``reset()``. Reads of local objects count as
    /// bytes of ``BackendCall/Verb/openLocal``.
    public subscript(verb: BackendCall.Verb) -> Count {
        counts.withLock { $0[verb] ?? Count() }
    }

    /// The sum over all verbs.
    public var total: Count {
        counts.withLock { counts in
            counts.values.reduce(into: Count()) { sum, each in
                sum.calls += each.calls
                sum.bytes += each.bytes
            }
        }
    }

    /// Begins from zero.
    public func reset() { counts.withLock { $0 = [:] } }

    fileprivate func add(_ verb: BackendCall.Verb, calls: Int = 0, bytes: Int = 0) {
        counts.withLock {
            $0[verb, default: Count()].calls += calls
            $0[verb, default: Count()].bytes += bytes
        }
    }

    public func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        add(.get, calls: 1)
        let bytes = try await base.get(key, range: range, limit: limit)
        add(.get, bytes: bytes.count)
        return bytes
    }

    public func put(
        _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode, durable: Bool
    ) async throws(BackendError) -> PutOutcome {
        add(.put, calls: 1, bytes: bytes.count)
        return try await base.put(key, bytes, mode: mode, durable: durable)
    }

    public func list(prefix: String, after: ObjectKey?) async throws(BackendError) -> ListPage {
        add(.list, calls: 1)
        return try await base.list(prefix: prefix, after: after)
    }

    public func stat(_ key: ObjectKey) async throws(BackendError) -> ObjectStat? {
        add(.stat, calls: 1)
        return try await base.stat(key)
    }

    public func delete(_ key: ObjectKey) async throws(BackendError) {
        add(.delete, calls: 1)
        try await base.delete(key)
    }

    public func openLocal(_ key: ObjectKey) async throws(BackendError) -> (any LocalObject)? {
        add(.openLocal, calls: 1)
        guard let object = try await base.openLocal(key) else { return nil }
        return CountingObject(object, counter: self)
    }
}

private final class CountingObject: LocalObject {
    private let base: any LocalObject
    private let counter: CountingBackend

    var byteCount: Int { base.byteCount }

    init(_ base: any LocalObject, counter: CountingBackend) {
        self.base = base
        self.counter = counter
    }

    func read(
        at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(BackendError) {
        counter.add(.openLocal, bytes: buffer.count)
        try unsafe base.read(at: offset, into: buffer)
    }
}
