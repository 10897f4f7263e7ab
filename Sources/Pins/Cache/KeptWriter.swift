internal import PinStorage

/// An object that is collected in memory and put at once, so that the cache sees all of it.
final class KeptWriter: ObjectWriter {
    /// Larger objects go to the board alone, in bytes: as much as a remote backend holds anyway.
    static let byteCountMax = 64 << 20

    private let backend: CachingBackend
    private let key: ObjectKey
    private let mode: PutMode
    private var bytes: [UInt8] = []

    init(_ backend: CachingBackend, _ key: ObjectKey, byteCount: Int, mode: PutMode) {
        (self.backend, self.key, self.mode) = (backend, key, mode)
        bytes.reserveCapacity(byteCount)
    }

    func append(_ more: [UInt8]) { bytes += more }

    func publish() async throws(BackendError) -> PutOutcome {
        try await backend.put(key, bytes, mode: mode, durable: true)
    }
}
