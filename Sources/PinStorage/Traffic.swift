/// What a use of a board moves: calls that reach the place where the objects are, and the bytes of
/// objects in both directions.
public struct Traffic: Sendable, Hashable {
    /// Requests to another machine; on this one, objects that are opened, written or looked at.
    /// `nil` where they are not known.
    public var requestCount: Int?
    /// Bytes of objects that are written.
    public var sentByteCount: UInt64
    /// Bytes of objects that are read.
    public var receivedByteCount: UInt64

    public init(
        requestCount: Int? = 0, sentByteCount: UInt64 = 0, receivedByteCount: UInt64 = 0
    ) {
        self.requestCount = requestCount
        self.sentByteCount = sentByteCount
        self.receivedByteCount = receivedByteCount
    }

    /// Adds what else is moved.
    public mutating func add(requests: Int = 0, sent: Int = 0, received: Int = 0) {
        requestCount? += requests
        sentByteCount += UInt64(sent)
        receivedByteCount += UInt64(received)
    }
}
