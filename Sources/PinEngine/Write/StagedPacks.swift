internal import PinFormat
internal import PinStorage

/// Packs of a session that a commit has staged.
struct StagedPacks: Sendable {
    let outcome: CommitOutcome
    let packs: [FinishedPack]
}

/// Staging the packs of a session that are durable (FORMAT.md §9.4): a commit that runs beside the
/// session, with what the session had when it began.
struct PackStaging: Sendable {
    let store: Store
    let session: [UInt8]
    let packs: [FinishedPack]

    /// As ``run()``, for a task.
    func outcome() async -> Result<StagedPacks, EngineError> {
        do throws(EngineError) {
            return .success(try await run())
        } catch {
            return .failure(error)
        }
    }

    func run() async throws(EngineError) -> StagedPacks {
        var packs = packs
        let outcome = try await store.commitTogether { (snapshot) throws(EngineError) in
            try await store.raiseFloor(&packs, snapshot)
            var change = StateChange(.stage)
            for pack in packs {
                var row = pack.row
                row.status = .staged
                row.since = snapshot.sequence + 1
                row.timeSeconds = store.configuration.clock.secondsSince1970
                row.session = session
                change.set(RowKey.pack(pack.name), row.encoded)
                change.places += pack.places
                change.sketches += pack.sketches
            }
            return change
        }
        return StagedPacks(outcome: outcome, packs: packs)
    }
}

extension Store {
    /// §9.4, Floor: packs that a collection may have deleted are uploaded again under fresh names.
    func raiseFloor(
        _ packs: inout [FinishedPack], _ snapshot: Snapshot
    ) async throws(EngineError) {
        if Check.floor.isOff { return }
        for index in packs.indices where packs[index].name.base < snapshot.commit.orphanFloor {
            let again = packs[index].renamed(freshName(base: snapshot.sequence))
            try await upload(again)
            packs[index] = again
        }
    }
}
