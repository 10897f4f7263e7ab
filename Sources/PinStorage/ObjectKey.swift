/// The name of an object on a board: a short relative path of lower-case components.
///
/// A key is 1…200 bytes of `a-z 0-9 . _ -` in components joined by `/`. No component is empty or
/// begins with a dot, and the first one is not `tmp`, where folder backends keep unfinished files.
/// The alphabet is the part that every file system and object store keeps apart and spells alike.
/// Names that a user gives never become keys.
public struct ObjectKey: Sendable, Hashable {
    /// The longest key, in bytes.
    public static let byteCountMax = 200
    /// The first component that no key may have.
    public static let reservedComponent = "tmp"

    /// The key as text, ASCII only.
    public let text: String

    /// Checks a key.
    ///
    /// - Parameter text: The key to be.
    /// - Throws: ``BackendError/Code/invalidKey`` if it is not one.
    /// - Complexity: O(*n*) in the bytes of `text`.
    public init(validating text: String) throws(BackendError) {
        guard ObjectKey.isValid(text) else {
            throw BackendError(
                .invalidKey,
                "\(text.prefix(ObjectKey.byteCountMax).debugDescription) is not an object key: "
                    + "1 to \(ObjectKey.byteCountMax) bytes of a-z 0-9 . _ - in components joined "
                    + "by /, none empty, beginning with a dot, or \(ObjectKey.reservedComponent) "
                    + "in front")
        }
        self.text = text
    }

    /// Whether `text` is a key. O(*n*) in its bytes.
    public static func isValid(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (1...byteCountMax).contains(bytes.count) else { return false }
        for component in bytes.split(separator: slash, omittingEmptySubsequences: false) {
            guard let first = component.first, first != dot else { return false }
            guard component.allSatisfy(isAllowed) else { return false }
        }
        return !(text == reservedComponent || text.hasPrefix(reservedComponent + "/"))
    }

    private static let slash = UInt8(ascii: "/")
    private static let dot = UInt8(ascii: ".")

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case dot, UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }
}

extension ObjectKey: Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// Order of the bytes.
    public static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        // ASCII only: the order of String is the order of the bytes.
        left.text < right.text
    }

    public var description: String { text }

    /// A key written in the source; one that is not valid is a programmer error.
    public init(stringLiteral text: StaticString) {
        let text = "\(text)"
        precondition(ObjectKey.isValid(text), "\(text) is not an object key")
        self.text = text
    }
}
