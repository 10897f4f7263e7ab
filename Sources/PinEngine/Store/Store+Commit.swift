internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// What a commit loop ended with.
struct CommitOutcome: Sendable {
    /// The state of the new commit, or the one that needed no change.
    let snapshot: Snapshot
    /// Bytes of commit and segments that were written; 0 if nothing was.
    let storedByteCount: Int
}

/// The commit loop (FORMAT.md §9.4).
extension Store {
    /// Commits a change, as often as races make it necessary.
    ///
    /// - Parameter change: Called with the newest state: does the checks of §9.4 (presence, floor,
    ///   preconditions) and says what to change, or `nil` if nothing is to be done.
    /// - Throws: What `change` throws; ``EngineError/Code/tryAgain`` after too many lost races.
    func commit(
        _ change: (Snapshot) async throws(EngineError) -> StateChange?
    ) async throws(EngineError) -> CommitOutcome {
        for attempt in 0..<configuration.commitAttemptCount {
            try checkCancellation()
            let snapshot = try await snapshot()
            try requireWritable(snapshot)
            guard let change = try await change(snapshot) else {
                return CommitOutcome(snapshot: snapshot, storedByteCount: 0)
            }
            let built = try await builder.build(change, on: snapshot)
            if let next = try await create(built, after: snapshot) {
                return CommitOutcome(
                    snapshot: next, storedByteCount: built.bytes.count + built.segmentByteCount)
            }
            await backOff(attempt)
        }
        throw EngineError(
            .tryAgain,
            "too many others write to \(backend.description) at once; try again")
    }

    /// Creates the commit object; `nil` means that the race was lost.
    private func create(
        _ built: CommitBuilder.Built, after snapshot: Snapshot
    ) async throws(EngineError) -> Snapshot? {
        let key = BoardKeys.commit(built.record.sequence)
        let outcome: PutOutcome
        do throws(BackendError) {
            outcome = try await backend.put(key, built.bytes, mode: .ifAbsent)
        } catch where error.code == .throttled || error.code == .unavailable {
            // The effect may have happened: the log itself says.
            outcome = .unknown
        } catch {
            // So may it have here (an fsync that failed): own commit found means done.
            guard try await isOurs(built) else { throw EngineError(error) }
            outcome = .created
        }
        switch outcome {
        case .exists:
            // A retry below us may have met the effect of its own lost try.
            guard try await isOurs(built) else { return nil }
        case .unknown:
            guard try await isOurs(built) else { return nil }
        case .created: break
        }
        guard try await isInLog(built) else { return nil }
        let digest = CommitLog.digest(of: built.bytes)
        await writeLatest(LatestRecord(sequence: built.record.sequence, digest: digest))
        return try await load(
            CommitLog.Found(record: built.record, digest: digest, byteCount: built.bytes.count))
    }

    /// Whether the object under the commit's key is the one that was built.
    private func isOurs(_ built: CommitBuilder.Built) async throws(EngineError) -> Bool {
        guard let found = try await log.read(built.record.sequence) else { return false }
        return found.record.commitID == built.record.commitID
    }

    /// §9.6: a create is void if the log below it was pruned in the meantime.
    private func isInLog(_ built: CommitBuilder.Built) async throws(EngineError) -> Bool {
        let sequence = built.record.sequence
        guard sequence > 1, try await !log.exists(sequence - 1) else { return true }
        // The predecessor is gone: either this number was pruned before it was made again, or others
        // committed and pruned since. The chain decides: the newest commit must lead back here.
        forget()
        guard let newest = try await log.newest(hint: 0) else { return true }
        if newest.record.logBoundary < sequence { return true }
        return false
    }

    private func writeLatest(_ latest: LatestRecord) async {
        // Advisory: a failure here changes nothing that was promised.
        _ = try? await backend.put(
            BoardKeys.latest, latest.encoded(.standard), mode: .overwrite, durable: false)
    }

    /// Waits a random time that grows with the number of lost races, at most a quarter of a second.
    private func backOff(_ attempt: Int) async {
        let ceiling = UInt64(1) << UInt64(min(attempt, 8))
        let milliseconds = configuration.random.uint64() % (ceiling + 1)
        try? await Task.sleep(nanoseconds: milliseconds * 1_000_000)
    }

    /// Throws if the task was cancelled.
    func checkCancellation() throws(EngineError) {
        if Task.isCancelled { throw EngineError(.cancelled, "the operation was interrupted") }
    }
}
