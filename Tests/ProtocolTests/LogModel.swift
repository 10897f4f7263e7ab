import PinTesting

/// Model D: the numbered log itself, its pruning, stalled committers, hints and a reader.
///
/// Objects of the log are created if absent and deleted below a published boundary, so the number
/// of a deleted commit can be created again by whoever stalled: such a commit is *void*. Ghost
/// state knows the true history. Writers, pruning collectors and readers run one program to find
/// the newest commit, from any stale hint, one request a step; other committers advance the log at
/// will. Where answers may be lost, a create whose answer is took effect, or will, or never does,
/// and its number may have been pruned by then.
struct LogModel: ExplorableModel {
    /// The rule that is switched off, or a draft that turned out to be unsafe.
    enum Variant {
        case correct
        /// Whoever creates a commit believes the answer and looks no further.
        case noPredecessorCheck
        /// Whoever created commit s looks whether *some* commit s − 1 is there.
        case predecessorByPresence
        /// A finder that saw n + 1 missing returns n at once.
        case noConfirmation
        /// A finder that saw n + 1 missing reads n again, not the predecessor of n.
        case confirmsNewestOnly
        /// A finder trusts commit 0 because it is still there, without a listing.
        case trustsFirstCommit
        /// A collector deletes the log from the boundary downwards.
        case deletesDescending
        /// A collector starts behind its predecessor's boundary, and does not finish what that one
        /// began.
        case deletesFromOldBoundary
        /// Takes a create without an answer for a lost race.
        case unknownIsConflict
        /// Takes a create without an answer for one that took effect.
        case unknownIsSuccess
        /// Reads the number of a create without an answer; where nothing is, it never happened.
        case absentIsFailure
        /// Takes a number that another's commit has for a lost race, though it may have been
        /// pruned.
        case takenIsConflict
        /// Whoever sends a create again believes the answer to that and looks no further.
        case noPredecessorCheckAfterLoss
    }

    enum Role: Hashable {
        case writer(UInt8)
        case collector, reader, initializer
    }

    enum Stage: Hashable {
        case start
        /// Saw commit `id` at number `at`; looks at `at + 1` next.
        case probe(at: UInt8, id: UInt8)
        /// Saw `at + 1` missing; confirms `at` next.
        case confirm(at: UInt8, id: UInt8)
        /// Holds the newest commit and derives the next from it.
        case create(at: UInt8, id: UInt8)
        /// Sent a commit after commit `id` of number `at`, and got no answer.
        case unsure(at: UInt8, id: UInt8)
        /// Created commit `id` after commit `previous`; checks that it is not void.
        case check(id: UInt8)
        /// Deletes the commits numbered up to `through`, `next` being the first to look at.
        case delete(through: Int8, next: Int8)
        case succeeded
        case gaveUp
    }

    struct Party: Hashable {
        var role: Role
        var stage = Stage.start
        /// A reader's: the true newest number when it began.
        var newestAtStart: UInt8 = 0
        /// Set where the outcome of a create could not be proved by its predecessor.
        var isResolving = false
        /// The party's void commits, by how many answers it had lost.
        var voids: [LogCommit?] = [nil, nil]
        /// How many answers it has lost.
        var losses: UInt8 = 0
        /// What it sent without an answer, and what became of it.
        var sent: LogCommit?
        var landed: UInt8?
        /// A number that another's commit has, while it is not known what became of its own.
        var doubtful: UInt8?
        /// A request on its way whose answer nobody waits for.
        var late: LogCommit?
    }

    struct State: Hashable {
        /// The identity of the commit stored at each number.
        var objects: [UInt8]
        /// Ghost: the true history; commit n has identity n.
        var history: [LogCommit]
        var parties: [Party]
        var fillersLeft: UInt8
        var fault: String?

        var newest: UInt8 { UInt8(history.count - 1) }
    }

    var variant: Variant
    var roles: [Role]
    var fillerCount: UInt8 = 3
    /// How many answers each party may lose: 0 or 1.
    var lossMaximum: UInt8 = 0

    private var capacity: Int { roles.count + Int(fillerCount) + 2 }

    var initialState: State {
        var objects = [UInt8](repeating: LogCommit.none, count: capacity)
        objects[0] = 0
        return State(
            objects: objects, history: [.first], parties: roles.map { Party(role: $0) },
            fillersLeft: fillerCount)
    }

    func violation(in state: State) -> String? {
        if let fault = state.fault { return fault }
        let versions = state.history[Int(state.newest)].versions
        for party in state.parties {
            guard case .writer(let index) = party.role else { continue }
            let count = versions >> (2 * index) & 3
            if count > 1 { return "the version of writer \(index) is listed \(count) times" }
            if party.stage == .succeeded && count == 0 {
                return "writer \(index) was told its version is stored, and it is not"
            }
        }
        return nil
    }

