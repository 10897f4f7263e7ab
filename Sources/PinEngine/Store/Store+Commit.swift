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
    /// How often a store that cannot be reached is asked again: about two seconds in all.
    private static let unreachableAttemptMax = 16

    /// Commits a change alone, as often as races make it necessary: for what takes long to plan.
    /// See ``commitTogether(_:)``.
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
            let built: CommitBuilder.Built
            do throws(EngineError) {
                guard let change = try await change(snapshot) else {
                    return CommitOutcome(snapshot: snapshot, storedByteCount: 0)
                }
                built = try await builder.build(
                    change, on: snapshot, takesLarge: attempt == 0)
            } catch  where error.code == .corrupt || error.code == .notFound {
                // A collection may have deleted what this state needs: then the race is lost, and
                // nothing damaged.
                guard try await isOvertaken(snapshot) else { throw error }
                continue
            }
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
    ///
    /// - Parameter wasTried: Whether somebody has sent it before, and has no answer.
    func create(
        _ built: CommitBuilder.Built, after snapshot: Snapshot, wasTried: Bool = false
    ) async throws(EngineError) -> Snapshot? {
        guard try await place(built, wasTried) else { return nil }
        try await requireInLog(built)
        let digest = CommitLog.digest(of: built.bytes)
        await writeLatest(LatestRecord(sequence: built.record.sequence, digest: digest))
        do throws(EngineError) {
            return try await load(
                CommitLog.Found(record: built.record, digest: digest, byteCount: built.bytes.count))
        } catch {
            // The commit stands; its segments may be gone again already, and a later state serves
            // as well.
            return try await self.snapshot()
        }
    }

    /// Makes sure that the commit of a state is durable: for an answer that rests on a commit which
    /// another process may have made visible and not yet brought to the medium (FORMAT.md §9.2,
    /// I6).
    func settle(_ snapshot: Snapshot) async throws(EngineError) {
        guard snapshot.sequence > 0, !Check.settled.isOff else { return }
        do throws(BackendError) {
            // The same bytes under the same name: where they stand already, as they do, they are
            // durable when this returns.
            _ = try await backend.put(
                BoardKeys.commit(snapshot.sequence), snapshot.commit.encoded(.standard),
                mode: .ifAbsent)
        } catch {
            throw EngineError(error)
        }
    }

    /// Whether a later commit than that of `snapshot` is there.
    func isOvertaken(_ snapshot: Snapshot) async throws(EngineError) -> Bool {
        try await self.snapshot().sequence != snapshot.sequence
    }

    /// Reads a state, again from the newest one if a collection deletes what it needs meanwhile.
    func reading<Value>(
        _ body: (Snapshot) async throws(EngineError) -> Value
    ) async throws(EngineError) -> Value {
        for _ in 0..<configuration.commitAttemptCount {
            let snapshot = try await snapshot()
            do throws(EngineError) {
                return try await body(snapshot)
            } catch  where error.code == .corrupt || error.code == .notFound {
                guard try await isOvertaken(snapshot) else { throw error }
            }
        }
        throw EngineError(.tryAgain, "\(backend.description) changes faster than it can be read")
    }

    /// Puts the commit under its number; whether it stands there then.
    private func place(
        _ built: CommitBuilder.Built, _ wasTried: Bool
    ) async throws(EngineError) -> Bool {
        let key = BoardKeys.commit(built.record.sequence)
        for attempt in 0..<configuration.commitAttemptCount {
            var isTaken = false
            do throws(BackendError) {
                switch try await backend.put(key, built.bytes, mode: .ifAbsent) {
                case .created: return true
                // A retry below us may have met the effect of its own lost try.
                case .exists:
                    if try await isOurs(built) { return true }
                    isTaken = true
                // §9.4: the same bytes again until the number is taken; absence proves nothing.
                case .unknown: await backOff(attempt)
                }
            } catch  where error.code == .throttled || error.code == .unavailable {
                // A folder that is gone does not come back in a second; a server may.
                guard attempt < Self.unreachableAttemptMax else {
                    throw Self.outcomeUnknown(built)
                }
                await backOff(attempt)
            } catch {
                // §9.2, I6: an fsync may have failed after the name was given. The commit is there
                // for all, and may be gone after a power cut: it is not acknowledged.
                guard let ours = try? await isOurs(built), ours else { throw EngineError(error) }
                throw EngineError(
                    .ioError,
                    "\(error.message); the commit may stand all the same: look with 'pins "
                        + "versions' before you try again",
                    object: key.description)
            }
            guard isTaken else { continue }
            if attempt > 0 || wasTried, !Check.neverFree.isOff {
                try await requireNeverFree(built)
            }
            return false
        }
        throw Self.outcomeUnknown(built)
    }

    /// §9.4: after a lost answer, another commit under the number means a lost race only if the
    /// number was never pruned: ours may have stood there before, and count.
    private func requireNeverFree(_ built: CommitBuilder.Built) async throws(EngineError) {
        forget()
        let newest = try await log.newest(known: nil)
        guard let newest, newest.record.logBoundary < built.record.sequence else {
            throw Self.outcomeUnknown(built)
        }
    }

    /// Whether the object under the commit's key is the one that was built.
    private func isOurs(_ built: CommitBuilder.Built) async throws(BackendError) -> Bool {
        let key = BoardKeys.commit(built.record.sequence)
        do throws(BackendError) {
            return try await backend.get(key, limit: Limits.commitByteCount) == built.bytes
        } catch  where error.code == .notFound {
            return false
        }
    }

    /// §9.6: a create is void if its number was pruned before it was made.
    private func requireInLog(_ built: CommitBuilder.Built) async throws(EngineError) {
        if Check.inLog.isOff { return }
        let sequence = built.record.sequence
        // Commit 1 has no predecessor: the newest commit alone says whether it was pruned and made
        // again.
        if sequence > 1, try await log.read(sequence - 1)?.digest == built.record.previous {
            return
        }
        forget()
        let newest = try await log.newest(known: nil)
        guard let newest, newest.record.logBoundary < sequence else {
            throw Self.outcomeUnknown(built)
        }
    }

    private static func outcomeUnknown(_ built: CommitBuilder.Built) -> EngineError {
        EngineError(
            .tryAgain,
            "it is not known whether commit \(built.record.sequence) stands: the log went on "
                + "without it; look with 'pins versions' before you try again",
            object: BoardKeys.commit(built.record.sequence).description)
    }

    private func writeLatest(_ latest: LatestRecord) async {
        // Advisory: a failure here changes nothing that was promised.
        _ = try? await backend.put(
            BoardKeys.latest, latest.encoded(.standard), mode: .overwrite, durable: false)
    }

    /// Waits a random time that grows with the number of lost races, at most a quarter of a second.
    func backOff(_ attempt: Int) async {
        let ceiling = UInt64(1) << UInt64(min(attempt, 8))
        let milliseconds = configuration.random.uint64() % (ceiling + 1)
        await configuration.pause(milliseconds)
    }

    /// Throws if the task was cancelled.
    func checkCancellation() throws(EngineError) {
        if Task.isCancelled { throw EngineError(.cancelled, "the operation was interrupted") }
    }
}
