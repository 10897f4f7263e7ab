internal import PinFormat

/// Frames that no version names and that are kept only as bases, with the frames that keep them:
/// what a collection may give up together (FORMAT.md §9.5).
///
/// A family is a few neighbouring carried frames and every delta that versions name with one of
/// them, or with what they are compressed against, in its closure. A frame that needs two families
/// belongs to the first.
///
/// Memory: four bytes for each entry of the index, and what a ``Dependent`` takes for each of them.
struct CarriedFamilies {
    /// A family takes in neighbours up to so many average chunks of carried frames.
    private static let chunkCountMax = 32

    /// A delta that a version names.
    struct Dependent {
        let digest: Digest
        let number: FrameNumber
        /// When versions first name it.
        let order: UInt32
        fileprivate var family: UInt32
    }

    /// One family.
    struct Family {
        /// In the order in which versions name them.
        var dependents: [Dependent]
        /// Stored bytes of the carried frames.
        var carriedByteCount: Int
        /// Stored and plain bytes of those of them that have no base.
        var plainByteCount: Int
        var plainRawByteCount: Int

        /// Tells a family that was tried already in one collection.
        var key: Key {
            Key(
                first: dependents[0].order, last: dependents[dependents.count - 1].order,
                count: dependents.count, byteCount: carriedByteCount)
        }

        struct Key: Hashable {
            let first, last: UInt32
            let count, byteCount: Int
        }
    }

    private struct Sums {
        var raw = 0
        var stored = 0
        var plainRaw = 0
        var plainStored = 0
    }

    private let index: ChunkIndex
    /// Plain bytes of the carried frames of a family.
    private let rawByteCountMax: Int
    private let direct: FrameSet
    /// What carried frames are compressed against.
    private var anchors: FrameSet
    private let renewed: FrameSet
    private var familyOf: FrameNumbers
    /// Families joined to another point at it.
    private var parents: [UInt32] = [0]
    private var sums: [Sums] = [Sums()]
    private var dependents: [Dependent] = []

    /// - Parameters:
    ///   - marked: All frames that are needed.
    ///   - direct: Those that versions name.
    ///   - renewed: Frames that have a new copy already: not looked at.
    ///   - averageByteCount: Of chunks.
    /// - Complexity: O(*n*) in the entries of the index, a look-up for each frame in the closure of
    ///   each delta that a version names.
    init(
        _ index: ChunkIndex, marked: FrameSet, direct: FrameSet, order: FrameNumbers,
        renewed: FrameSet, averageByteCount: Int
    ) throws(EngineError) {
        self.index = index
        rawByteCountMax = Self.chunkCountMax * averageByteCount
        self.direct = direct
        self.renewed = renewed
        anchors = FrameSet(index)
        familyOf = FrameNumbers(index)
        try forEachDelta(in: marked) { (copy) throws(EngineError) in
            guard !direct.contains(copy) else { return }
            let bases = try index.place(copy).bases
            for base in try index.bases(bases, below: copy.entry.header.depth) {
                anchors.insert(layer: base.layer, ordinal: base.ordinal)
            }
        }
        var found: [Dependent] = []
        try forEachDelta(in: direct) { (copy) throws(EngineError) in
            guard !renewed.contains(copy), try !roots(of: copy).isEmpty else { return }
            found.append(
                Dependent(
                    digest: copy.entry.digest, number: copy.number, order: order[copy.number],
                    family: 0))
        }
        dependents = found.sorted { $0.order < $1.order }
        for position in dependents.indices { try assign(position) }
    }

    private func forEachDelta(
        in frames: FrameSet, _ body: (ChunkIndex.Copy) throws(EngineError) -> Void
    ) throws(EngineError) {
        for (number, layer) in index.layers.enumerated() {
            try layer.forEachEntry { (ordinal, entry) throws(EngineError) in
                guard entry.header.baseCount > 0, frames.contains(layer: number, ordinal: ordinal)
                else { return }
                try body(
                    ChunkIndex.Copy(
                        layer: number, ordinal: ordinal, entry: entry,
                        pack: layer.tables.packs[entry.pack], status: .live))
            }
        }
    }

    /// The frames in a closure that put a delta into a family, nearest first.
    private func roots(of copy: ChunkIndex.Copy) throws(EngineError) -> [ChunkIndex.Copy] {
        var found: [ChunkIndex.Copy] = []
        var seen: Set<FrameNumber> = []
        var (pending, next) = ([copy], 0)
        while next < pending.count, pending.count <= Limits.closureFrameCount {
            let frame = pending[next]
            next += 1
            let bases = try index.place(frame).bases
            for base in try index.bases(bases, below: frame.entry.header.depth)
            where seen.insert(base.number).inserted && !renewed.contains(base) {
                if !direct.contains(base) || anchors.contains(base) { found.append(base) }
                pending.append(base)
            }
        }
        return found
    }