    func landmarks(in state: State) -> UInt64 {
        var bits: UInt64 = state.objects[0] == LogCommit.none ? 1 : 0
        if state.parties.contains(where: { $0.voids != [nil, nil] }) { bits |= 2 }
        if state.parties.contains(where: { $0.isResolving }) { bits |= 4 }
        if state.parties.allSatisfy({ $0.stage == .succeeded }) { bits |= 8 }
        if state.parties.contains(where: { $0.losses > 0 && $0.stage == .succeeded }) { bits |= 16 }
        return bits
    }

    func addSteps(from state: State, to steps: inout StepList<State>) {
        if state.fillersLeft > 0 {
            var next = state
            next.fillersLeft -= 1
            next.publish(
                LogCommit(after: state.newest, state.history[Int(state.newest)]), by: nil)
            steps.add("someone publishes commit \(next.newest)", next)
        }
        for index in state.parties.indices { addSteps(of: index, from: state, to: &steps) }
    }

    // MARK: - One party's program

    private func addSteps(of index: Int, from state: State, to steps: inout StepList<State>) {
        let party = state.parties[index]
        addLanding(index, state, &steps)
        switch party.stage {
        case .start: addStart(index, state, &steps)
        case .probe(let at, let id): addProbe(index, at, id, state, &steps)
        case .confirm(let at, let id): addConfirmation(index, at, id, state, &steps)
        case .create(let at, let id): addCreate(index, at, id, state, &steps)
        case .unsure(let at, let id): addUnsure(index, at, id, state, &steps)
        case .check(let id): addCheck(index, id, state, &steps)
        case .delete(let through, let next): addDelete(index, through, next, state, &steps)
        case .succeeded, .gaveUp: break
        }
    }

    private func addStart(_ index: Int, _ state: State, _ steps: inout StepList<State>) {
        var next = state
        if state.parties[index].role == .initializer {
            // It looked when the board was empty, and stalled: only now it creates commit 0.
            guard state.objects[0] == LogCommit.none else {
                next.parties[index].stage = .gaveUp
                return steps.add("\(name(index)) finds commit 0", next)
            }
            next.publish(.first, by: index)
            next.parties[index].stage = .gaveUp
            return steps.add("\(name(index)) creates a void commit 0", next)
        }
        next.parties[index].newestAtStart =
            state.parties[index].role == .reader ? state.newest : 0
        for hint in 0...state.newest {
            let id = state.objects[Int(hint)]
            if id == LogCommit.none { continue }
            next.parties[index].stage = .probe(at: hint, id: id)
            steps.add("\(name(index)) begins at hint \(hint) and reads it", next)
        }
    }

    private func addProbe(
        _ index: Int, _ at: UInt8, _ id: UInt8, _ state: State, _ steps: inout StepList<State>
    ) {
        var next = state
        let found = state.objects[Int(at) + 1]
        if found != LogCommit.none {
            next.parties[index].stage = .probe(at: at + 1, id: found)
            steps.add("\(name(index)) reads commit \(at + 1)", next)
        } else if variant == .noConfirmation {
            finishFinding(index, at, id, &next)
            steps.add("\(name(index)) finds \(at + 1) missing, so \(at) is the newest", next)
        } else {
            next.parties[index].stage = .confirm(at: at, id: id)
            steps.add("\(name(index)) finds \(at + 1) missing", next)
        }
    }

    private func addConfirmation(
        _ index: Int, _ at: UInt8, _ id: UInt8, _ state: State, _ steps: inout StepList<State>
    ) {
        var next = state
        let isConfirmed: Bool
        if variant == .confirmsNewestOnly || (at == 0 && variant == .trustsFirstCommit) {
            isConfirmed = state.objects[Int(at)] == id
        } else if at == 0 {
            // The first commit has no predecessor: a listing must show nothing above it.
            isConfirmed = state.newest == 0
        } else {
            isConfirmed = state.objects[Int(at) - 1] == state.commit(id).previous
        }
        if isConfirmed {
            finishFinding(index, at, id, &next)
            steps.add("\(name(index)) confirms that \(at) is the newest", next)
        } else {
            next.parties[index].stage = .probe(
                at: state.newest, id: state.objects[Int(state.newest)])
            steps.add("\(name(index)) cannot confirm \(at), lists, and reads \(state.newest)", next)
        }
    }

