import BenchmarkSupport

/// How one tool makes a store, writes a version into it and gives one back.
///
/// Every closure makes the command; ``Comparison`` runs and measures it.
struct Tool: Sendable {
    /// Where a tool works; all of them are absolute paths of this tool's own.
    struct Place: Sendable {
        /// The file to write, named `payload`, the same name for all versions.
        let payload: String
        /// The folder of ``payload``.
        let source: String
        /// The store: a folder that does not exist before ``Tool/initialize``.
        let store: String
        /// An existing empty folder for what the tool keeps beside the store; not counted.
        let home: String
        /// An existing empty folder to restore into.
        let target: String
        /// The zstd level, where the tool lets one choose it.
        let level: Int
        /// What the last ``Tool/write`` printed, by version.
        var printed: [Int: String] = [:]
    }

    /// Its name in tables.
    let name: String
    /// Its program, by name in PATH or by path.
    var program: String
    /// The words that make it print its version.
    let versionArguments: [String]
    /// Makes an empty store; `nil` where a folder is one.
    let initialize: (@Sendable (Place) -> Child)?
    /// Writes a version, 1 or 2.
    let write: @Sendable (Place, Int) -> Child
    /// Restores a version.
    let restore: @Sendable (Place, Int) throws -> Child
    /// The restored file, after ``restore``.
    let restored: @Sendable (Place) -> String

    /// The same tool at another path.
    func at(_ path: String) -> Tool {
        var copy = self
        copy.program = path
        return copy
    }
}
