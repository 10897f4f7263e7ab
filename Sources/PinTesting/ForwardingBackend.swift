package import PinStorage

/// A backend over another one, to which all calls go on: a test writes only those that it changes.
///
/// A writer is the one of ``BoardBackend``, which puts; so whoever changes `put` sees all there is.
package protocol ForwardingBackend: BoardBackend {
    /// Where the calls go.
    var base: any BoardBackend { get }
}

extension ForwardingBackend {
    package var capabilities: BackendCapabilities { base.capabilities }
    package var description: String { base.description }

    package func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        try await base.get(key, range: range, limit: limit)
    }

    package func put(
        _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode, durable: Bool
    ) async throws(BackendError) -> PutOutcome {
        try await base.put(key, bytes, mode: mode, durable: durable)
    }

    package func list(prefix: String, after: ObjectKey?) async throws(BackendError) -> ListPage {
        try await base.list(prefix: prefix, after: after)
    }

    package func stat(_ key: ObjectKey) async throws(BackendError) -> ObjectStat? {
        try await base.stat(key)
    }

    package func delete(_ key: ObjectKey) async throws(BackendError) { try await base.delete(key) }

    package func openLocal(_ key: ObjectKey) async throws(BackendError) -> (any LocalObject)? {
        try await base.openLocal(key)
    }
}
