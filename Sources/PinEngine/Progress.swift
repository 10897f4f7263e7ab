/// How far a long operation is. Handed to a callback from any thread, at most a few times a second
/// per worker; it must return quickly.
public struct Progress: Sendable {
    /// What is being done.
    public enum Phase: String, Sendable {
        case reading, committing, restoring, copying, verifying, marking, repacking, deleting
    }

    /// What is being done.
    public let phase: Phase
    /// Bytes (or objects, for the phases of collection) done so far.
    public let done: UInt64
    /// How many there are in all, where it is known.
    public let total: UInt64?

    public init(phase: Phase, done: UInt64, total: UInt64?) {
        self.phase = phase
        self.done = done
        self.total = total
    }
}

/// Receives progress.
public typealias ProgressHandler = @Sendable (Progress) -> Void
