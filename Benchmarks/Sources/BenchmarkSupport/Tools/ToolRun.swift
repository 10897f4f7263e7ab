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
        try Files.makeFolder(work)
        place = Tool.Place(in: work, level: level)
        try place.makeFolders()
        try run(tool.initialize(place))
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
        try Files.requireEqual(path, place.restored)
        try Folders.remove(place.target)
        return usage
    }

    /// The bytes of the store.
    public func storedByteCount() throws -> Int { try tool.storedByteCount(place) }

    /// Removes all that it made.
    public func remove() throws { try Folders.remove(work) }

    @discardableResult
    private func run(_ child: Child) throws -> Child.Usage {
        try tool.run(child, messages: "\(work)/messages")
    }
}
