internal import PinFormat

/// A chunk of a file, and where its bytes stand in the file.
struct ChunkReference: Sendable {
    let digest: Digest
    let offset: UInt64
    let byteCount: Int

    /// The bytes of the file that it holds.
    var range: Range<UInt64> { offset..<offset + UInt64(byteCount) }
}

/// Walks the manifest of one file in order, over a range of its bytes, checking every node
/// (FORMAT.md §7.3).
///
/// Memory is one page for each level and the pages below the lowest inner node; the stack is
/// bounded by the greatest level.
struct ChunkCursor {
    private struct Frame {
        let node: ManifestNode
        /// Children of a node of level 1, read together.
        var children: [Digest: ManifestNode] = [:]
        var index = 0
        var offset: UInt64
        /// Whether the node is the last of its level.
        let isLast: Bool
    }

    private let reader: FrameReader
    private let file: FileEntry
    private let range: Range<UInt64>
    private var stack: [Frame] = []
    private var single: ChunkReference?

    /// A cursor over the chunks that overlap `range`.
    init(
        _ reader: FrameReader, _ file: FileEntry, _ range: Range<UInt64>
    ) async throws(EngineError) {
        self.reader = reader
        self.file = file
        self.range = range
        guard !range.isEmpty else { return }
        switch file.content {
        case .empty: break
        case .chunk(let digest):
            single = ChunkReference(digest: digest, offset: 0, byteCount: Int(file.byteCount))
        case .tree(let root):
            let bytes = try await reader.frames([root], .node)[0]
            let node = try Self.decode(bytes, isLast: true, file)
            guard node.byteCount == file.byteCount, node.entries.count > 1 else {
                throw Self.damaged(file, "its manifest is not of this file's size")
            }
            try await push(node, offset: 0, isLast: true)
        }
    }

    /// The next chunk, or `nil` at the end of the range.
    mutating func next() async throws(EngineError) -> ChunkReference? {
        if let only = single {
            single = nil
            return only
        }
        while var top = stack.popLast() {
            guard top.index < top.node.entries.count, top.offset < range.upperBound else {
                continue
            }
            let entry = top.node.entries[top.index]
            let offset = top.offset
            let isLast = top.isLast && top.index == top.node.entries.count - 1
            top.index += 1
            top.offset += entry.byteCount
            let child = top.children.removeValue(forKey: entry.digest)
            stack.append(top)
            // Entries before the range are passed over without reading what is below.
            guard offset + entry.byteCount > range.lowerBound else { continue }
            if top.node.level == 0 {
                return ChunkReference(
                    digest: entry.digest, offset: offset, byteCount: Int(entry.byteCount))
            }
            let node =
                if let child { child } else {
                    try Self.decode(
                        try await reader.frames([entry.digest], .node)[0], isLast: nil, file)
                }
            guard node.level == top.node.level - 1, node.byteCount == entry.byteCount,
                node.chunkCount == entry.chunkCount,
                isLast || node.entries.last?.closesNode(ofEntryCount: node.entries.count) == true
            else { throw Self.damaged(file, "its manifest contradicts itself") }
            try await push(node, offset: offset, isLast: isLast)
        }
        return nil
    }

    private mutating func push(
        _ node: ManifestNode, offset: UInt64, isLast: Bool
    ) async throws(EngineError) {
        var frame = Frame(node: node, offset: offset, isLast: isLast)
        if node.level == 1 { frame.children = try await children(of: node, at: offset) }
        stack.append(frame)
    }

    /// The pages below a node of level 1 that the range needs: at most 256, read together.
    private func children(
        of node: ManifestNode, at offset: UInt64
    ) async throws(EngineError) -> [Digest: ManifestNode] {
        var wanted: [Digest] = []
        var position = offset
        for entry in node.entries {
            let end = position + entry.byteCount
            if end > range.lowerBound, position < range.upperBound { wanted.append(entry.digest) }
            position = end
        }
        var out: [Digest: ManifestNode] = [:]
        for (digest, bytes) in zip(wanted, try await reader.frames(wanted, .node)) {
            out[digest] = try Self.decode(bytes, isLast: nil, file)
        }
        return out
    }

    private static func decode(
        _ bytes: [UInt8], isLast: Bool?, _ file: FileEntry
    ) throws(EngineError) -> ManifestNode {
        do throws(FormatError) {
            return try ManifestNode(bytes, isLast: isLast)
        } catch {
            throw EngineError(error, object: file.path)
        }
    }

    private static func damaged(_ file: FileEntry, _ what: String) -> EngineError {
        EngineError(
            .corrupt,
            "the file '\(Names.printable(file.path))' is damaged: \(what); run 'pins verify "
                + "--data'",
            object: file.path)
    }
}
