public import PinFormat
internal import PinTransforms
internal import Synchronization

/// The SHA-256 of bytes that come piece by piece, by one task at a time.
public final class OrderedDigester: Sendable {
    private let hasher = Mutex(SHA256())

    public init() {}

    /// Adds the next piece.
    public func update(_ piece: [UInt8]) { hasher.withLock { unsafe $0.update(piece.span.bytes) } }

    /// The digest of all pieces; what follows begins another.
    public func finish() -> Digest { hasher.withLock { $0.finish() } }
}
