public import PinFormat
public import PinStorage

/// The keys of a board's objects (FORMAT.md §3.1): the only place that builds them.
public enum BoardKeys {
    public static let config: ObjectKey = "config"
    public static let latest: ObjectKey = "latest"
    public static let commitPrefix = "commits/"
    public static let packPrefix = "packs/"
    public static let indexPrefix = "index/"
    public static let tablePrefix = "tables/"
    public static let sketchPrefix = "sketches/"
    /// Where a collection looks for objects that nobody names.
    static let collectedPrefixes = [packPrefix, indexPrefix, tablePrefix, sketchPrefix]

    /// `commits/` and 20 decimal digits.
    public static func commit(_ sequence: UInt64) -> ObjectKey {
        let digits = String(sequence)
        return key(commitPrefix + String(repeating: "0", count: 20 - digits.count) + digits)
    }

    public static func pack(_ name: ObjectName) -> ObjectKey { key("\(packPrefix)\(name)") }

    public static func index(_ name: ObjectName) -> ObjectKey { key("\(indexPrefix)\(name)") }

    public static func table(_ name: ObjectName) -> ObjectKey { key("\(tablePrefix)\(name)") }

    public static func sketches(_ name: ObjectName) -> ObjectKey { key("\(sketchPrefix)\(name)") }

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
