/// What of a board in a shared folder has not arrived yet, or has come twice.
///
/// A folder that a program keeps in step between machines shows objects in any order and in parts.
/// Whoever only reads is then given the newest state that is whole, and told so by this.
public struct UnsettledState: Sendable, Hashable {
    /// An object that is missing, or there in part.
    public struct Object: Sendable, Hashable, Comparable {
        /// Its key.
        public let key: String
        /// What there is of it.
        public let what: String

        public init(key: String, what: String) {
            self.key = key
            self.what = what
        }

        public static func < (left: Object, right: Object) -> Bool { left.key < right.key }
    }

    /// Where the board is.
    public let place: String
    /// The greatest number of a commit that is known to have been made.
    public let newest: UInt64
    /// The commit that was opened: ``newest``, or an older one; `nil` if none is whole.
    public let opened: UInt64?
    /// What is missing of the newest state, ascending; the first so many where it is much.
    public let missing: [Object]
    /// Names of files that hold commits of other writers which this state does not have.
    public let conflicts: [String]

    /// Whether what was opened is older than what is known to exist.
    public var isOlder: Bool { opened != newest }

    /// One or two sentences for a person.
    public var message: String {
        missing.isEmpty ? conflictMessage : missingMessage
    }

    private var missingMessage: String {
        let count = missing.count == 1 ? "1 object is" : "\(missing.count) objects are"
        let names = missing.prefix(3).map { "'\($0.key)': \($0.what)" }.joined(separator: ", ")
        let rest = missing.count > 3 ? ", …" : ""
        let opened =
            opened.map { "read is commit \($0), an OLDER STATE" } ?? "no state is whole"
        return "commit \(newest) of \(place) has not arrived in full, \(count) still missing "
            + "(\(names)\(rest)); \(opened). Wait until the folder is synchronised; 'pins verify' "
            + "lists what is missing"
    }

    private var conflictMessage: String {
        let count = conflicts.count == 1 ? "a copy" : "\(conflicts.count) copies"
        let names = conflicts.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
        return "\(place) has \(count) of commits in conflict (\(names)): two have written at once, "
            + "and what one of them wrote is not seen; 'pins verify --repair' merges both"
    }

    /// The error for whoever needs the newest state.
    var error: EngineError {
        let count = missing.count == 1 ? "1 object is" : "\(missing.count) objects are"
        let names = missing.prefix(3).map { "'\($0.key)': \($0.what)" }.joined(separator: ", ")
        let rest = missing.count > 3 ? ", …" : ""
        return EngineError(
            .incomplete,
            "commit \(newest) of \(place) has not arrived in full, \(count) still missing "
                + "(\(names)\(rest)); wait until the folder is synchronised and try again, or run "
                + "'pins verify' if it stays so",
            object: missing.first?.key)
    }
}

extension EngineError.Code {
    /// A folder that is being synchronised does not have all of the newest state yet.
    public static let incomplete = EngineError.Code(description: "incomplete")
}
