public import PinFormat
public import PinStorage

/// Why an operation on a board failed: what, on what, and what to do.
///
/// Equality of codes is what a program should act on; the message is for a person.
public struct EngineError: Error, Sendable {
    /// What kind of failure it is. An open set: new codes are not a breaking change.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The words for it in JSON.
        public let description: String

        /// An argument is not allowed: a name, a range, a combination of options.
        public static let usage = Code(description: "usage")
        /// Bytes of the board are not what they must be, or not what a `hash` asked for.
        public static let corrupt = Code(description: "corrupt")
        /// No such board, pin, version, file or input.
        public static let notFound = Code(description: "not-found")
        /// The store cannot be reached.
        public static let unavailable = Code(description: "unavailable")
        /// It exists already, or the board or the request does not allow it.
        public static let cannotCreate = Code(description: "cannot-create")
        /// An input or output operation failed, or there is no space.
        public static let ioError = Code(description: "io-error")
        /// Too many races were lost, or a session expired: the same call may succeed.
        public static let tryAgain = Code(description: "try-again")
        /// The board needs a newer program.
        public static let needsNewer = Code(description: "needs-newer")
        /// Permission was refused.
        public static let notPermitted = Code(description: "not-permitted")
        /// The task was cancelled; nothing half-written stays.
        public static let cancelled = Code(description: "cancelled")
    }

    /// What kind of failure it is.
    public let code: Code
    /// One sentence: what failed, on what, what to do.
    public let message: String
    /// The pin, version, file or stored object concerned.
    public let object: String?

    public init(_ code: Code, _ message: String, object: String? = nil) {
        self.code = code
        self.message = message
        self.object = object
    }
}

extension EngineError: CustomStringConvertible {
    public var description: String { message }
}

extension EngineError {
    /// A stored object that is not what FORMAT.md says.
    public init(_ error: FormatError, object: String) {
        switch error.code {
        case .unsupportedEpoch, .unsupportedFeature:
            self.init(
                .needsNewer, "'\(object)' needs a newer version of pins: \(error)", object: object)
        default:
            self.init(
                .corrupt,
                "'\(object)' is damaged: \(error); run 'pins verify --data' to see what is hurt",
                object: object)
        }
    }

    /// A storage failure.
    public init(_ error: BackendError) {
        let code: Code =
            switch error.code {
            case .notFound, .noSuchPlace: .notFound
            case .permissionDenied: .notPermitted
            case .readOnly: .cannotCreate
            case .unavailable: .unavailable
            case .throttled: .tryAgain
            case .cancelled: .cancelled
            case .rangeNotSatisfiable, .tooLarge: .corrupt
            case .invalidKey: .usage
            default: .ioError
            }
        self.init(code, error.message, object: error.key?.description)
    }

    /// An argument that breaks a rule of FORMAT.md §3.2 or §8.
    public static func usage(_ error: FormatError, object: String? = nil) -> EngineError {
        EngineError(.usage, error.message, object: object)
    }
}
