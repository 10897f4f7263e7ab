internal import PinFormat

/// Looks, before a collection is committed, whether every frame that versions name can be decoded
/// from what the board will then hold (FORMAT.md §9.5): whatever went wrong in planning, nothing is
/// condemned that is needed.
struct CollectionAudit {
    private let index: ChunkIndex
    /// Packs of the index that stay.
    private let staying: Set<ObjectName>
    /// Frames of the new packs.
    private let arriving: [FrameKey: [FramePlace]]

    /// - Parameters:
    ///   - staying: Packs that will be neither condemned nor without a row.
    ///   - places: The frames of the new packs.
    init(_ index: ChunkIndex, staying: Set<ObjectName>, places: [FramePlace]) {
        self.index = index
        self.staying = staying
        arriving = Dictionary(grouping: places) {
            FrameKey(digest: $0.digest, kind: $0.header.kind)
        }
    }

    /// - Parameter direct: The frames that versions name, in the index as it is.
    /// - Throws: ``EngineError/Code/corrupt`` if one would be lost.
    /// - Complexity: O(*n*) in the entries of the index, a look-up for each frame in the closure of
    ///   each delta, and of each frame that moves.
    func requireWhole(_ direct: FrameSet) throws(EngineError) {
        for (number, layer) in index.layers.enumerated() {
            try layer.forEachEntry { (ordinal, entry) throws(EngineError) in
                guard direct.contains(layer: number, ordinal: ordinal) else { return }
                let stays = staying.contains(layer.tables.packs[entry.pack])
                if stays, entry.header.baseCount == 0 { return }
                guard
                    try isWhole(entry.digest, entry.header.kind) || Check.collectionWhole.isOff
                else {
                    throw EngineError(
                        .corrupt,
                        "this collection would lose the frame \(entry.digest.hex.prefix(16))…; "
                            + "nothing was changed. This is an error of the program: please report "
                            + "it",
                        object: entry.digest.hex)
                }
            }
        }
    }

    /// Whether a reader of the next state finds a copy with all it needs (§6.1).
    private func isWhole(_ digest: Digest, _ kind: FrameKind) throws(EngineError) -> Bool {
        var search = ClosureSearch<FramePlace>(
            copies: { (digest, below) throws(EngineError) in
                try copies(digest, .chunk).filter { $0.header.depth < below }
            },
            bases: { $0.bases }, header: { $0.header })
        for top in try copies(digest, kind) where try search.closure(of: top, digest) != nil {
            return true
        }
        return false
    }

    /// The copies of a frame that the next state has.
    private func copies(_ digest: Digest, _ kind: FrameKind) throws(EngineError) -> [FramePlace] {
        var found = arriving[FrameKey(digest: digest, kind: kind)] ?? []
        for copy in try index.copies(digest, kind) where staying.contains(copy.pack) {
            found.append(try index.place(copy))
        }
        return found
    }
}