    /// Puts a dependent and what it needs of a family into one, and joins families that are still
    /// small.
    private mutating func assign(_ position: Int) throws(EngineError) {
        let dependent = dependents[position]
        guard let copy = try index.copy(dependent.digest, at: dependent.number) else { return }
        var family: UInt32 = 0
        for frame in try roots(of: copy) {
            var own = root(familyOf[frame.number])
            if own == 0 {
                own = family != 0 && hasRoom(family, 0) ? family : open()
                familyOf[frame.number] = own
                let header = frame.entry.header
                if !direct.contains(frame) {
                    sums[Int(own)].raw += header.rawByteCount
                    sums[Int(own)].stored += frame.entry.storedByteCount
                }
                if header.baseCount == 0 {
                    sums[Int(own)].plainRaw += header.rawByteCount
                    sums[Int(own)].plainStored += frame.entry.storedByteCount
                }
            } else if family != 0, own != family, hasRoom(family, sums[Int(own)].raw) {
                join(own, to: family)
            }
            if family == 0 { family = own }
        }
        dependents[position].family = family
    }

    private func hasRoom(_ family: UInt32, _ more: Int) -> Bool {
        sums[Int(family)].raw + more <= rawByteCountMax
    }

    private mutating func open() -> UInt32 {
        let new = UInt32(parents.count)
        parents.append(new)
        sums.append(Sums())
        return new
    }

    private mutating func join(_ other: UInt32, to family: UInt32) {
        parents[Int(other)] = family
        let more = sums[Int(other)]
        sums[Int(family)].raw += more.raw
        sums[Int(family)].stored += more.stored
        sums[Int(family)].plainRaw += more.plainRaw
        sums[Int(family)].plainStored += more.plainStored
    }

    private mutating func root(_ family: UInt32) -> UInt32 {
        var family = family
        while parents[Int(family)] != family {
            // Halving the way keeps it short.
            parents[Int(family)] = parents[Int(parents[Int(family)])]
            family = parents[Int(family)]
        }
        return family
    }

    /// The families, by when versions first name a frame of them.
    ///
    /// - Complexity: O(*n* log *n*) in the dependents.
    consuming func all() -> [Family] {
        var found: [Family] = []
        var places: [UInt32: Int] = [:]
        var rest = dependents
        for position in rest.indices {
            rest[position].family = root(rest[position].family)
            let dependent = rest[position]
            guard dependent.family != 0 else { continue }
            if let place = places[dependent.family] {
                found[place].dependents.append(dependent)
                continue
            }
            places[dependent.family] = found.count
            let sum = sums[Int(dependent.family)]
            found.append(
                Family(
                    dependents: [dependent], carriedByteCount: sum.stored,
                    plainByteCount: sum.plainStored, plainRawByteCount: sum.plainRaw))
        }
        return found
    }
}

extension ChunkIndex {
    /// The copy whose entry stands at a place.
    func copy(_ digest: Digest, at number: FrameNumber) throws(EngineError) -> Copy? {
        try copies(digest, .chunk).first { $0.number == number }
    }

    /// The copies that bases are resolved to (FORMAT.md §6.1); those that are missing are left out.
    func bases(_ digests: [Digest], below depth: Int) throws(EngineError) -> [Copy] {
        var found: [Copy] = []
        for digest in digests {
            let copies = try copies(digest, .chunk)
            if let copy = copies.first(where: { $0.entry.header.depth < depth }) {
                found.append(copy)
            }
        }
        return found
    }

    /// The frames that some frames are compressed against.
    func bases(of frames: FrameSet) throws(EngineError) -> FrameSet {
        var found = FrameSet(self)
        for (number, layer) in layers.enumerated() {
            try layer.forEachEntry { (ordinal, entry) throws(EngineError) in
                guard entry.header.baseCount > 0, frames.contains(layer: number, ordinal: ordinal)
                else { return }
                let digests = try layer.place(entry).bases
                for base in try bases(digests, below: entry.header.depth) {
                    found.insert(layer: base.layer, ordinal: base.ordinal)
                }
            }
        }
        return found
    }

    /// What a frame needs before versions name it: the carried frames, nearest first, and the
    /// frames that versions name at the ends of these ways.
    func lineage(
        of copy: Copy, _ direct: FrameSet
    ) throws(EngineError) -> (carried: [Copy], anchors: [Copy]) {
        var (carried, anchors): ([Copy], [Copy]) = ([], [])
        var seen: Set<FrameNumber> = []
        var (pending, next) = ([copy], 0)
        while next < pending.count, pending.count <= Limits.closureFrameCount {
            let frame = pending[next]
            next += 1
            for base in try bases(try place(frame).bases, below: frame.entry.header.depth)
            where seen.insert(base.number).inserted {
                if direct.contains(base) {
                    anchors.append(base)
                } else {
                    carried.append(base)
                    pending.append(base)
                }
            }
        }
        return (carried, anchors)
    }
}
