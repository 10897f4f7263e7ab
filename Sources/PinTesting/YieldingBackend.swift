public import PinStorage

/// A backend whose calls suspend before and after they act, so that a ``SeededScheduler`` can let
/// others come between any two of them.
public final class YieldingBackend: BoardBackend {
    /// Hears what a call has done, before anybody else can do anything.
    public typealias Observer = @Sendable (BackendCall.Verb, ObjectKey) async -> Void

    private let base: any BoardBackend
    private let observer: Observer?

    public var capabilities: BackendCapabilities { base.capabilities }
    public var description: String { base.description }

    /// A decorator.
    ///
    /// - Parameter observer: Hears of every put and delete that threw nothing.
    public init(_ base: any BoardBackend, observer: Observer? = nil) {
        self.base = base
        self.observer = observer
    }

    public func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        await Task.yield()
        let bytes = try await base.get(key, range: range, limit: limit)
        await Task.yield()
        return bytes
    }

    public func put(
        _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode, durable: Bool
    ) async throws(BackendError) -> PutOutcome {
        await Task.yield()
        let outcome = try await base.put(key, bytes, mode: mode, durable: durable)
        await observer?(.put, key)
        await Task.yield()
        return outcome
    }

    public func list(prefix: String, after: ObjectKey?) async throws(BackendError) -> ListPage {
        await Task.yield()
        let page = try await base.list(prefix: prefix, after: after)
        await Task.yield()
        return page
    }

    public func stat(_ key: ObjectKey) async throws(BackendError) -> ObjectStat? {
        await Task.yield()
        let stat = try await base.stat(key)
        await Task.yield()
        return stat
    }

    public func delete(_ key: ObjectKey) async throws(BackendError) {
        await Task.yield()
        try await base.delete(key)
        await observer?(.delete, key)
        await Task.yield()
    }

    public func openLocal(_ key: ObjectKey) async throws(BackendError) -> (any LocalObject)? {
        await Task.yield()
        let object = try await base.openLocal(key)
        await Task.yield()
        return object
    }
}
