internal import PinFormat
internal import PinTransforms

/// A frame that a collection has encoded again: how its new copy is stored.
struct RenewedFrame {
    let header: FrameHeader
    let bases: [Digest]
    /// Plain bytes of everything that decoding it takes, itself included.
    let closureByteCount: Int
}

/// Gives up frames that are kept only as bases, where encoding their dependents again takes fewer
/// bytes (FORMAT.md §9.5).
///
/// A frame gets a new copy whose bases are frames that versions name: what stands at its place in
/// the version before, earlier dependents of the same carried frames (its *siblings*), which are
/// similar for that reason, and those at the end of its old closure; or it becomes plain. The
/// new copy of a frame that others are
/// compressed against has neither a greater depth nor more closure frames than the old one, so that
/// they stay as they are, new copies among them.
///
/// Memory: what ``CarriedFamilies`` takes, the new frames of one family, and a cache of plain
/// bytes.
struct Reencoder {
    /// A family is left alone if it gives less than this part of its stored bytes.
    private static let gainPart = 32
    /// A frame that needs no carried one is only encoded again if it loses this part.
    static let improvementPart = 10
    /// How much a family may become before it is left alone, in bytes.
    private static let pendingByteCountMax = 64 << 20
    /// A closure may become larger than it was up to this, in plain bytes.
    private static let closureByteCountFloor = 16 << 20
    /// One turn can make another one worth it, at the borders of families.
    private static let turnCountMax = 4

    let store: Store
    let snapshot: Snapshot
    let marker: LivenessMarker
    let index: ChunkIndex
    let direct: FrameSet
    let order: FrameNumbers
    private let contents: PlainCache
    var aligned: AlignedBases?
    var renewed: [Digest: RenewedFrame] = [:]
    /// The old copies of those.
    var superseded: FrameSet
    /// Frames that others are compressed against.
    var isBase: FrameSet
    /// Those that new copies are compressed against, also copies that were not worth it: their own
    /// new copies, if they get any later, may not be higher either.
    private(set) var bases: Set<Digest> = []
    private var siblings = SiblingTable()
    private var refused: Set<CarriedFamilies.Family.Key> = []

    init(
        _ store: Store, _ snapshot: Snapshot, _ marker: LivenessMarker, _ order: FrameNumbers
    ) throws(EngineError) {
        self.store = store
        self.snapshot = snapshot
        self.marker = marker
        index = snapshot.index
        direct = marker.direct
        self.order = order
        contents = PlainCache(store, snapshot)
        superseded = FrameSet(snapshot.index)
        isBase = try index.bases(of: marker.marked)
    }

    /// Encodes again what is worth it, and puts it into the packs of `repacker`.
    mutating func run(
        _ repacker: inout Repacker, progress: ProgressHandler?
    ) async throws(EngineError) {
        for _ in 0..<Self.turnCountMax {
            let families = try CarriedFamilies(
                index, marked: marker.marked, direct: direct, order: order, renewed: superseded,
                averageByteCount: store.config.chunker.averageByteCount
            ).all().filter { $0.carriedByteCount > 0 }
            if families.isEmpty { break }
            if aligned == nil { aligned = try await align(families) }
            var isDone = true
            for (number, family) in families.enumerated() where !refused.contains(family.key) {
                try store.checkCancellation()
                if try await renew(family, &repacker) {
                    isDone = false
                } else {
                    refused.insert(family.key)
                }
                progress?(
                    Progress(
                        phase: .repacking, done: UInt64(number + 1), total: UInt64(families.count)))
            }
            if isDone { break }
        }
        if !renewed.isEmpty { try await improve(&repacker) }
    }

    private func align(
        _ families: [CarriedFamilies.Family]
    ) async throws(EngineError) -> AlignedBases {
        var dependents: [Digest: UInt32] = [:]
        for family in families {
            for dependent in family.dependents { dependents[dependent.digest] = dependent.order }
        }
        return try await AlignedBases(
            store, snapshot, versions: try snapshot.versions(), ends: marker.versionEnds,
            dependents)
    }

    // MARK: - One family

    /// What a family would become.
    struct Trial {
        var frames: [(old: ChunkIndex.Copy, new: RenewedFrame, encoded: EncodedFrame)] = []
        var headers: [Digest: RenewedFrame] = [:]
        var oldByteCount = 0
        var newByteCount = 0
    }

