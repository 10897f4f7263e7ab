internal import PinFormat
internal import PinTransforms

/// The index of one commit: digest → the copies that packs of this commit hold.
struct ChunkIndex: Sendable {
    /// One copy of a frame, and where its entry stands.
    struct Copy: Sendable {
        let layer: Int
        let ordinal: Int
        let entry: IndexEntry
        let pack: ObjectName
        let status: PackRow.Status
    }

    /// How many copies of a frame are tried.
    private static let copyCountMax = 32

    /// The newest first.
    let layers: [IndexLayer]
    let packs: PackDirectory
    /// Packs that the commit names and that are passed over: they are known to be damaged.
    let absent: Set<ObjectName>
    private let statuses: PackStatuses
    private let filters: DigestFilters

    init(layers: [IndexLayer], packs: PackDirectory) {
        (self.layers, self.packs, absent) = (layers, packs, [])
        statuses = PackStatuses(layers.map(\.tables.packs), packs)
        filters = DigestFilters(layers.map(\.filter))
    }

    private init(_ whole: ChunkIndex, without absent: Set<ObjectName>) {
        (layers, packs, self.absent) = (whole.layers, whole.packs, absent)
        statuses = PackStatuses(layers.map(\.tables.packs), packs, absent: absent)
        filters = whole.filters
    }

    /// The index as if some packs had lost all their frames.
    func passingOver(_ packs: Set<ObjectName>) -> ChunkIndex {
        packs.isEmpty ? self : ChunkIndex(self, without: packs)
    }

    /// The copies of a frame that packs of this commit hold: live ones first, then by depth, then
    /// the newest packs: what a collection has encoded again stands for what it replaces
    /// (FORMAT.md §9.5).
    ///
    /// - Parameter kind: What the digest names. A chunk may hold the very bytes that a node's
    ///   digest covers, tag and all (FORMAT.md §5), so a digest alone does not say which of the two
    ///   is meant.
    /// - Complexity: one bucket of each layer.
    func copies(_ digest: Digest, _ kind: FrameKind) throws(EngineError) -> [Copy] {
        var found: [Copy] = []
        for start in stride(from: 0, to: layers.count, by: DigestFilters.stride) {
            // The filters first: most segments say no there, and no other memory is touched.
            var candidates = filters.mayHave(digest, from: start)
            while candidates != 0 {
                try addCopies(
                    digest, kind, of: start + candidates.trailingZeroBitCount, to: &found)
                candidates &= candidates - 1
            }
        }
        if found.count < 2 { return found }
        return found.sorted { left, right in
            let condemned = (left.status == .condemned, right.status == .condemned)
            if condemned.0 != condemned.1 { return condemned.1 }
            let depths = (left.entry.header.depth, right.entry.header.depth)
            if depths.0 != depths.1 { return depths.0 < depths.1 }
            return left.pack > right.pack
        }
    }

    private func addCopies(
        _ digest: Digest, _ kind: FrameKind, of layer: Int, to found: inout [Copy]
    ) throws(EngineError) {
        try layers[layer].forEachEntry(of: digest) { (ordinal, entry) throws(EngineError) in
            // §7.4: an entry whose pack has no row is of a pack that is gone, or going.
            guard entry.header.kind == kind,
                let status = try statuses.status(entry.pack, of: layer)
            else { return }
            found.append(
                Copy(
                    layer: layer, ordinal: ordinal, entry: entry,
                    pack: layers[layer].tables.packs[entry.pack], status: status))
        }
    }

    /// A frame with all it needs to be decoded: bases first, the frame last; `nil` if the index has
    /// no copy whose closure is complete.
    ///
    /// - Complexity: at most ``Limits/closureFrameCount`` look-ups for each copy.
    func closure(_ digest: Digest, _ kind: FrameKind) throws(EngineError) -> [Copy]? {
        // Bounded: an index that came from elsewhere may list any number of copies that lack their
        // bases.
        for copy in try copies(digest, kind).prefix(Self.copyCountMax) {
            if copy.entry.header.baseCount == 0 { return [copy] }
            if let closure = try closure(of: copy) { return closure }
        }
        return nil
    }

    /// Packs that list a frame which cannot be decoded because frames of theirs, or of packs that
    /// hold its bases, are lost (FORMAT.md §7.5); none on a board without damage.
    ///
    /// - Complexity: as ``closure(_:_:)``.
    func lostHolders(_ digest: Digest, _ kind: FrameKind) throws(EngineError) -> Set<ObjectName> {
        var holders: Set<ObjectName> = []
        var pending = [FrameKey(digest: digest, kind: kind)]
        var seen = Set(pending)
        var hasLost = false
        while let frame = pending.popLast() {
            for layer in layers {
                for (_, entry) in try layer.entries(frame.digest)
                where entry.header.kind == frame.kind {
                    let pack = layer.tables.packs[entry.pack]
                    guard let row = try packs.row(pack) else { continue }
                    holders.insert(pack)
                    if row.isLost || absent.contains(pack) { hasLost = true }
                    for base in try layer.place(entry).bases {
                        let next = FrameKey(digest: base, kind: .chunk)
                        guard seen.count < Self.copyCountMax, seen.insert(next).inserted
                        else { continue }
                        pending.append(next)
                    }
                }
            }
        }
        return hasLost ? holders : []
    }

    /// The closure of one copy; its bases are resolved to copies of strictly smaller depth (§6.1).
    func closure(of top: Copy) throws(EngineError) -> [Copy]? {
        if let nearest = try nearestClosure(of: top) { return nearest }
        var search = ClosureSearch<Copy>(
            copies: { (digest, below) throws(EngineError) in
                try self.copies(digest, .chunk).filter { $0.entry.header.depth < below }
            },
            bases: { (copy) throws(EngineError) in try self.place(copy).bases },
            header: { $0.entry.header })
        return try search.closure(of: top, top.entry.digest)
    }

    /// The closure that the preferred copies make, which nearly always is complete.
    private func nearestClosure(of top: Copy) throws(EngineError) -> [Copy]? {
        var chosen: [Digest: Copy] = [top.entry.digest: top]
        var pending = [top]
        var byteCount = top.entry.header.rawByteCount
        while let next = pending.popLast() {
            for base in try place(next).bases {
                let depth = next.entry.header.depth
                if let known = chosen[base], known.entry.header.depth < depth { continue }
                guard
                    let copy = try copies(base, .chunk).first(where: {
                        $0.entry.header.depth < depth
                    })
                else { return nil }
                byteCount += copy.entry.header.rawByteCount
                guard chosen.count < Limits.closureFrameCount,
                    byteCount <= Limits.closureByteCount
                else { return nil }
                chosen[base] = copy
                pending.append(copy)
            }
        }
        return chosen.values.sorted { $0.entry.header.depth < $1.entry.header.depth }
    }

    /// The place of a copy, its bases read.
    func place(_ copy: Copy) throws(EngineError) -> FramePlace {
        try layers[copy.layer].place(copy.entry)
    }
}
