internal import PinFormat
internal import PinStorage

/// What is written anew: frames that give up their bases, packs that waste room, and the rows that
/// name them (FORMAT.md §9.5).
extension Collector {
    /// What is dead in packs that stay is at most this part of what is live in them, in percent.
    private static let wastePercent = 5
    /// Packs smaller than this are put together when there are several, in bytes; below a store's
    /// own target, or what was put together would be small again.
    private var smallPackByteCount: Int { min(1 << 20, store.configuration.packByteTarget / 2) }
    private static let smallPackCountMin = 8

    /// Encodes frames again that are all that keeps others.
    func reencode(
        _ snapshot: Snapshot, _ marker: LivenessMarker, _ work: inout CollectionWork
    ) async throws(EngineError) {
        // Directly after a collection nothing has changed that it has not decided upon.
        guard marker.hasCarried, snapshot.commit.kind != .collect, let order = marker.order
        else { return }
        var reencoder = try Reencoder(store, snapshot, marker, order)
        try await reencoder.run(&work.repacker, progress: progress)
        guard !reencoder.renewed.isEmpty else { return }
        guard let marked = try reencoder.marked() else {
            // What was uploaded is named by nobody: an orphan.
            work.repacker = Repacker(store, base: snapshot.sequence)
            return
        }
        (work.marked, work.renewed) = (marked, reencoder.renewed)
        work.superseded = reencoder.superseded
    }

    /// Chooses the most wasteful packs until the rest is within the budget, and small ones if there
    /// are several.
    ///
    /// A board of which nothing was deleted has no waste, and nothing is copied.
    func choose(
        _ kept: [(name: ObjectName, row: PackRow)], _ usage: PackUsage, _ plan: inout CollectionPlan
    ) {
        let candidates = kept.filter { $0.row.status != .staged }
        defer { chooseSmall(candidates, &plan) }
        var shares: [(name: ObjectName, dead: Int, payload: Int)] = []
        var (dead, live) = (0, 0)
        for (name, row) in candidates {
            let payload = max(1, row.byteCount - row.footerByteCount - 128)
            let needed = min(usage.live[name] ?? 0, payload)
            shares.append((name, payload - needed, payload))
            dead += payload - needed
            live += needed
        }
        shares.sort { left, right in
            // Payloads are below 2²⁸.
            let (one, other) = (left.dead * right.payload, right.dead * left.payload)
            return one != other ? one > other : left.name < right.name
        }
        for share in shares where dead > live / 100 * Self.wastePercent {
            guard share.dead > 0 else { break }
            plan.repacked.insert(share.name)
            dead -= share.dead
        }
    }

    /// Small packs are put together if there are several, those that this collection makes counted.
    private func chooseSmall(
        _ candidates: [(name: ObjectName, row: PackRow)], _ plan: inout CollectionPlan
    ) {
        let small = candidates.filter {
            $0.row.byteCount < smallPackByteCount && !plan.repacked.contains($0.name)
        }
        let isWriting = plan.reencodedFrameCount > 0 || !plan.repacked.isEmpty
        let more = isWriting ? FrameKind.allCases.count : 0
        if small.count + more >= Self.smallPackCountMin {
            plan.repacked.formUnion(small.map(\.name))
        }
    }

    /// Copies what is needed of the chosen packs, and condemns them; the new packs are complete.
    func repack(
        _ snapshot: Snapshot, _ work: inout CollectionWork, _ plan: inout CollectionPlan
    ) async throws(EngineError) {
        if !plan.repacked.isEmpty {
            let frames = try self.frames(of: plan.repacked, snapshot, work.marked)
            for (number, pack) in plan.repacked.sorted().enumerated() {
                try store.checkCancellation()
                let places = (frames[pack] ?? []).sorted { $0.offset < $1.offset }
                try await work.repacker.copy(places, from: pack)
                progress?(
                    Progress(
                        phase: .repacking, done: UInt64(number + 1),
                        total: UInt64(plan.repacked.count)))
            }
        }
        try await work.repacker.finish()
        for (name, row) in work.repacker.rows { plan.change.set(RowKey.pack(name), row.encoded) }
        plan.change.places = work.repacker.places
        plan.change.sketches = work.repacker.sketches
        for pack in plan.repacked {
            guard let row = try snapshot.index.packs.row(pack) else { continue }
            condemn(pack, row, &plan)
        }
    }

    /// The marked frames of some packs.
    private func frames(
        of packs: Set<ObjectName>, _ snapshot: Snapshot, _ marked: FrameSet
    ) throws(EngineError) -> [ObjectName: [FramePlace]] {
        var frames: [ObjectName: [FramePlace]] = [:]
        for (number, layer) in snapshot.index.layers.enumerated() {
            try layer.forEachEntry { (ordinal, entry) throws(EngineError) in
                let pack = layer.tables.packs[entry.pack]
                guard packs.contains(pack), marked.contains(layer: number, ordinal: ordinal)
                else { return }
                frames[pack, default: []].append(try layer.place(entry))
            }
        }
        return frames
    }

    // MARK: - Rows of versions

    /// Version rows that name a pack that goes, or one with frames that were encoded again, name
    /// what replaces it.
    func rewriteVersions(
        _ snapshot: Snapshot, _ work: CollectionWork, _ plan: inout CollectionPlan
    ) throws(EngineError) {
        let going = plan.condemned.union(plan.removed.keys)
        let changed = try going.union(packs(with: work.superseded, snapshot))
        guard !changed.isEmpty else { return }
        let versions = try snapshot.versions().filter { !changed.isDisjoint(with: $0.row.packs) }
        let next = NextPlaces(
            index: snapshot.index, marked: work.marked, renewed: work.renewed,
            moved: work.repacker.moved, going: going)
        let heirs = try heirs(
            of: versions.reduce(into: []) { $0.formUnion($1.row.packs) }, snapshot, next)
        for version in versions {
            var row = version.row
            var packs = Set(row.packs).subtracting(going)
            for pack in row.packs { packs.formUnion(heirs[pack] ?? []) }
            row.packs = packs.sorted()
            guard row.packs != version.row.packs else { continue }
            let record = version.record
            plan.change.set(
                RowKey.version(record.versionName, of: record.pinName), row.encoded)
        }
    }

    private func packs(
        with frames: FrameSet, _ snapshot: Snapshot
    ) throws(EngineError) -> Set<ObjectName> {
        var packs: Set<ObjectName> = []
        for (number, layer) in snapshot.index.layers.enumerated() {
            try layer.forEachEntry { (ordinal, entry) throws(EngineError) in
                guard frames.contains(layer: number, ordinal: ordinal) else { return }
                packs.insert(layer.tables.packs[entry.pack])
            }
        }
        return packs
    }

    /// For each pack the packs that hold, with all it needs, what is no longer read from it: also
    /// what an earlier collection has replaced without a writer knowing.
    private func heirs(
        of packs: Set<ObjectName>, _ snapshot: Snapshot, _ next: NextPlaces
    ) throws(EngineError) -> [ObjectName: Set<ObjectName>] {
        var heirs: [ObjectName: Set<ObjectName>] = [:]
        for (number, layer) in snapshot.index.layers.enumerated() {
            try layer.forEachEntry { (ordinal, entry) throws(EngineError) in
                let pack = layer.tables.packs[entry.pack]
                guard packs.contains(pack) else { return }
                let isRead = next.marked.contains(layer: number, ordinal: ordinal)
                if isRead, !next.going.contains(pack) { return }
                heirs[pack, default: []].formUnion(
                    try next.packs(entry.digest, entry.header.kind))
            }
        }
        return heirs
    }
}
