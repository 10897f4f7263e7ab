internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Finds what no version needs, condemns it, and frees what was condemned before (FORMAT.md §9.5).
struct Collector {
    /// Writers that have been silent for less than this keep their staged packs, in seconds.
    static let sessionSecondsMin: Int64 = 86_400
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
        let marker = try await mark(snapshot)
        var work = CollectionWork(marker, Repacker(store, base: snapshot.sequence), snapshot)
        if !options.isDryRun { try await reencode(snapshot, marker, &work) }
        let usage = try PackUsage(snapshot.index, work.marked)
        var plan = CollectionPlan()
        plan.sequence = snapshot.sequence + 1
        plan.reencodedFrameCount = work.renewed.count
        if !work.renewed.isEmpty { plan.isNeeded = true }
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
            try await repack(snapshot, &work, &plan)
            try rewriteVersions(snapshot, work, &plan)
            try CollectionAudit(
                snapshot.index, staying: Set(kept.map(\.name)).subtracting(plan.condemned),
                places: work.repacker.places
            ).requireWhole(marker.direct)
        }
        plan.change.orphanFloor = try await floor(snapshot)
        plan.change.logBoundary = try await boundary(snapshot)
        plan.change.compacts = plan.isNeeded
        return plan
    }

    private func mark(_ snapshot: Snapshot) async throws(EngineError) -> LivenessMarker {
        var marker = LivenessMarker(store, snapshot, isNumbering: !options.isDryRun)
        let versions = try snapshot.versions()
        for (number, version) in versions.enumerated() {
            try store.checkCancellation()
            try await marker.mark(version.record)
            progress?(
                Progress(phase: .marking, done: UInt64(number + 1), total: UInt64(versions.count)))
        }
        return marker
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

    func condemn(_ name: ObjectName, _ row: PackRow, _ plan: inout CollectionPlan) {
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
