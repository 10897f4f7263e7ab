internal import PinFormat
internal import PinStorage

/// Walks the manifests of versions; what several share is walked once (FORMAT.md §7.3).
///
/// Memory is one summary for each distinct node.
final class VerifierManifests {
    /// What is known about all below a node.
    struct Summary {
        var level = 0
        var entryCount = 0
        var byteCount: UInt64 = 0
        var chunkCount: UInt64 = 0
        /// Whether the node and those at the right edge below it end by the closing rule: it may
        /// have a neighbour.
        var closes = true
        /// Packs that are needed; sets of packs of which one is needed; frames with several ways to
        /// decode them.
        var packs: Set<ObjectName> = []
        var choices: Set<Set<ObjectName>> = []
        var several: Set<FrameKey> = []
        /// Whether everything below can be read and agrees.
        var isClean = true

        static let lost = Summary(isClean: false)

        mutating func need(_ availability: VerifierFrames.Availability) {
            guard case .found(let need) = availability else { return isClean = false }
            switch need {
            case .all(let more): if !more.isSubset(of: packs) { packs.formUnion(more) }
            case .one(let choice): choices.insert(choice)
            case .several(let frame): several.insert(frame)
            }
        }

        mutating func need(_ other: Summary) {
            if !other.packs.isSubset(of: packs) { packs.formUnion(other.packs) }
            if !other.choices.isSubset(of: choices) { choices.formUnion(other.choices) }
            if !other.several.isEmpty { several.formUnion(other.several) }
            if !other.isClean { isClean = false }
        }

        /// Whether a version that names some packs has all it needs.
        func isCovered(by named: Set<ObjectName>, _ frames: VerifierFrames) -> Bool {
            packs.isSubset(of: named) && choices.allSatisfy { !named.isDisjoint(with: $0) }
                && several.allSatisfy { frame in
                    var budget = 256
                    return frames.isCovered(frame, by: named, budget: &budget)
                }
        }
    }

    private struct Visit {
        let digest: Digest
        let node: ManifestNode
        var children: [Digest: ManifestNode]
        /// The next entry to go below.
        var index = 0
    }

    let frames: VerifierFrames
    private let store: Store
    private var summaries: [Digest: Summary] = [:]
    /// Where a node was read that turned out to be damaged: packs' keys and what is wrong.
    private var discovered: [(object: String, what: String, digest: Digest)] = []

    init(_ store: Store, _ frames: VerifierFrames) {
        self.store = store
        self.frames = frames
    }

    /// All that a file needs.
    func summary(
        of file: FileEntry, _ version: VersionWalk
    ) async throws(EngineError) -> Summary {
        var whole = Summary()
        switch file.content {
        case .empty: break
        case .chunk(let digest):
            whole.need(
                try await frames.find(
                    digest, .chunk, byteCount: Int(file.byteCount), version.locator))
        case .tree(let root):
            let below = try await summary(ofNode: root, version)
            whole.need(below)
            if below.byteCount != file.byteCount || below.entryCount < 2,
                !Check.verifyFileSize.isOff
            {
                whole.isClean = false
            }
        }
        return whole
    }

    /// What is known about a node that was walked; `nil` if it was not.
    func known(_ digest: Digest) -> Summary? { summaries[digest] }

    /// Nodes that can be read, among some.
    func nodes(
        _ digests: [Digest], _ version: VersionWalk
    ) async throws(EngineError) -> [Digest: ManifestNode] {
        var wanted: [Digest] = []
        for digest in digests {
            if case .found = try await frames.find(digest, .node, byteCount: nil, version.locator) {
                wanted.append(digest)
            }
        }
        var out: [Digest: ManifestNode] = [:]
        if let all = try? await version.reader.frames(wanted, .node) {
            for (digest, bytes) in zip(wanted, all) { out[digest] = try? ManifestNode(bytes) }
            return out
        }
        for digest in wanted {
            try store.checkCancellation()
            do throws(EngineError) {
                let bytes = try await version.reader.frames([digest], .node)[0]
                out[digest] = try? ManifestNode(bytes)
            } catch  where error.code == .corrupt || error.code == .notFound {
                discovered.append((error.object ?? "", error.message, digest))
            }
        }
        return out
    }

    /// Damage that was found by reading nodes since the last call.
    func takeDiscovered() -> [(object: String, what: String, digest: Digest)] {
        defer { discovered = [] }
        return discovered
    }

    // MARK: - Walking

    /// Goes below a node with a stack of at most one visit for each level.
    private func summary(
        ofNode root: Digest, _ version: VersionWalk
    ) async throws(EngineError) -> Summary {
        if let known = summaries[root] { return known }
        guard let top = try await nodes([root], version)[root] else { return lose(root) }
        var stack = [try await visit(root, top, version)]
        while var visit = stack.popLast() {
            try store.checkCancellation()
            guard visit.node.level > 0, visit.index < visit.node.entries.count else {
                summaries[visit.digest] = try await conclude(visit, version)
                continue
            }
            let entry = visit.node.entries[visit.index]
            visit.index += 1
            let child = visit.children.removeValue(forKey: entry.digest)
            let level = visit.node.level
            stack.append(visit)
            if summaries[entry.digest] != nil { continue }
            guard let child, child.level == level - 1 else {
                _ = lose(entry.digest)
                continue
            }
            stack.append(try await self.visit(entry.digest, child, version))
        }
        return summaries[root] ?? .lost
    }

    private func lose(_ digest: Digest) -> Summary {
        summaries[digest] = .lost
        return .lost
    }

    private func visit(
        _ digest: Digest, _ node: ManifestNode, _ version: VersionWalk
    ) async throws(EngineError) -> Visit {
        var children: [Digest: ManifestNode] = [:]
        if node.level > 0 {
            let unknown = Set(node.entries.map(\.digest)).filter { summaries[$0] == nil }
            children = try await nodes(Array(unknown), version)
        }
        return Visit(digest: digest, node: node, children: children)
    }

    /// Sums up a node all of whose children are known.
    private func conclude(
        _ visit: Visit, _ version: VersionWalk
    ) async throws(EngineError) -> Summary {
        let node = visit.node
        let last = node.entries.count - 1
        var sum = Summary(
            level: node.level, entryCount: node.entries.count, byteCount: node.byteCount,
            chunkCount: node.chunkCount,
            closes: node.entries.last?.closesNode(ofEntryCount: node.entries.count) ?? false)
        sum.need(try await frames.find(visit.digest, .node, byteCount: nil, version.locator))
        for (index, entry) in node.entries.enumerated() {
            if node.level == 0 {
                sum.need(
                    try await frames.find(
                        entry.digest, .chunk, byteCount: Int(entry.byteCount), version.locator))
                continue
            }
            let child = summaries[entry.digest] ?? .lost
            sum.need(child)
            if child.level != node.level - 1 || child.byteCount != entry.byteCount
                || child.chunkCount != entry.chunkCount || (index < last && !child.closes),
                !Check.verifyNodes.isOff
            {
                sum.isClean = false
            }
            if index == last { sum.closes = sum.closes && child.closes }
        }
        return sum
    }
}

/// One version while it is walked.
struct VersionWalk {
    let version: SnapshotVersion
    let reader: FrameReader
    let locator: FrameLocator

    init(_ store: Store, _ snapshot: Snapshot, _ version: SnapshotVersion) {
        self.version = version
        reader = FrameReader(store, snapshot, version)
        locator = FrameLocator(store, snapshot, packs: version.row.packs)
    }
}
