/// The rules for names that users give (FORMAT.md §3.2).
public enum Names {
    static let section = "3.2"

    /// Checks a pin's name: one or two components, 1–255 bytes.
    ///
    /// - Throws: `invalidValue` with a sentence that says which rule is broken.
    public static func checkPin(_ name: String) throws(FormatError) {
        try check(name.utf8.count, "pin name", name)
        let components = name.split(separator: "/", omittingEmptySubsequences: false)
        guard components.count <= 2 else {
            throw fail(
                "the pin name '\(printable(name))' has more than one '/'; "
                    + "use 'name' or 'owner/name'")
        }
        for component in components { try checkComponent(component, of: "pin name", name) }
    }

    /// Checks a label: one component that is not `latest` and does not look like a version.
    public static func checkLabel(_ label: String) throws(FormatError) {
        try check(label.utf8.count, "label", label)
        try checkComponent(label[...], of: "label", label)
        guard label != "latest", !isVersion(label) else {
            throw fail("'\(label)' is reserved for versions and cannot be a label")
        }
    }

    /// Whether text is a version name: `YYYYMMDDTHHMMSSZ-xxxxx`.
    public static func isVersion(_ text: String) -> Bool {
        var place = 0
        for byte in text.utf8 {
            let isRight =
                switch place {
                case 8: byte == UInt8(ascii: "T")
                case 15: byte == UInt8(ascii: "Z")
                case 16: byte == UInt8(ascii: "-")
                case 17..<22: (48...57).contains(byte) || (97...102).contains(byte)
                default: (48...57).contains(byte)
                }
            guard isRight, place < 22 else { return false }
            place += 1
        }
        return place == 22
    }

    /// Checks one file's path.
    public static func checkPath(_ path: String) throws(FormatError) {
        guard (1...Limits.pathByteCount).contains(path.utf8.count) else {
            throw fail(
                "a file's path has \(path.utf8.count) bytes; "
                    + "1 to \(Limits.pathByteCount) are allowed")
        }
        // By scalars, as a file system does: a combining mark behind a '/' makes one character of
        // both.
        for component in components(of: path, omittingEmpty: false) {
            guard !component.isEmpty, component != ".", component != "..",
                component.utf8.count <= Limits.pathComponentByteCount,
                !component.unicodeScalars.contains(where: isForbidden)
            else {
                throw fail(
                    "the file path '\(printable(path))' has an empty, too long, '.' or '..' part, "
                        + "or a character that is not allowed")
            }
        }
    }

    /// The parts of a path between its '/', whatever stands behind them.
    public static func components(
        of path: String, omittingEmpty: Bool = true
    ) -> [Substring] {
        path.unicodeScalars.split(
            separator: "/", omittingEmptySubsequences: omittingEmpty
        ).map(Substring.init)
    }

    /// Checks that no two paths are equal after case folding and canonical composition, and that
    /// none is a folder of another.
    ///
    /// - Complexity: O(*n* log *n*) in the paths, memory O(*n*).
    public static func checkDistinct(_ paths: [String]) throws(FormatError) {
        // Strings are compared here by canonical equivalence, so lower-casing is all the folding
        // needed. With the least of all scalars in the place of '/', what lies in a folder follows
        // the folder's own name.
        let sorted = paths.map { path in (folded: folded(path), path: path) }
            .sorted { $0.folded < $1.folded }
        for (left, right) in zip(sorted, sorted.dropFirst()) {
            guard left.folded != right.folded else {
                throw fail(
                    "the files '\(printable(left.path))' and '\(printable(right.path))' "
                        + "differ only in case or normalisation")
            }
            guard !right.folded.hasPrefix(left.folded + separator) else {
                throw fail(
                    "'\(printable(left.path))' is both a file and a folder of "
                        + "'\(printable(right.path))'")
            }
        }
    }

    private static let separator = "\u{1}"

    private static func folded(_ path: String) -> String {
        components(of: path.lowercased(), omittingEmpty: false).joined(separator: separator)
    }

    private static func check(_ count: Int, _ what: String, _ name: String) throws(FormatError) {
        guard (1...Limits.nameByteCount).contains(count) else {
            let shown = count == 0 ? "" : " '\(printable(String(name.prefix(20))))…'"
            throw fail(
                "the \(what)\(shown) has \(count) bytes; 1 to \(Limits.nameByteCount) are allowed")
        }
    }

    private static func checkComponent(
        _ component: Substring, of what: String, _ name: String
    ) throws(FormatError) {
        guard !component.isEmpty, component != ".", component != ".." else {
            throw fail("the \(what) '\(printable(name))' has an empty, '.' or '..' part")
        }
        guard component.first != " ", component.last != " " else {
            throw fail("the \(what) '\(printable(name))' begins or ends with a space")
        }
        guard !component.unicodeScalars.contains(where: { isForbidden($0) || $0 == "/" }) else {
            throw fail("the \(what) '\(printable(name))' has a control character, '/' or '\\'")
        }
    }

    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar == "\\"
    }

    /// Text that is safe on a terminal: control characters become `?`.
    ///
    /// - Complexity: O(*n*); text without any is returned as it is.
    public static func printable(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.map {
                    $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? "?" : $0
                }))
    }

    private static func fail(_ message: String) -> FormatError {
        FormatError(.invalidValue, section: section, message)
    }
}
