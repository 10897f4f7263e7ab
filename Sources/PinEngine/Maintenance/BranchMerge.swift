internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Adds to the newest state what only a branch has: one commit.
///
/// - A version that the branch made is added under its name; where another one has that name it
///   gets the next free one of its pin. Versions that the branch deleted stay.
/// - A label that the branch set, and that nobody else has moved meanwhile, points where the branch
///   says; one that both moved stays as the newest state has it, and is named. A label that the
///   branch took away stays.
/// - Without the commit where both began, what only the branch has counts as made by it.
struct BranchMerge {
    /// What came of it.
    struct Outcome {
        var added: [VerifyProblem.Version] = []
        /// Keys of objects that are not there.
        var waitsFor: [String] = []
        /// Labels that both moved.
        var keptLabels: [String] = []
        var isMerged = false

        /// What is said of it.
        var text: String {
            if !waitsFor.isEmpty {
                let names = waitsFor.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
                return "\(added.count) versions wait for \(waitsFor.count) objects that are not "
                    + "there (\(names)\(waitsFor.count > 3 ? ", …" : ""))"
            }
            let names = added.map { "\($0.pin) \($0.version)" }.joined(separator: ", ")
            var text = added.isEmpty ? "no version that is not there" : "versions \(names)"
            if !keptLabels.isEmpty {
                text += "; both moved labels, which stay: " + keptLabels.joined(separator: ", ")
            }
            return text
        }
    }

    private let store: Store
    private let head: CommitLog.Found
    private let branch: CommitLog.Found
    private let fork: CommitLog.Found?

    init(
        _ store: Store, _ head: CommitLog.Found, _ branch: CommitLog.Found,
        fork: CommitLog.Found?
    ) {
        (self.store, self.head, self.branch, self.fork) = (store, head, branch, fork)
    }

    /// - Parameter repairs: Whether it is done, or only said what would be.
    func merge(repairs: Bool) async throws(EngineError) -> Outcome {
        var outcome = Outcome()
        var search = try await ArrivalSearch(store, known: 0)
        let segments = branch.record.tableSegments
        guard try await search.hasArrived(segments, BoardKeys.table),
            let theirs = try? await state(branch)
        else {
            outcome.waitsFor = search.missing.map(\.key).sorted()
            if outcome.waitsFor.isEmpty { outcome.waitsFor = ["its tables"] }
            return outcome
        }
        // Its segments may have been merged into others and be gone.
        var base: Snapshot?
        if let fork { base = try? await state(fork) }
        let ours = try await store.snapshot()
        guard ours.sequence == head.record.sequence else { throw Self.overtaken }
        let work = MergePlan(store, ours: ours, theirs: theirs, base: base)
        let versions = try work.versions()
        outcome.added = versions.map(\.name)
        let packs = try await work.packs(of: versions)
        outcome.waitsFor = packs.missing
        guard packs.missing.isEmpty || Check.mergedPacks.isOff else { return outcome }
        var change = StateChange(.administer)
        outcome.keptLabels = try work.labels(after: versions, &change)
        guard repairs else { return outcome }
        try await work.add(versions, packs, &change)
        outcome.isMerged = true
        guard !change.rows.isEmpty else { return outcome }
        let planned = change
        let made = try await store.commit { (snapshot) throws(EngineError) in
            snapshot.sequence == ours.sequence || Check.mergedState.isOff ? planned : nil
        }
        // What was planned is not upon the newest state any more: it is looked at again.
        if made.storedByteCount == 0 { throw Self.overtaken }
        return outcome
    }

    private static var overtaken: EngineError {
        EngineError(.tryAgain, "others write meanwhile; try again")
    }

    private func state(_ found: CommitLog.Found) async throws(EngineError) -> Snapshot {
        // A cache of its own: that of the store keeps what its newest state names.
        try await Snapshot(
            found.record, digest: found.digest, byteCount: found.byteCount,
            SegmentCache(store.backend))
    }
}