    /// What a party does with the newest commit it found.
    private func finishFinding(_ index: Int, _ at: UInt8, _ id: UInt8, _ state: inout State) {
        let party = state.parties[index]
        switch party.role {
        case .reader:
            state.parties[index].stage = .succeeded
            if id >= LogCommit.firstVoid {
                state.fault = "a reader took void commit \(at) for the newest"
            } else if at < party.newestAtStart {
                state.fault =
                    "a reader got commit \(at), older than \(party.newestAtStart) "
                    + "that was acknowledged before it began"
            }
        case .writer(let writer) where party.isResolving:
            // Not there: never there, or stored, deleted by someone and pruned. The caller is told
            // so.
            let isListed = state.commit(id).versions >> (2 * writer) & 3 > 0
            state.parties[index].stage = isListed ? .succeeded : .gaveUp
            // A number above the boundary was never free again: the other commit was there first.
            if !isListed, let number = party.doubtful, state.commit(id).boundary < Int8(number) {
                state.parties[index].isResolving = false
                state.parties[index].stage = .create(at: at, id: id)
            }
            state.parties[index].doubtful = nil
        default:
            state.parties[index].stage = .create(at: at, id: id)
        }
    }

    private func addCreate(
        _ index: Int, _ at: UInt8, _ id: UInt8, _ state: State, _ steps: inout StepList<State>
    ) {
        var next = state
        let number = Int(at) + 1
        let found = state.objects[number]
        if found != LogCommit.none {
            next.parties[index].stage = .probe(at: at + 1, id: found)
            return steps.add("\(name(index)) lost the race for \(number)", next)
        }
        var commit = LogCommit(after: id, state.commit(id))
        if case .writer(let writer) = state.parties[index].role {
            commit.versions += 1 << (2 * writer)
        } else {
            // The newest commit and its predecessor stay, so that both can always be confirmed.
            commit.boundary = max(commit.boundary, Int8(at) - 1)
        }
        commit.author = UInt8(index) * 2 + state.parties[index].losses
        addLosses(index, at, id, commit, state, &steps)
        let created = next.publish(commit, by: index)
        next.parties[index].stage = .check(id: created)
        if variant == .noPredecessorCheck { finishCreate(index, created, &next) }
        steps.add(
            "\(name(index)) creates \(created >= LogCommit.firstVoid ? "void " : "")"
                + "commit \(number), boundary \(commit.boundary)", next)
    }

    private func addCheck(
        _ index: Int, _ id: UInt8, _ state: State, _ steps: inout StepList<State>
    ) {
        var next = state
        let commit = state.commit(id)
        let before = state.objects[Int(commit.sequence) - 1]
        let isProved =
            variant == .predecessorByPresence
            ? before != LogCommit.none : before == commit.previous
        if isProved {
            finishCreate(index, id, &next)
            steps.add("\(name(index)) finds its predecessor \(commit.sequence - 1)", next)
        } else if state.parties[index].role == .collector {
            next.parties[index].stage = .gaveUp
            steps.add("\(name(index)) does not find its predecessor and stops", next)
        } else {
            next.parties[index].isResolving = true
            next.parties[index].stage = .probe(
                at: state.newest, id: state.objects[Int(state.newest)])
            steps.add("\(name(index)) does not find its predecessor, and lists", next)
        }
    }

    /// A party believes that its commit is part of the history.
    private func finishCreate(_ index: Int, _ id: UInt8, _ state: inout State) {
        guard state.parties[index].role == .collector else {
            state.parties[index].stage = .succeeded
            return
        }
        if id >= LogCommit.firstVoid {
            state.fault = "a collector is about to delete what a void commit dropped"
        }
        let commit = state.commit(id)
        let through = commit.boundary
        switch variant {
        case .deletesDescending:
            state.parties[index].stage = .delete(through: 0, next: through)
        case .deletesFromOldBoundary:
            let old = state.commit(commit.previous).boundary
            state.parties[index].stage = .delete(through: through, next: old + 1)
        default:
            state.parties[index].stage = .delete(through: through, next: 0)
        }
    }

    private func addDelete(
        _ index: Int, _ through: Int8, _ first: Int8, _ state: State,
        _ steps: inout StepList<State>
    ) {
        var next = state
        let numbers =
            variant == .deletesDescending
            ? Array(stride(from: first, through: through, by: -1))
            : Array(stride(from: first, through: through, by: 1))
        guard let number = numbers.first(where: { state.objects[Int($0)] != LogCommit.none }) else {
            next.parties[index].stage = .succeeded
            return steps.add("\(name(index)) has deleted all up to its boundary", next)
        }
        next.objects[Int(number)] = LogCommit.none
        let step: Int8 = variant == .deletesDescending ? -1 : 1
        next.parties[index].stage = .delete(through: through, next: number + step)
        steps.add("\(name(index)) deletes commit \(number)", next)
    }

    private func name(_ index: Int) -> String {
        switch roles[index] {
        case .writer(let writer): "writer \(writer)"
        case .collector: "collector \(index)"
        case .reader: "the reader"
        case .initializer: "the initializer"
        }
    }
}
