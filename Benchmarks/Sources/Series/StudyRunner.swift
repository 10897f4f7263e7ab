import BenchmarkSupport

/// Lets tools write versions one after another and compares what they give back.
struct StudyRunner {
    /// Where a tool's store is, and the versions it was given.
    private struct Work {
        let tool: Tool
        let folder: String
        let versions: SeriesMaker.Versions
        var place: Tool.Place
        var messages: String { "\(folder)/messages" }
        /// What the tool is given, version by version.
        var inputs: [String] { tool.isFlat ? versions.files : versions.paths }
    }

    let level: Int

    /// Writes all versions; restores the newest of them and compares.
    ///
    /// - Parameters:
    ///   - restoredCount: How many are restored; all where it is `nil`.
    ///   - then: Is called with the finished store, which is removed after it.
    func run(
        _ tool: Tool, _ versions: SeriesMaker.Versions, in root: String,
        restoredCount: Int? = nil, then body: (Tool.Place) throws -> Void = { _ in }
    ) throws -> ToolResult {
        var work = try prepare(tool, versions, in: root)
        defer { try? Folders.remove(work.folder) }
        var stored: [Int] = []
        var writeSeconds = 0.0
        for version in 1...versions.paths.count {
            writeSeconds += try write(version, &work).processorSeconds
            stored.append(try tool.storedByteCount(work.place))
        }
        var restoreSeconds = 0.0
        let count = versions.paths.count
        for version in (1...count).suffix(restoredCount ?? count) {
            restoreSeconds += try restore(version, work).processorSeconds
        }
        try body(work.place)
        return ToolResult(
            tool: tool.name, storedBytes: stored,
            writeProcessorSeconds: Self.rounded(writeSeconds),
            restoreProcessorSeconds: Self.rounded(restoreSeconds))
    }

    /// To milliseconds: the account of the kernel is no finer.
    private static func rounded(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }

    /// Writes all versions to a board, keeps the newest two, collects, compares what is left with
    /// what was written, and makes a new board of the same two.
    func prune(
        _ tool: Tool, _ versions: SeriesMaker.Versions, in root: String
    ) throws -> PruneResult {
        let kept = 2
        var (before, after) = (0, 0)
        _ = try run(tool, versions, in: root, restoredCount: 0) { place in
            before = try tool.storedByteCount(place)
            let messages = "\(place.home)/messages"
            let prune = ["prune", place.store, "payload", "--keep", "\(kept)"]
            try Child(tool.program, prune).run(messages: messages)
            try Child(tool.program, ["gc", place.store, "--exclusive"]).run(messages: messages)
            after = try tool.storedByteCount(place)
            let work = Work(
                tool: tool, folder: place.home, versions: versions, place: place)
            let count = versions.paths.count
            for version in (count - kept + 1)...count { try restore(version, work) }
        }
        let fresh = try run(tool, versions.last(kept), in: root, restoredCount: 0)
        return PruneResult(
            keptVersions: kept, beforeBytes: before, afterBytes: after, freshBytes: fresh.final)
    }

    private func prepare(
        _ tool: Tool, _ versions: SeriesMaker.Versions, in root: String
    ) throws -> Work {
        let folder = "\(root)/\(tool.name)"
        try Folders.remove(folder)
        try Files.makeFolder(folder)
        let place = Tool.Place(
            in: folder, level: level, isTree: versions.isTree && !tool.isFlat,
            files: versions.files)
        try place.makeFolders()
        let work = Work(tool: tool, folder: folder, versions: versions, place: place)
        try tool.run(tool.initialize(place), messages: work.messages)
        return work
    }

    /// The input is moved to the place that is called `payload` and back again: for the tool it is
    /// the same file or folder with other content, and nothing is copied.
    private func write(_ version: Int, _ work: inout Work) throws -> Child.Usage {
        let input = work.inputs[version - 1]
        try Files.move(input, to: work.place.payload)
        defer { try? Files.move(work.place.payload, to: input) }
        var child = work.tool.write(work.place, version)
        child.output = "\(work.folder)/printed"
        let usage = try work.tool.run(child, messages: work.messages)
        work.place.printed[version] = try Files.text(of: "\(work.folder)/printed")
        return usage
    }

    @discardableResult
    private func restore(_ version: Int, _ work: Work) throws -> Child.Usage {
        try Folders.remove(work.place.target)
        try Files.makeFolder(work.place.target)
        let child = try work.tool.restore(work.place, version)
        let usage = try work.tool.run(child, messages: work.messages)
        let original = work.inputs[version - 1]
        if work.place.isTree {
            let words = ["-r", "--brief", original, work.place.restored]
            var diff = Child("diff", words)
            diff.output = "\(work.folder)/differences"
            try diff.run(messages: work.messages)
        } else {
            try Files.requireEqual(original, work.place.restored)
        }
        try Folders.remove(work.place.restored)
        return usage
    }
}
