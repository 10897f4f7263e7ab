internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Finds what no version needs, condemns it, and frees what was condemned before (FORMAT.md §9.5).
struct Collector {
    /// Writers that have been silent for less than this keep their staged packs, in seconds.
    static let sessionSecondsMin: Int64 = 86_400
    /// Packs of which less than this part is needed are copied, in percent.
    private static let sparsePercent = 60
    /// Packs smaller than this are put together when there are several, in bytes; below a store's
    /// own target, or what was put together would be small again.
    private var smallPackByteCount: Int { min(1 << 20, store.configuration.packByteTarget / 2) }
    private static let smallPackCountMin = 8
    /// How many of the newest commits stay.
    private static let keptCommitCount: UInt64 = 256

    let store: Store
    let options: CollectionOptions
    let progress: ProgressHandler?
    let now: Int64

    /// Plans a collection of one state.
    func plan(_ snapshot: Snapshot) async throws(EngineError) -> CollectionPlan {
        try store.requireCollectable(snapshot)
        try snapshot.requireWholeIndex()
        try await store.checkSeals(snapshot)
        let marked = try await mark(snapshot)
        let usage = try PackUsage(snapshot.index, marked)
        var plan = CollectionPlan()
        plan.sequence = snapshot.sequence + 1
        var kept: [(name: ObjectName, row: PackRow)] = []
        for (name, row) in try snapshot.index.packs.all() {
            if usage.frames[name] == nil {
                retire(name, row, &plan)
            } else {
                kept.append((name, row))
                guard row.status == .condemned else { continue }
                var row = row
                (row.status, row.since, row.timeSeconds) = (.live, nil, nil)
                plan.change.set(RowKey.pack(name), row.encoded)
            }
        }
        choose(kept, usage, &plan)
        if !options.isDryRun {
            let moved = try await repack(snapshot, marked, &plan)
            try rewriteVersions(snapshot, marked, moved, &plan)
        }
        plan.change.orphanFloor = try await floor(snapshot)
        plan.change.logBoundary = try await boundary(snapshot)
        plan.change.compacts = plan.isNeeded
        return plan
    }

    private func mark(_ snapshot: Snapshot) async throws(EngineError) -> FrameSet {
        var marker = LivenessMarker(store, snapshot)
        let versions = try snapshot.versions()
        for (number, version) in versions.enumerated() {
            try store.checkCancellation()
            try await marker.mark(version.record)
            progress?(
                Progress(phase: .marking, done: UInt64(number + 1), total: UInt64(versions.count)))
        }
        return marker.marked
    }

    /// A pack without a marked frame: condemned first, without its row after the grace.
    private func retire(_ name: ObjectName, _ row: PackRow, _ plan: inout CollectionPlan) {
        switch row.status {
        case .staged where !options.isExclusive && isYoung(row, Self.sessionSecondsMin): return
        case .condemned where !options.isExclusive && isYoung(row, 0): return
        case .condemned: drop(name, row, &plan)
        case .live, .staged: condemn(name, row, &plan)
        }
    }

    /// Seconds since a time that a board says: any number at all.
    private func age(_ time: Int64) -> Int64 {
        let (age, overflow) = now.subtractingReportingOverflow(time)
        return overflow ? (time < 0 ? .max : .min) : age
    }

    private func isYoung(_ row: PackRow, _ least: Int64) -> Bool {
        guard let time = row.timeSeconds else { return false }
        return age(time) < max(options.graceSeconds, least)
    }

    private func condemn(_ name: ObjectName, _ row: PackRow, _ plan: inout CollectionPlan) {
        plan.isNeeded = true
        plan.condemned.insert(name)
        if options.isExclusive { return drop(name, row, &plan) }
        var row = row
        (row.status, row.since, row.timeSeconds, row.session) =
            (.condemned, plan.sequence, now, nil)
        plan.change.set(RowKey.pack(name), row.encoded)
    }

    private func drop(_ name: ObjectName, _ row: PackRow, _ plan: inout CollectionPlan) {
        plan.isNeeded = true
        plan.removed[name] = row.byteCount
        plan.change.set(RowKey.pack(name), nil)
    }

    // MARK: - Repacking

    /// Chooses packs that are mostly dead, and small ones if there are several.
    private func choose(
        _ kept: [(name: ObjectName, row: PackRow)], _ usage: PackUsage, _ plan: inout CollectionPlan
    ) {
        let candidates = kept.filter { $0.row.status == .live }
        let small = candidates.filter { $0.row.byteCount < smallPackByteCount }
        if small.count >= Self.smallPackCountMin { plan.repacked.formUnion(small.map(\.name)) }
        for (name, row) in candidates {
            let payload = row.byteCount - row.footerByteCount - 128
            if (usage.live[name] ?? 0) * 100 < payload * Self.sparsePercent {
                plan.repacked.insert(name)
            }
        }
    }

