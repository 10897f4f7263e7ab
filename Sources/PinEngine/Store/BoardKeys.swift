public import PinFormat
public import PinStorage

/// The keys of a board's objects (FORMAT.md §3.1): the only place that builds them.
public enum BoardKeys {
    /// What the board was made with (FORMAT.md §7.1).
    public static let config: ObjectKey = "config"
    /// A hint where the log ends (FORMAT.md §7.7).
    public static let latest: ObjectKey = "latest"
    /// The log (FORMAT.md §7.8).
    public static let commitPrefix = "commits/"
    /// Frames (FORMAT.md §7.2).
    public static let packPrefix = "packs/"
    /// Where chunks are (FORMAT.md §7.4).
    public static let indexPrefix = "index/"
    /// The state (FORMAT.md §7.5).
    public static let tablePrefix = "tables/"
    /// Sketches of chunks (FORMAT.md §7.9).
    public static let sketchPrefix = "sketches/"
    /// Parity of packs, where a board has it (FORMAT.md §7.10).
    public static let parityPrefix = "parity/"
    /// Where a collection looks for objects that nobody names.
    static let collectedPrefixes = [packPrefix, indexPrefix, tablePrefix, sketchPrefix]

    /// `commits/` and 20 decimal digits.
    public static func commit(_ sequence: UInt64) -> ObjectKey {
        let digits = String(sequence)
        return key(commitPrefix + String(repeating: "0", count: 20 - digits.count) + digits)
    }

    /// The key of a pack.
    public static func pack(_ name: ObjectName) -> ObjectKey { key("\(packPrefix)\(name)") }

    /// The key of an index segment.
    public static func index(_ name: ObjectName) -> ObjectKey { key("\(indexPrefix)\(name)") }

    /// The key of a table segment.
    public static func table(_ name: ObjectName) -> ObjectKey { key("\(tablePrefix)\(name)") }

    /// The key of a sketch segment.
    public static func sketches(_ name: ObjectName) -> ObjectKey { key("\(sketchPrefix)\(name)") }

    /// The key of the parity of a pack.
    public static func parity(_ pack: ObjectName) -> ObjectKey { key("\(parityPrefix)\(pack)") }

    /// The number that a key of a commit names, or `nil`.
    public static func sequence(of key: ObjectKey) -> UInt64? {
        let text = key.description
        guard text.hasPrefix(commitPrefix), text.utf8.count == commitPrefix.utf8.count + 20 else {
            return nil
        }
        return UInt64(text.dropFirst(commitPrefix.count))
    }

    /// The name that a key of a pack or segment has, or `nil`.
    public static func name(of key: ObjectKey, prefix: String) -> ObjectName? {
        let text = key.description
        guard text.hasPrefix(prefix) else { return nil }
        return ObjectName(text.dropFirst(prefix.count))
    }

    private static func key(_ text: String) -> ObjectKey {
        guard let key = try? ObjectKey(validating: text) else {
            preconditionFailure("keys are built from numbers and names only")
        }
        return key
    }
}