    /// Encodes the dependents of a family; whether that was worth it.
    private mutating func renew(
        _ family: CarriedFamilies.Family, _ repacker: inout Repacker
    ) async throws(EngineError) -> Bool {
        guard try promises(family) else { return false }
        var trial = Trial()
        trial.oldByteCount = family.carriedByteCount
        var own = siblings
        for dependent in family.dependents {
            guard let copy = try index.copy(dependent.digest, at: dependent.number) else {
                continue
            }
            let lineage = try index.lineage(of: copy, direct)
            let bases = try candidates(for: copy, dependent.order, lineage, own, trial)
            let (new, encoded) = try await encode(copy, bases)
            own.add(dependent.digest, for: lineage.carried)
            let (old, size) = (
                copy.entry.storedByteCount,
                FrameRecord.storedByteCount(new.header, frameByteCount: encoded.bytes.count)
            )
            // One that keeps nothing may stay as it is.
            if lineage.carried.isEmpty, size > old - old / Self.improvementPart { continue }
            trial.frames.append((copy, new, encoded))
            trial.headers[dependent.digest] = new
            trial.oldByteCount += old
            trial.newByteCount += size
            guard trial.newByteCount <= Self.pendingByteCountMax else { return false }
        }
        let gain = trial.oldByteCount - trial.newByteCount
        guard gain > trial.oldByteCount / Self.gainPart else { return false }
        for (old, new, encoded) in trial.frames {
            try await put(old.entry.digest, new, encoded, &repacker)
            superseded.insert(layer: old.layer, ordinal: old.ordinal)
            renewed[old.entry.digest] = new
        }
        siblings = own
        return true
    }

    /// Whether a family may be smaller without its carried frames, at best: the first of each kind
    /// becomes plain, and the others do not grow.
    private func promises(_ family: CarriedFamilies.Family) throws(EngineError) -> Bool {
        var own = siblings
        var (old, new) = (family.carriedByteCount, 0)
        for dependent in family.dependents {
            guard let copy = try index.copy(dependent.digest, at: dependent.number) else {
                continue
            }
            let lineage = try index.lineage(of: copy, direct)
            if lineage.carried.isEmpty { continue }
            let stored = copy.entry.storedByteCount
            old += stored
            if lineage.anchors.isEmpty, own.ranked(lineage.carried).isEmpty {
                let raw = copy.entry.header.rawByteCount
                // What chunks like this one take plain.
                let plain =
                    family.plainRawByteCount == 0
                    ? 0 : raw * family.plainByteCount / family.plainRawByteCount
                new += plain * 3 / 4
            }
            own.add(dependent.digest, for: lineage.carried)
        }
        return new < old
    }

    /// The frames that a new copy may be compressed against, the most promising first.
    func candidates(
        for copy: ChunkIndex.Copy, _ order: UInt32,
        _ lineage: (carried: [ChunkIndex.Copy], anchors: [ChunkIndex.Copy]),
        _ siblings: SiblingTable = SiblingTable(), _ trial: Trial = Trial()
    ) throws(EngineError) -> [DeltaCandidate] {
        var found: [DeltaCandidate] = []
        func add(_ candidate: DeltaCandidate?) {
            guard let candidate, candidate.digest != copy.entry.digest,
                !found.contains(where: { $0.digest == candidate.digest })
            else { return }
            found.append(candidate)
        }
        let limit = limit(of: copy)
        for digest in aligned?.of(order) ?? [] { add(try shallow(digest, limit, trial)) }
        for digest in siblings.ranked(lineage.carried) { add(try candidate(digest, trial)) }
        for anchor in lineage.anchors { add(try candidate(anchor.entry.digest, trial)) }
        return found
    }

    /// A frame that versions name, as it will be stored.
    private func candidate(_ digest: Digest, _ trial: Trial) throws(EngineError) -> DeltaCandidate?
    {
        if let frame = trial.headers[digest] ?? renewed[digest] {
            return DeltaCandidate(digest: digest, frame: frame)
        }
        guard let closure = try index.closure(digest, .chunk), let top = closure.last,
            direct.contains(top)
        else { return nil }
        return DeltaCandidate(
            digest: digest,
            frame: RenewedFrame(
                header: top.entry.header, bases: try index.place(top).bases,
                closureByteCount: closure.reduce(0) { $0 + $1.entry.header.rawByteCount }))
    }

