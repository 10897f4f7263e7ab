public import PinFormat
internal import PinTransforms

/// The SHA-256 of bytes that come piece by piece, by one task at a time; computed beside the
/// caller.
public final class OrderedDigester: Sendable {
    private let digester = FlatDigester()
    private let index = Counter()

    public init() {}

    /// Adds the next piece.
    public func update(_ piece: [UInt8]) {
        digester.submit(index.next(), BatchBuffer(piece), piece.count)
    }

    /// The digest of all pieces; call it once.
    public func finish() -> Digest { digester.finish() }
}
