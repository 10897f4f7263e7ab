/// Why bytes could not be encoded or decoded.
///
/// Equality of two errors is equality of their codes; the message is for a person.
public struct TransformError: Error, Sendable {
    /// What went wrong. An open set: new codes are not a breaking change.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name, in the words of messages.
        public let description: String

        /// The stored bytes are not the frame that FORMAT.md §6.1 allows.
        public static let malformedFrame = Code(description: "malformed-frame")
        /// The frame holds another number of bytes than its reference says.
        public static let sizeMismatch = Code(description: "size-mismatch")
        /// The frame is well-formed but its compressed data is damaged.
        public static let corruptData = Code(description: "corrupt-data")
        /// Bytes stand after the end of the frame.
        public static let trailingBytes = Code(description: "trailing-bytes")
        /// A size is over its limit in ``FrameLimits``.
        public static let limitExceeded = Code(description: "limit-exceeded")
        /// A combination of codec, filter, level and prefix that is not defined.
        public static let invalidParameter = Code(description: "invalid-parameter")
        /// The library that compresses could not get memory.
        public static let outOfMemory = Code(description: "out-of-memory")
        /// The library that compresses refused, for a reason that the message gives.
        public static let codecFailure = Code(description: "codec-failure")
    }

    /// What went wrong.
    public let code: Code
    /// What was found and what was expected, in one sentence.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension TransformError: Equatable, CustomStringConvertible {
    public static func == (left: TransformError, right: TransformError) -> Bool {
        left.code == right.code
    }

    public var description: String { "\(message) (\(code))" }
}