    /// The frame itself, or the base of its base …, that is low enough to be one of a new copy.
    private func shallow(
        _ digest: Digest, _ limit: (depth: Int, frameCount: Int), _ trial: Trial
    ) throws(EngineError) -> DeltaCandidate? {
        var digest = digest
        for _ in 0...Limits.depth {
            guard let found = try candidate(digest, trial) else { return nil }
            let header = found.frame.header
            if header.depth < limit.depth, header.closureFrameCount < limit.frameCount {
                return found
            }
            guard let base = found.frame.bases.first else { return nil }
            digest = base
        }
        return nil
    }

    /// The depth and the closure frames that a new copy may have.
    private func limit(of copy: ChunkIndex.Copy) -> (depth: Int, frameCount: Int) {
        let header = copy.entry.header
        if isBase.contains(copy) || bases.contains(copy.entry.digest) {
            return (header.depth, header.closureFrameCount)
        }
        let frameCount = min(store.config.closureFrameCount, Limits.closureFrameCount)
        return (Limits.depth, max(frameCount, header.closureFrameCount))
    }

    /// The smallest of a plain frame and deltas against the candidates, within the limits.
    mutating func encode(
        _ copy: ChunkIndex.Copy, _ candidates: [DeltaCandidate]
    ) async throws(EngineError) -> (RenewedFrame, EncodedFrame) {
        let raw = try await contents.bytes(copy.entry.digest)
        let plain = try store.workers.use { (worker) throws(EngineError) in
            unsafe try worker.encode(raw.span.bytes)
        }
        let header = FrameHeader(
            kind: .chunk, codec: plain.codec, filter: plain.filter, rawByteCount: raw.count)
        var best = (RenewedFrame(header: header, bases: [], closureByteCount: raw.count), plain)
        var size = FrameRecord.storedByteCount(header, frameByteCount: plain.bytes.count)
        let closure = try index.closure(of: copy) ?? [copy]
        let byteCountMax = max(
            closure.reduce(0) { $0 + $1.entry.header.rawByteCount },
            Self.closureByteCountFloor)
        for bases in Self.trials(candidates) {
            guard let new = Self.delta(raw.count, bases, limit(of: copy), byteCountMax)
            else { continue }
            var prefix: [UInt8] = []
            for base in bases { prefix += try await contents.bytes(base.digest) }
            let encoded = try store.workers.use { (worker) throws(EngineError) in
                unsafe try worker.encode(
                    raw.span.bytes, prefix: prefix.span.bytes, smallerThan: plain.bytes.count)
            }
            guard let encoded else { continue }
            let stored = FrameRecord.storedByteCount(
                new.header, frameByteCount: encoded.bytes.count)
            guard stored < size else { continue }
            (best, size) = ((new, encoded), stored)
        }
        bases.formUnion(best.0.bases)
        return best
    }

    /// Adds a new copy to its pack, with its features if it needs no base.
    func put(
        _ digest: Digest, _ new: RenewedFrame, _ encoded: EncodedFrame, _ repacker: inout Repacker
    ) async throws(EngineError) {
        try await repacker.append(digest, new.header, new.bases, encoded.bytes)
        guard new.bases.isEmpty else { return }
        let raw = try await contents.bytes(digest)
        repacker.note(digest, unsafe ChunkSketch(raw.span.bytes))
    }

    /// What is tried: the first two candidates in their order, each with the next one, and single
    /// ones.
    private static func trials(_ candidates: [DeltaCandidate]) -> [[DeltaCandidate]] {
        let tried = candidates.prefix(4)
        guard let first = tried.first else { return [] }
        return tried.dropFirst().map { [first, $0] } + tried.map { [$0] }
    }

    /// The header of a delta, if it keeps to the limits.
    private static func delta(
        _ rawByteCount: Int, _ bases: [DeltaCandidate], _ limit: (depth: Int, frameCount: Int),
        _ closureByteCountMax: Int
    ) -> RenewedFrame? {
        let closureByteCount = bases.reduce(rawByteCount) { $0 + $1.frame.closureByteCount }
        guard closureByteCount <= min(closureByteCountMax, Limits.closureByteCount),
            let header = try? FrameHeader(
                deltaOf: bases.map(\.frame.header), rawByteCount: rawByteCount),
            header.depth <= limit.depth, header.closureFrameCount <= limit.frameCount
        else { return nil }
        return RenewedFrame(
            header: header, bases: bases.map(\.digest), closureByteCount: closureByteCount)
    }
}

/// A frame that another may be compressed against.
struct DeltaCandidate {
    let digest: Digest
    let frame: RenewedFrame
}