    /// Copies what is needed of the chosen packs, and condemns them.
    private func repack(
        _ snapshot: Snapshot, _ marked: FrameSet, _ plan: inout CollectionPlan
    ) async throws(EngineError) -> [FrameKey: ObjectName] {
        guard !plan.repacked.isEmpty else { return [:] }
        var frames: [ObjectName: [FramePlace]] = [:]
        for (number, layer) in snapshot.index.layers.enumerated() {
            try layer.forEachEntry { (ordinal, entry) throws(EngineError) in
                let pack = layer.tables.packs[entry.pack]
                guard plan.repacked.contains(pack),
                    marked.contains(layer: number, ordinal: ordinal)
                else { return }
                frames[pack, default: []].append(try layer.place(entry))
            }
        }
        var repacker = Repacker(store, base: snapshot.sequence)
        for (number, pack) in plan.repacked.sorted().enumerated() {
            try store.checkCancellation()
            let places = (frames[pack] ?? []).sorted { $0.offset < $1.offset }
            try await repacker.copy(places, from: pack)
            progress?(
                Progress(
                    phase: .repacking, done: UInt64(number + 1), total: UInt64(plan.repacked.count))
            )
        }
        try await repacker.finish()
        for (name, row) in repacker.rows { plan.change.set(RowKey.pack(name), row.encoded) }
        plan.change.places = repacker.places
        for pack in plan.repacked {
            guard let row = try snapshot.index.packs.row(pack) else { continue }
            condemn(pack, row, &plan)
        }
        return repacker.moved
    }

    /// Version rows that name a pack that goes name what replaces it.
    private func rewriteVersions(
        _ snapshot: Snapshot, _ marked: FrameSet, _ moved: [FrameKey: ObjectName],
        _ plan: inout CollectionPlan
    ) throws(EngineError) {
        let going = plan.condemned.union(plan.removed.keys)
        guard !going.isEmpty else { return }
        var heirs: [ObjectName: Set<ObjectName>] = [:]
        for layer in snapshot.index.layers {
            try layer.forEachEntry { (_, entry) throws(EngineError) in
                let pack = layer.tables.packs[entry.pack]
                guard going.contains(pack) else { return }
                if let target = moved[FrameKey(digest: entry.digest, kind: entry.header.kind)] {
                    heirs[pack, default: []].insert(target)
                } else if let other = try snapshot.index.copies(
                    entry.digest, entry.header.kind
                ).first(where: {
                    !going.contains($0.pack)
                        && marked.contains(layer: $0.layer, ordinal: $0.ordinal)
                }) {
                    heirs[pack, default: []].insert(other.pack)
                }
            }
        }
        for version in try snapshot.versions() where !going.isDisjoint(with: version.row.packs) {
            var row = version.row
            var packs = Set(row.packs).subtracting(going)
            for pack in row.packs { packs.formUnion(heirs[pack] ?? []) }
            row.packs = packs.sorted()
            let record = version.record
            plan.change.set(
                RowKey.version(record.versionName, of: record.pinName), row.encoded)
        }
    }

    // MARK: - Floor and boundary

    /// Objects of sessions that began before this commit and are in no commit may be deleted.
    private func floor(_ snapshot: Snapshot) async throws(EngineError) -> UInt64 {
        if options.isExclusive || options.graceSeconds <= 0 { return snapshot.sequence + 1 }
        return max(snapshot.commit.orphanFloor, try await newestBeforeGrace(snapshot))
    }

    private func boundary(_ snapshot: Snapshot) async throws(EngineError) -> UInt64 {
        let old = snapshot.commit.logBoundary
        guard snapshot.sequence > Self.keptCommitCount else { return old }
        let last = snapshot.sequence - Self.keptCommitCount
        if options.isExclusive || options.graceSeconds <= 0 { return max(old, last) }
        return max(old, min(last, try await newestBeforeGrace(snapshot)))
    }

    /// The number of the newest commit that is older than the grace, by bisection of the log.
    private func newestBeforeGrace(_ snapshot: Snapshot) async throws(EngineError) -> UInt64 {
        var (low, high) = (snapshot.commit.logBoundary, snapshot.sequence + 1)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            let time =
                middle == snapshot.sequence
                ? snapshot.commit.timeSeconds : try await store.log.read(middle)?.record.timeSeconds
            if let time, age(time) < options.graceSeconds { high = middle } else { low = middle }
        }
        return low
    }
}
