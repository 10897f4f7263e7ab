internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Mends what a verification found, where nothing can be lost by it: one commit, made of what was
/// verified.
///
/// It never deletes an object; a pack that the new state does not name is left to a collection.
struct Repairer {
    let verifier: Verifier
    let store: Store
    let log: LogState

    init(_ verifier: Verifier, _ store: Store, _ log: LogState) {
        self.verifier = verifier
        self.store = store
        self.log = log
    }

    /// - Parameter state: What was verified; `nil` if configuration, newest commit or tables cannot
    ///   be
    ///   trusted: nothing can then be committed.
    func repair(_ state: VerifiedState?) async throws(EngineError) {
        try await rewriteLatest()
        // A version whose row cannot be decoded may need anything.
        guard let state, state.tablesAreWhole,
            state.versions.count == verifier.known.count || Check.repairedRows.isOff
        else { return }
        var change = StateChange(.administer)
        var mended: [(object: String, cause: Finding.Cause)] = []
        let gone = try await rehome(state, &change, &mended)
        try rebuildPins(state, &change, &mended)
        if !state.indexIsWhole || verifier.findings[state.key]?.causes.contains(.index) == true {
            try await rebuildIndex(state, without: gone, &change, &mended)
        }
        change.leftOutSketches = verifier.damagedSketches
        mended += verifier.damagedSketches.map { (BoardKeys.sketches($0).description, .sketches) }
        guard !mended.isEmpty || !change.rows.isEmpty else { return }
        let outcome = try await store.commit { (snapshot) throws(EngineError) in
            // What was verified is not the newest state any more: it is looked at again.
            snapshot.sequence == state.snapshot.sequence || Check.repairedState.isOff
                ? change : nil
        }
        guard outcome.storedByteCount > 0 else { return }
        verifier.newestNumber = outcome.snapshot.sequence
        for (object, cause) in mended { verifier.findings[object]?.mended.insert(cause) }
    }

    private func rewriteLatest() async throws(EngineError) {
        guard verifier.isLatestWrong, let newest = log.newest else { return }
        let latest = LatestRecord(sequence: newest.record.sequence, digest: newest.digest)
        do throws(BackendError) {
            _ = try await store.backend.put(
                BoardKeys.latest, latest.encoded(.standard), mode: .overwrite)
        } catch {
            throw EngineError(error)
        }
        for object in verifier.findings.keys { verifier.findings[object]?.mended.insert(.latest) }
    }

    // MARK: - Packs

    /// Moves what can be read of damaged packs to new ones, if all that versions need of them has a
    /// good copy.
    ///
    /// The damaged pack loses its row: no writer relies on it any more. One with frames that
    /// versions need and nothing else has keeps it, marked as lost (FORMAT.md §7.5): writing the
    /// same data again then heals.
    ///
    /// - Returns: The packs that lose their rows.
    private func rehome(
        _ state: VerifiedState, _ change: inout StateChange,
        _ mended: inout [(object: String, cause: Finding.Cause)]
    ) async throws(EngineError) -> Set<ObjectName> {
        let frames = VerifierFrames(state.snapshot, verifier.damagedPacks)
        var heirs: [ObjectName: Set<ObjectName>] = [:]
        // Who needs what is lost goes on naming the pack, for the day on which it is healed.
        var lost: [ObjectName: Set<VerifyProblem.Version>] = [:]
        for (name, pack) in verifier.damagedPacks.sorted(by: { $0.key < $1.key }) {
            let key = BoardKeys.pack(name).description
            guard let row = state.packs[name], let finding = verifier.findings[key],
                finding.causes == [.pack] || !row.isLost
            else { continue }
            // Where the index cannot tell what stands there or elsewhere, something needed might be
            // overlooked.
            let isWhole = pack.hasFooter && pack.places.allSatisfy { pack.isGood($0) }
            guard state.indexIsWhole || isWhole else { continue }
            try verifier.checkCancellation()
            var targets = try await copies(pack, of: name, &change)
            for place in pack.places where !pack.isGood(place) {
                let copies = try state.snapshot.index.copies(place.digest, place.header.kind)
                for copy in copies where frames.isGood(try state.snapshot.index.place(copy)) {
                    targets.insert(copy.pack)
                }
            }
            heirs[name] = targets
            if finding.causes == [.pack] {
                change.set(RowKey.pack(name), nil)
                mended.append((key, .pack))
            } else {
                lost[name] = finding.needing
                change.set(RowKey.pack(name), row.marked(isLost: true).encoded)
            }
        }
        for name in verifier.wholeAgain.sorted() {
            guard let row = state.packs[name] else { continue }
            change.set(RowKey.pack(name), row.marked(isLost: false).encoded)
            mended.append((BoardKeys.pack(name).description, .pack))
        }
        let gone = Set(heirs.keys)
        for version in state.versions where !gone.isDisjoint(with: version.row.packs) {
            var row = version.row
            var packs = Set(row.packs).subtracting(gone)
            for name in row.packs { packs.formUnion(heirs[name] ?? []) }
            // An heir may be on its way out itself: then its own heirs follow.
            for name in packs.intersection(gone) { packs.formUnion(heirs[name] ?? []) }
            let name = version.name
            let needed = row.packs.filter { lost[$0]?.contains(name) == true }
            row.packs = packs.subtracting(gone).union(needed).sorted()
            change.set(RowKey.version(name.version, of: name.pin), row.encoded)
        }
        return gone.subtracting(lost.keys)
    }

