/// Why bytes are not what FORMAT.md says they must be.
///
/// Equality of two errors is equality of their codes; the rest helps a person to find the place.
public struct FormatError: Error, Sendable {
    /// What is wrong. An open set: new codes are not a breaking change.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name, in the words of messages.
        public let description: String

        /// The bytes end before the structure does.
        public static let truncated = Code(description: "truncated")
        /// The first bytes are not those of this kind of object.
        public static let badMagic = Code(description: "bad-magic")
        /// The object is of an epoch this code does not read.
        public static let unsupportedEpoch = Code(description: "unsupported-epoch")
        /// A feature or critical field that this code does not know.
        public static let unsupportedFeature = Code(description: "unsupported-feature")
        /// A checksum or digest does not match.
        public static let checksumMismatch = Code(description: "checksum-mismatch")
        /// A number is larger than its limit.
        public static let limitExceeded = Code(description: "limit-exceeded")
        /// A value is outside what its field allows.
        public static let invalidValue = Code(description: "invalid-value")
        /// The value is right, its encoding is not the one that is allowed.
        public static let notCanonical = Code(description: "not-canonical")
        /// Bytes stand after the end of the structure.
        public static let trailingBytes = Code(description: "trailing-bytes")
    }

    /// What is wrong.
    public let code: Code
    /// The section of FORMAT.md that is broken, such as `"7.2"`.
    public let section: String
    /// The byte offset inside the object or record being read, if one place is to blame.
    public let offset: Int?
    /// What was found and what was expected, in one sentence.
    public let message: String

    public init(_ code: Code, section: String, offset: Int? = nil, _ message: String) {
        self.code = code
        self.section = section
        self.offset = offset
        self.message = message
    }
}

extension FormatError: Equatable, CustomStringConvertible {
    public static func == (left: FormatError, right: FormatError) -> Bool {
        left.code == right.code
    }

    public var description: String {
        let place = offset.map { " at byte \($0)" } ?? ""
        return "\(message)\(place) (\(code), FORMAT.md §\(section))"
    }
}
