import BenchmarkSupport

/// How one tool makes a store, writes any number of versions into it and gives one back.
///
/// Every closure makes the command; ``StudyRunner`` runs it.
struct StudyTool: Sendable {
    /// Where a tool works; all of them are absolute paths of this tool's own.
    struct Place: Sendable {
        /// The folder in which the version to write stands as `payload`, a file or a folder.
        let source: String
        /// The store: a folder that does not exist before ``StudyTool/initialize``.
        let store: String
        /// An existing folder for what the tool keeps beside the store; not counted.
        let home: String
        /// An existing empty folder; the version is restored to `payload` in it.
        let target: String
        /// Whether the payload is a folder.
        let isTree: Bool
        /// The zstd level, where the tool lets one choose it.
        let level: Int
        /// All versions as files, by number − 1, for tools that make patches between them.
        let files: [String]
        /// What ``StudyTool/write`` printed, by version.
        var printed: [Int: String] = [:]

        var payload: String { "\(source)/payload" }
        var restored: String { "\(target)/payload" }
    }

    /// Its name in tables and charts.
    let name: String
    /// Its program, by name in PATH or by path.
    let program: String
    /// The words that make it print its version.
    var versionArguments = ["--version"]
    /// Whether it knows files only: of a tree it gets a tar.
    var isFlat = false
    /// What is counted of the store; all of it where empty.
    var counted: [String] = []
    /// Makes an empty store.
    let initialize: @Sendable (Place) -> Child
    /// Writes a version, from 1.
    let write: @Sendable (Place, Int) -> Child
    /// Restores a version, from 1.
    let restore: @Sendable (Place, Int) throws -> Child

    /// The bytes that it keeps for what was written.
    func storedByteCount(_ place: Place) throws -> Int {
        if counted.isEmpty { return try Folders.byteCount(place.store) }
        return try counted.reduce(0) { try $0 + Folders.byteCount("\(place.store)/\($1)") }
    }
}