    /// Copies the good frames of a pack; the packs they are in now.
    private func copies(
        _ pack: PackExamination, of name: ObjectName, _ change: inout StateChange
    ) async throws(EngineError) -> Set<ObjectName> {
        let good = pack.places.filter { pack.isGood($0) }
        guard !good.isEmpty else { return [] }
        var repacker = Repacker(store, base: log.newestNumber)
        try await repacker.copy(good, from: name)
        try await repacker.finish()
        for (name, row) in repacker.rows { change.set(RowKey.pack(name), row.encoded) }
        change.places += repacker.places
        return Set(repacker.rows.map(\.name))
    }

    // MARK: - Pins

    /// Makes the rows of pins from those of their versions.
    private func rebuildPins(
        _ state: VerifiedState, _ change: inout StateChange,
        _ mended: inout [(object: String, cause: Finding.Cause)]
    ) throws(EngineError) {
        guard !verifier.wrongPins.isEmpty else { return }
        for pin in verifier.wrongPins.sorted() {
            let versions = state.versions.map(\.record).filter { $0.pinName == pin }
            guard let latest = versions.max(by: { $0.versionName < $1.versionName }) else {
                change.set(RowKey.pin(pin), nil)
                continue
            }
            var row = PinRow(
                latest: latest.versionName, versionCount: UInt64(versions.count),
                byteCount: latest.byteCount, metadata: latest.metadata)
            row.unknown = ((try? state.snapshot.pin(pin)) ?? nil)?.unknown ?? []
            change.set(RowKey.pin(pin), row.encoded)
        }
        mended.append((state.key, .pinRow))
    }

    // MARK: - Index

    /// Makes the whole index again: from footers; from the old index or by a scan where a footer is
    /// lost.
    ///
    /// - Complexity: O(*n*) memory in the frames of the board.
    private func rebuildIndex(
        _ state: VerifiedState, without gone: Set<ObjectName>, _ change: inout StateChange,
        _ mended: inout [(object: String, cause: Finding.Cause)]
    ) async throws(EngineError) {
        change.replacesIndex = true
        var deltas: [PackScanner.Delta] = []
        for name in state.packs.keys.sorted() where !gone.contains(name) {
            try verifier.checkCancellation()
            if let pack = verifier.damagedPacks[name] {
                if pack.hasFooter || state.indexIsWhole {
                    change.places += pack.places
                } else if !pack.isMissing {
                    let found = try await PackScanner(store, name).scan()
                    change.places += found.places
                    deltas += found.deltas
                }
            } else {
                change.places += try await store.footer(of: name, state.snapshot)
                    .map { FramePlace($0, in: name) }
            }
        }
        try await PackScanner.resolve(deltas, into: &change.places, store)
        for object in verifier.findings.keys { mended.append((object, .index)) }
    }
}

extension PackRow {
    /// The row with or without the mark that frames of the pack are lost.
    fileprivate func marked(isLost: Bool) -> PackRow {
        var row = self
        row.isLost = isLost
        return row
    }
}
