/// One tool with a fresh store of its own: writes versions, restores them, checks what came back.
public final class ToolRun {
    public let tool: Tool
    private let work: String
    private var place: Tool.Place

    /// Makes the folders and the store.
    ///
    /// - Parameters:
    ///   - work: A folder of the tool's own; what is there is removed.
    ///   - level: The zstd level, where the tool lets one choose it; `nil` is its own default.
    public init(_ tool: Tool, in work: String, level: Int?) throws {
        self.tool = tool
        self.work = work
        try Folders.remove(work)
        place = Tool.Place(
            payload: "\(work)/source/payload", source: "\(work)/source", store: "\(work)/store",
            home: "\(work)/home", target: "\(work)/target", level: level)
        for folder in [work, place.source, place.home] { try Files.makeFolder(folder) }
        if let initialize = tool.initialize { try run(initialize(place)) }
    }

    /// Writes a file as a version of its payload.
    public func write(_ path: String, version: Int) throws -> Child.Usage {
        try Files.replace(place.payload, with: path)
        var child = tool.write(place, version)
        child.output = "\(work)/printed"
        let usage = try run(child)
        place.printed[version] = try Files.text(of: "\(work)/printed")
        return usage
    }

    /// Restores a version.
    ///
    /// - Throws: ``Failure`` also where it is not equal to the file of `path`.
    public func restore(_ version: Int, equalTo path: String) throws -> Child.Usage {
        try Folders.remove(place.target)
        try Files.makeFolder(place.target)
        let usage = try run(try tool.restore(place, version))
        try Files.requireEqual(path, tool.restored(place))
        try Folders.remove(place.target)
        return usage
    }

    /// The bytes of the store.
    public func storedByteCount() throws -> Int { try Folders.byteCount(place.store) }

    /// Removes all that it made.
    public func remove() throws { try Folders.remove(work) }

    @discardableResult
    private func run(_ child: Child) throws -> Child.Usage {
        try tool.located(child).run(messages: "\(work)/messages")
    }
}
