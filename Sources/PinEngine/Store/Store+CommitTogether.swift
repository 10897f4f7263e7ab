internal import PinFormat
internal import PinStorage

/// Commits that writers of one store share.
extension Store {
    /// What a writer with the turn has come to.
    private enum Planned {
        case done(CommitOutcome)
        case joins(CommitQueue.Batch)
        case again
    }

    /// Commits a change, together with those of other tasks that come at the same time.
    ///
    /// Each plan sees what the plans before it change. One that throws fails alone. A writer that
    /// is cancelled while it waits for a commit that holds its change hears what became of that.
    ///
    /// - Parameter change: As for ``commit(_:)``; it should not take long, because others wait.
    /// - Throws: What `change` throws; ``EngineError/Code/tryAgain`` after too many lost races;
    ///   what the commit failed with.
    func commitTogether(
        _ change: (Snapshot) async throws(EngineError) -> StateChange?
    ) async throws(EngineError) -> CommitOutcome {
        for attempt in 0..<configuration.commitAttemptCount {
            try await commits.enter()
            let batch: CommitQueue.Batch
            switch try await plan(change) {
            case .done(let outcome): return outcome
            case .again: continue
            case .joins(let joined): batch = joined
            }
            switch await commits.join(batch) {
            case .committed(let outcome): return outcome
            case .failed(let error): throw error
            case .again: continue
            case .lead:
                if let outcome = try await lead(commits.take(), attempt) { return outcome }
            }
        }
        throw EngineError(
            .tryAgain,
            "too many others write to \(backend.description) at once; try again")
    }

    /// Plans upon the open batch, or upon the newest state where there is none.
    private func plan(
        _ change: (Snapshot) async throws(EngineError) -> StateChange?
    ) async throws(EngineError) -> Planned {
        var base: Snapshot?
        do throws(EngineError) {
            try checkCancellation()
            var batch: CommitQueue.Batch
            if let open = commits.open {
                batch = open
            } else {
                batch = CommitQueue.Batch(try await snapshot())
                try requireWritable(batch.base)
            }
            base = batch.base
            if let more = try await change(batch.state) {
                batch.add(more)
            } else if batch.change == nil {
                commits.leave()
                return .done(CommitOutcome(snapshot: batch.base, storedByteCount: 0))
            }
            return .joins(batch)
        } catch  where error.code == .corrupt || error.code == .notFound {
            // A collection may have deleted what this state needs: then nothing is damaged.
            defer { commits.leave() }
            guard let base, try await isOvertaken(base) else { throw error }
            return .again
        } catch {
            commits.leave()
            throw error
        }
    }

    /// Commits a batch for all its members; `nil` means that the race was lost.
    private func lead(
        _ batch: CommitQueue.Batch, _ attempt: Int
    ) async throws(EngineError) -> CommitOutcome? {
        var batch = batch
        guard let change = batch.change else { preconditionFailure("a batch has a change") }
        do throws(EngineError) {
            let wasTried = batch.built != nil
            let built: CommitBuilder.Built
            if let known = batch.built {
                built = known
            } else {
                guard let made = try await build(change, on: batch.base, attempt) else {
                    commits.finish(batch, .again)
                    return nil
                }
                built = made
                batch.built = built
            }
            guard let next = try await create(built, after: batch.base, wasTried: wasTried) else {
                await backOff(attempt)
                commits.finish(batch, .again)
                return nil
            }
            // Each has its share of the bytes, so that they sum to what was stored.
            let all = built.bytes.count + built.segmentByteCount
            let share = all / (batch.members.count + 1)
            let mine = all - share * batch.members.count
            commits.finish(
                batch, .committed(CommitOutcome(snapshot: next, storedByteCount: share)))
            return CommitOutcome(snapshot: next, storedByteCount: mine)
        } catch {
            // One who was cancelled does not take the others along: the next of them sends the same
            // bytes again (§9.4).
            if Task.isCancelled, commits.handOver(batch) { throw error }
            commits.finish(batch, .failed(error))
            throw error
        }
    }

    /// Builds a commit; `nil` if a collection has deleted what the state needs.
    private func build(
        _ change: StateChange, on snapshot: Snapshot, _ attempt: Int
    ) async throws(EngineError) -> CommitBuilder.Built? {
        do throws(EngineError) {
            return try await builder.build(change, on: snapshot, takesLarge: attempt == 0)
        } catch  where error.code == .corrupt || error.code == .notFound {
            guard try await isOvertaken(snapshot) else { throw error }
            return nil
        }
    }
}
