/// How one tool makes a store, writes any number of versions into it and gives one back.
///
/// Every closure makes the command; ``ToolRun`` runs and measures it.
public struct Tool: Sendable {
    /// Where a tool works; all of them are absolute paths of this tool's own.
    public struct Place: Sendable {
        /// The folder in which the version to write stands as ``payload``.
        public let source: String
        /// The store: a folder that does not exist before ``Tool/initialize``.
        public let store: String
        /// An existing folder for what the tool keeps beside the store; not counted.
        public let home: String
        /// An existing empty folder; the version is restored to ``restored`` in it.
        public let target: String
        /// Whether the payload is a folder.
        public let isTree: Bool
        /// The zstd level, where the tool lets one choose it; `nil` is its own default.
        public let level: Int?
        /// All versions as files, by number − 1, for tools that make patches between them.
        public let files: [String]
        /// What ``Tool/write`` printed, by version.
        public var printed: [Int: String] = [:]

        /// The file or folder to write, of the same name for all versions.
        public var payload: String { "\(source)/payload" }
        /// What was restored.
        public var restored: String { "\(target)/payload" }

        /// Places in a folder of the tool's own.
        public init(in work: String, level: Int?, isTree: Bool = false, files: [String] = []) {
            (source, store) = ("\(work)/source", "\(work)/store")
            (home, target) = ("\(work)/home", "\(work)/target")
            (self.level, self.isTree, self.files) = (level, isTree, files)
        }

        /// Makes its folders, but for the store.
        public func makeFolders() throws {
            for folder in [source, home, target] { try Files.makeFolder(folder) }
        }
    }

    /// Its name in tables and charts.
    public var name: String
    /// What its commands call its program.
    let word: String
    /// Its program, by name in PATH or by path.
    public var program: String
    /// The words that make it print its version.
    public let versionArguments: [String]
    /// Whether it knows files only: of a tree it gets a tar.
    public let isFlat: Bool
    /// What is counted of the store; all of it where empty.
    public var counted: [String] = []
    /// Makes an empty store.
    public var initialize: @Sendable (Place) -> Child
    /// Writes a version, from 1.
    public var write: @Sendable (Place, Int) -> Child
    /// Restores a version, from 1.
    public let restore: @Sendable (Place, Int) throws -> Child

    /// - Parameters:
    ///   - word: What the commands call its program; `nil` where that is `program`.
    ///   - initialize: Makes an empty store; by default a folder is one.
    public init(
        name: String, word: String? = nil, program: String,
        versionArguments: [String] = ["--version"], isFlat: Bool = false,
        initialize: @escaping @Sendable (Place) -> Child = { Child("mkdir", [$0.store]) },
        write: @escaping @Sendable (Place, Int) -> Child,
        restore: @escaping @Sendable (Place, Int) throws -> Child
    ) {
        (self.name, self.word, self.program) = (name, word ?? program, program)
        (self.versionArguments, self.isFlat) = (versionArguments, isFlat)
        (self.initialize, self.write, self.restore) = (initialize, write, restore)
    }

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

    /// The bytes that it keeps for what was written.
    public func storedByteCount(_ place: Place) throws -> Int {
        if counted.isEmpty { return try Folders.byteCount(place.store) }
        return try counted.reduce(0) { try $0 + Folders.byteCount("\(place.store)/\($1)") }
    }

    /// Runs a command of this tool, at the tool's own path; helpers such as `mkdir` stay as they
    /// are.
    @discardableResult
    public func run(_ child: Child, messages: String) throws -> Child.Usage {
        let located = child.program == word ? child.with(program, child.arguments) : child
        return try located.run(messages: messages)
    }
}
