/// How one tool makes a store, writes a version into it and gives one back.
///
/// Every closure makes the command; ``ToolRun`` runs and measures it.
public struct Tool: Sendable {
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
        /// The zstd level, where the tool lets one choose it; `nil` is its own default.
        let level: Int?
        /// What the last ``Tool/write`` printed, by version.
        var printed: [Int: String] = [:]
    }

    /// Its name in tables.
    public var name: String
    /// What its commands call its program.
    let word: String
    /// Its program, by name in PATH or by path.
    public var program: String
    /// The words that make it print its version.
    public let versionArguments: [String]
    /// Makes an empty store; `nil` where a folder is one.
    let initialize: (@Sendable (Place) -> Child)?
    /// Writes a version, 1 or 2.
    var write: @Sendable (Place, Int) -> Child
    /// Restores a version.
    let restore: @Sendable (Place, Int) throws -> Child
    /// The restored file, after ``restore``.
    let restored: @Sendable (Place) -> String

    /// The same tool at another path.
    public func at(_ path: String) -> Tool {
        var copy = self
        copy.program = path
        return copy
    }

    /// The same tool under another name, with more words in the command that writes.
    public func named(_ name: String, adding words: [String] = []) -> Tool {
        var copy = self
        copy.name = name
        copy.write = { [write] place, version in
            let child = write(place, version)
            return child.with(child.program, child.arguments + words)
        }
        return copy
    }

    /// Whether its program is on this machine.
    public var isHere: Bool { Child.find(program) != nil }

    /// The command with the tool's own path; helpers such as `mkdir` stay as they are.
    func located(_ child: Child) -> Child {
        child.program == word ? child.with(program, child.arguments) : child
    }
}
