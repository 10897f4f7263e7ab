public import PinFormat
internal import PinStorage
internal import PinTransforms

/// The state of a board as one commit has it. Immutable; reading it never waits for a writer.
public final class Snapshot: Sendable {
    let commit: CommitRecord
    /// Names the commit; zero for the state before the first.
    let digest: Digest
    /// The length of the commit object.
    let byteCount: Int
    let table: StateTable
    let index: ChunkIndex
    /// The layers inside the commit, as rows and places: what the next commit merges with.
    let inlineRows: [TableRow]
    let inlinePlaces: [FramePlace]
    let inlineSketches: [SketchEntry]
    /// Segments that could not be opened: reading goes on without them where it can.
    let damagedIndexes: [EngineError]

    /// The number of the commit; 0 for a board without any.
    public var sequence: UInt64 { commit.sequence }

    /// Opens the segments that a commit names.
    init(
        _ commit: CommitRecord, digest: Digest, byteCount: Int, _ segments: SegmentCache
    ) async throws(EngineError) {
        self.commit = commit
        self.digest = digest
        self.byteCount = byteCount
        let key = BoardKeys.commit(commit.sequence).description
        do throws(FormatError) {
            inlineRows =
                if let inline = commit.inlineTable {
                    try TableSegment.decode(inline, .standard)
                } else { [] }
            inlinePlaces =
                if let inline = commit.inlineIndex {
                    try IndexSegment.decode(inline, .standard)
                } else { [] }
        } catch {
            throw EngineError(error, object: key)
        }
        // Advice: what cannot be decoded is not there.
        inlineSketches =
            commit.inlineSketches.flatMap { try? SketchSegment.decode($0, .standard) } ?? []
        var tables: [any TableLayer] = [InlineTableLayer(all: inlineRows)]
        for reference in commit.tableSegments { tables.append(try await segments.table(reference)) }
        table = StateTable(tables)
        var layers: [IndexLayer] = []
        if let inline = commit.inlineIndex {
            layers.append(try IndexLayer(BytesObject(inline), object: key))
        }
        var damaged: [EngineError] = []
        for reference in commit.indexSegments {
            // The index is an acceleration: without a part of it, packs' own footers serve reading.
            do throws(EngineError) {
                layers.append(try await segments.index(reference))
            } catch  where error.code == .corrupt || error.code == .ioError {
                damaged.append(error)
            }
        }
        damagedIndexes = damaged
        index = ChunkIndex(layers: layers, packs: PackDirectory(table))
        segments.retain(
            tables: commit.tableSegments.map(\.name), indexes: commit.indexSegments.map(\.name),
            sketches: commit.sketchSegments.map(\.name))
    }

    /// Whether a pack of the board holds a chunk, or a node.
    ///
    /// - Complexity: one bucket of about 64 entries in each index segment, read where it lies.
    public func contains(
        _ digest: Digest, _ kind: FrameKind = .chunk
    ) throws(EngineError) -> Bool {
        try !index.copies(digest, kind).isEmpty
    }

    /// A state over rows that a check of a damaged board could trust, and the index it could open.
    init(
        salvaged rows: [TableRow], of commit: CommitRecord, digest: Digest, _ segments: SegmentCache
    ) async throws(EngineError) {
        self.commit = commit
        self.digest = digest
        byteCount = 0
        (inlineRows, inlinePlaces, inlineSketches) = (rows, [], [])
        table = StateTable([InlineTableLayer(all: rows)])
        var layers: [IndexLayer] = []
        if let inline = commit.inlineIndex {
            let key = BoardKeys.commit(commit.sequence).description
            layers.append(try IndexLayer(BytesObject(inline), object: key))
        }
        var damaged: [EngineError] = []
        for reference in commit.indexSegments {
            do throws(EngineError) {
                layers.append(try await segments.index(reference))
            } catch  where error.code == .corrupt {
                damaged.append(error)
            }
        }
        damagedIndexes = damaged
        index = ChunkIndex(layers: layers, packs: PackDirectory(table))
    }

    /// The state with rows over it that are in no commit yet. Its index is the same: what comes
    /// with those rows is found once they are committed.
    private init(_ base: Snapshot, coveredBy rows: [TableRow]) {
        (commit, digest, byteCount) = (base.commit, base.digest, base.byteCount)
        (inlineRows, inlinePlaces) = (base.inlineRows, base.inlinePlaces)
        inlineSketches = base.inlineSketches
        damagedIndexes = base.damagedIndexes
        table = base.table.covered(by: rows)
        index = ChunkIndex(layers: base.index.layers, packs: PackDirectory(table))
    }

    private init(_ base: Snapshot, without packs: Set<ObjectName>) {
        (commit, digest, byteCount) = (base.commit, base.digest, base.byteCount)
        (inlineRows, inlinePlaces) = (base.inlineRows, base.inlinePlaces)
        inlineSketches = base.inlineSketches
        damagedIndexes = base.damagedIndexes
        table = base.table
        index = base.index.passingOver(packs)
    }

    /// The state as if some packs had lost all their frames.
    func passingOver(_ packs: Set<ObjectName>) -> Snapshot {
        packs.isEmpty ? self : Snapshot(self, without: packs)
    }

    /// The state that a change of rows would leave.
    ///
    /// - Parameter rows: In any order; a later one of the same key wins.
    func changed(by rows: [TableRow]) -> Snapshot {
        Snapshot(self, coveredBy: SegmentMerge.sorted(rows))
    }

    /// Throws if a part of the index is damaged: for whoever decides by what the index does not
    /// have.
    func requireWholeIndex() throws(EngineError) {
        if let error = damagedIndexes.first, !Check.wholeIndex.isOff { throw error }
    }
}

extension Snapshot {
    /// Whether the commit names a pack, as live, condemned or staged: then it must be there.
    package func names(_ pack: ObjectName) throws(EngineError) -> Bool {
        try index.packs.row(pack) != nil
    }
}
