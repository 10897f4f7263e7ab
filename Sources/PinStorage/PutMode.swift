/// What a put does where an object of that name already stands.
public enum PutMode: Sendable, Hashable {
    /// The object stays as it is and the outcome is ``PutOutcome/exists``.
    case ifAbsent
    /// The object is replaced in one step: readers see the old one or the new one, whole.
    case overwrite
}

/// What became of a put.
public enum PutOutcome: Sendable, Hashable {
    /// This call wrote the object.
    case created
    /// An object of that name was there before, and is as durable as one that this call wrote.
    case exists
    /// The answer was lost: the object may have been written by this call, or not. Read it back.
    case unknown
}
