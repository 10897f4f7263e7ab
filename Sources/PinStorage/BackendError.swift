/// Why a backend could not do what it was asked to.
///
/// Equality of two errors is equality of their codes; the rest helps a person.
public struct BackendError: Error, Sendable {
    /// What went wrong. An open set: new codes are not a breaking change.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name, in the words of messages.
        public let description: String

        /// A code of a backend's own, in kebab case.
        public init(_ description: String) { self.description = description }

        /// There is no object of this name.
        public static let notFound = Code("not-found")
        /// There is no such place at all: a bucket that does not exist.
        public static let noSuchPlace = Code("no-such-place")
        /// The range does not lie inside the object.
        public static let rangeNotSatisfiable = Code("range-not-satisfiable")
        /// The object is larger than the limit that the caller or the backend sets.
        public static let tooLarge = Code("too-large")
        /// The object is there and may not be read.
        public static let permissionDenied = Code("permission-denied")
        /// Nothing may be written here.
        public static let readOnly = Code("read-only")
        /// The disk or the quota is full.
        public static let noSpace = Code("no-space")
        /// The device failed; what was being written is whole or absent.
        public static let ioError = Code("io-error")
        /// The place cannot be reached now: a folder that is missing, a server that is down.
        public static let unavailable = Code("unavailable")
        /// The backend asks to be called less often.
        public static let throttled = Code("throttled")
        /// The task was cancelled.
        public static let cancelled = Code("cancelled")
        /// The text is not an ``ObjectKey``.
        public static let invalidKey = Code("invalid-key")
        /// A file stands where a folder must be, or something else where an object must be.
        public static let notADirectory = Code("not-a-directory")
        /// An earlier failure makes further calls unsafe.
        public static let brokenAfterFailure = Code("broken-after-failure")
        /// The backend does not have this capability.
        public static let notSupported = Code("not-supported")
    }

    /// What went wrong.
    public let code: Code
    /// The object in question, if there is one.
    public let key: ObjectKey?
    /// What happened, where, and what to do, in one or two sentences.
    public let message: String
    /// The failed system call, if the cause is one.
    public let cause: SystemError?

    public init(
        _ code: Code, key: ObjectKey? = nil, cause: SystemError? = nil, _ message: String
    ) {
        self.code = code
        self.key = key
        self.cause = cause
        self.message = message
    }
}

extension BackendError: Equatable, CustomStringConvertible {
    public static func == (left: BackendError, right: BackendError) -> Bool {
        left.code == right.code
    }

    public var description: String {
        guard let cause else { return "\(message) (\(code))" }
        return "\(message) (\(code), \(cause))"
    }
}
