internal import Synchronization

/// Who commits next: writers of one store that meet share a commit (FORMAT.md §9.4).
///
/// One writer has the *turn*. It adds its change to the open batch, over the state that the changes
/// before it leave. While others wait it passes the turn on and waits itself; the last one commits
/// for all. Meanwhile others come, and make the next batch: where nobody else commits, nobody waits
/// for anything.
final class CommitQueue: Sendable {
    /// What a member of a batch is told.
    enum Verdict: Sendable {
        /// It has the turn, and commits the batch.
        case lead
        /// The batch is committed; how many bytes of that are the member's.
        case committed(CommitOutcome)
        /// The commit failed for all.
        case failed(EngineError)
        /// The race was lost to another process: plan again.
        case again
    }

    /// Changes that become one commit.
    struct Batch: Sendable {
        /// The state that is committed upon.
        let base: Snapshot
        /// What it will be with the changes so far.
        private(set) var state: Snapshot
        private(set) var change: StateChange?
        /// Those that wait for what becomes of it; the writer that has the turn is none of them.
        fileprivate(set) var members: [CheckedContinuation<Verdict, Never>] = []
        /// The commit, once a writer has tried to place it, and was cancelled over that.
        var built: CommitBuilder.Built?

        init(_ base: Snapshot) { (self.base, state) = (base, base) }

        /// Adds a change that was planned upon ``state``.
        mutating func add(_ more: StateChange) {
            var change = change ?? StateChange(more.kind)
            change.add(more)
            state = base.changed(by: change.rows)
            self.change = change
        }
    }

    private struct Waiting {
        let id: UInt64
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var hasTurn = false
        var waiting: [Waiting] = []
        var open: Batch?
        var nextID: UInt64 = 0
    }

    /// Changes of one commit at the most: each is planned upon all before it.
    static let memberCountMax = 64

    private let state = Mutex(State())

    /// How many writers wait for the turn.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    // MARK: - The turn

    /// Waits for the turn; every path from here on ends in ``leave()``, ``join(_:)``,
    /// ``handOver(_:)`` or ``finish(_:_:)``.
    ///
    /// - Throws: ``EngineError/Code/cancelled`` at once: then the writer does not have it.
    func enter() async throws(EngineError) {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        let isIn = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isIn = state.withLock { state -> Bool? in
                    // Under the lock: a cancellation that comes later finds it among those waiting.
                    if Task.isCancelled { return false }
                    if !state.hasTurn {
                        state.hasTurn = true
                        return true
                    }
                    state.waiting.append(Waiting(id: id, continuation: continuation))
                    return nil
                }
                if let isIn { continuation.resume(returning: isIn) }
            }
        } onCancel: {
            let gone = state.withLock { state in
                state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
            }
            gone?.continuation.resume(returning: false)
        }
        guard isIn else { throw EngineError(.cancelled, "the operation was interrupted") }
    }

    /// The batch that the writer with the turn may add to.
    var open: Batch? { state.withLock { $0.open } }

    /// Gives the turn back without adding anything.
    func leave() { pass(to: state.withLock { Self.next(&$0) }) }

    // MARK: - The batch

    /// Leaves a batch to those that wait for the turn, and waits for what becomes of it; where
    /// nobody waits, or the batch is full, the caller leads.
    func join(_ batch: Batch) async -> Verdict {
        await withCheckedContinuation { continuation in
            let next = state.withLock { state -> Next in
                state.open = batch
                guard !state.waiting.isEmpty, batch.members.count < Self.memberCountMax - 1 else {
                    return .lead(continuation)
                }
                state.open?.members.append(continuation)
                return .turn(state.waiting.removeFirst().continuation)
            }
            pass(to: next)
        }
    }

    /// Takes the open batch, to commit it.
    func take() -> Batch {
        let taken = state.withLock { state in
            defer { state.open = nil }
            return state.open
        }
        guard let taken else { preconditionFailure("whoever leads has a batch") }
        return taken
    }

    /// Leaves the lead to another member, when the one that has it was cancelled.
    ///
    /// - Returns: `false` if there is none: the batch is then its caller's alone.
    func handOver(_ batch: Batch) -> Bool {
        guard !batch.members.isEmpty else { return false }
        pass(
            to: state.withLock { state -> Next in
                var batch = batch
                let heir = batch.members.removeFirst()
                state.open = batch
                return .lead(heir)
            })
        return true
    }

    /// Tells the members what became of a batch, and passes the turn on.
    func finish(_ batch: Batch, _ verdict: Verdict) {
        for member in batch.members { member.resume(returning: verdict) }
        leave()
    }

    // MARK: - Passing on

    private enum Next {
        case turn(CheckedContinuation<Bool, Never>)
        case lead(CheckedContinuation<Verdict, Never>)
        case nobody
    }

    /// Those that wait come first; an open batch that nobody adds to is led by one of its members.
    private static func next(_ state: inout State) -> Next {
        if !state.waiting.isEmpty { return .turn(state.waiting.removeFirst().continuation) }
        if let heir = state.open?.members.popLast() { return .lead(heir) }
        (state.open, state.hasTurn) = (nil, false)
        return .nobody
    }

    private func pass(to next: Next) {
        switch next {
        case .turn(let continuation): continuation.resume(returning: true)
        case .lead(let continuation): continuation.resume(returning: .lead)
        case .nobody: break
        }
    }
}
