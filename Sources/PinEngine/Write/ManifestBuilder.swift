internal import PinFormat

/// Builds the manifest of one file out of its chunks, in order (FORMAT.md §7.3).
///
/// Memory is a page for each level; nodes are handed out as they close.
struct ManifestBuilder {
    private struct Level {
        var entries: [ManifestNode.Entry] = []
        var nodeCount = 0
        var last: ManifestNode.Entry?
    }

    private var levels: [Level] = [Level()]
    private(set) var byteCount: UInt64 = 0
    private(set) var chunkCount: UInt64 = 0
    private var firstChunk: Digest?

    /// Receives the plain bytes of a node that has closed, and gives its digest.
    typealias Emit = ([UInt8]) throws(EngineError) -> Digest

    /// Adds the next chunk.
    mutating func add(
        _ digest: Digest, byteCount count: Int, emit: Emit
    ) throws(EngineError) {
        if chunkCount == 0 { firstChunk = digest }
        byteCount += UInt64(count)
        chunkCount += 1
        try push(ManifestNode.Entry(digest: digest, byteCount: UInt64(count)), 0, emit)
    }

    private mutating func push(
        _ entry: ManifestNode.Entry, _ level: Int, _ emit: Emit
    ) throws(EngineError) {
        // Bounded: a node closes at 16 entries or more, so eight levels hold more than can be
        // counted.
        var (entry, level) = (entry, level)
        while true {
            if level == levels.count { levels.append(Level()) }
            levels[level].entries.append(entry)
            guard entry.closesNode(ofEntryCount: levels[level].entries.count) else { return }
            entry = try close(level, emit)
            level += 1
        }
    }

    private mutating func close(_ level: Int, _ emit: Emit) throws(EngineError)
        -> ManifestNode.Entry
    {
        guard level <= Limits.nodeLevel else {
            throw EngineError(.usage, "the file has too many chunks for one manifest")
        }
        let node = ManifestNode(level: level, entries: levels[level].entries)
        let entry = ManifestNode.Entry(
            digest: try emit(node.encoded), byteCount: node.byteCount, chunkCount: node.chunkCount)
        levels[level].entries = []
        levels[level].nodeCount += 1
        levels[level].last = entry
        return entry
    }

    /// Ends the file.
    ///
    /// - Returns: How the file list refers to it.
    mutating func finish(_ emit: Emit) throws(EngineError) -> FileEntry.Content {
        guard let firstChunk else { return .empty }
        if chunkCount == 1 { return .chunk(firstChunk) }
        var level = 0
        while true {
            if !levels[level].entries.isEmpty {
                // The entry of the only node below would make a level of one: that node is the
                // root.
                if level > 0, levels[level - 1].nodeCount == 1, levels[level].nodeCount == 0,
                    let root = levels[level - 1].last
                {
                    return .tree(root.digest)
                }
                let entry = try close(level, emit)
                if level + 1 == levels.count { levels.append(Level()) }
                levels[level + 1].entries.append(entry)
                if entry.closesNode(ofEntryCount: levels[level + 1].entries.count) {
                    try closeUpwards(level + 1, emit)
                }
            } else if levels[level].nodeCount == 1, let root = levels[level].last {
                return .tree(root.digest)
            }
            level += 1
        }
    }

    /// Closes a node that the closing rule ends, and those above that end with it.
    private mutating func closeUpwards(_ level: Int, _ emit: Emit) throws(EngineError) {
        let entry = try close(level, emit)
        try push(entry, level + 1, emit)
    }
}
