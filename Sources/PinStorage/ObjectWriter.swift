/// An object that is written piece by piece, so that its writer never holds all of it.
///
/// Nothing is seen of it before ``publish()``, and all of it after; one that is let go without
/// leaves nothing behind. Used by one task at a time.
public protocol ObjectWriter: AnyObject {
    /// Adds bytes at the end.
    ///
    /// - Throws: ``BackendError``; the writer must then be let go.
    func append(_ bytes: [UInt8]) async throws(BackendError)

    /// The same for a part of an array, which is not copied where the place can take it as it is.
    func append(_ bytes: ArraySlice<UInt8>) async throws(BackendError)

    /// Brings the object to the medium and gives it its name, as a durable put would. Called once,
    /// and last.
    func publish() async throws(BackendError) -> PutOutcome
}

extension ObjectWriter {
    public func append(_ bytes: ArraySlice<UInt8>) async throws(BackendError) {
        try await append(Array(bytes))
    }
}

extension BoardBackend {
    /// Collects the pieces in memory and puts them at once: for backends that have no better way.
    public func writer(
        _ key: ObjectKey, byteCount: Int, mode: PutMode
    ) async throws(BackendError) -> any ObjectWriter {
        if let error = oversize(key, byteCount) { throw error }
        return CollectingWriter(self, key, byteCount: byteCount, mode: mode)
    }
}

/// Pieces in memory, for one put.
private final class CollectingWriter: ObjectWriter {
    private let backend: any BoardBackend
    private let key: ObjectKey
    private let mode: PutMode
    private var bytes: [UInt8] = []

    init(_ backend: any BoardBackend, _ key: ObjectKey, byteCount: Int, mode: PutMode) {
        (self.backend, self.key, self.mode) = (backend, key, mode)
        bytes.reserveCapacity(byteCount)
    }

    func append(_ more: [UInt8]) { bytes += more }

    func append(_ more: ArraySlice<UInt8>) { bytes += more }

    func publish() async throws(BackendError) -> PutOutcome {
        try await backend.put(key, bytes, mode: mode)
    }
}
