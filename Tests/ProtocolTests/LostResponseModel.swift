import PinTesting

/// Model E: answers that get lost, and requests that take effect late.
///
/// A create whose answer is lost took effect, or will, or never does. Two writers publish one
/// version each on a condemned pack P that they deduplicated against, a collector removes P where
/// nothing uses it and deletes it once its commit is durable, and a deleter removes the version of
/// writer 0.
struct LostResponseModel: ExplorableModel {
    /// What a party does with a create whose answer was lost.
    enum Variant {
        /// Sends the same commit for the same number until the number is taken, then compares
        /// identities.
        case correct
        /// Takes the commit for one that lost the race, and publishes the change again.
        case unknownIsConflict
        /// Takes the commit for published.
        case unknownIsSuccess
        /// Reads the number back; where nothing is there, takes the create for one that never
        /// happened.
        case absentIsFailure
        /// Repeats the create, but takes "exists" for a lost race without comparing identities.
        case existsIsConflict
        /// A collector takes its commit for published, and deletes; writers do as they should.
        case collectorAssumesSuccess
    }

    enum PackState: UInt8 { case live, condemned, removed }

    struct Commit: Hashable {
        /// Who made it, and in which attempt: the random identity inside a commit.
        var author: UInt8
        var attempt: UInt8
        /// How often each writer's version is listed.
        var versionCounts: [UInt8] = [0, 0]
        /// Whether each writer's version reads from P; else it has a pack of its own.
        var readsShared = [false, false]
        var pack = PackState.condemned
    }

    struct Request: Hashable {
        var number: UInt8
        var commit: Commit
    }

    enum Stage: Hashable { case ready, sending, unsure, succeeded, gaveUp }

    struct Party: Hashable {
        var stage = Stage.ready
        var attempt: UInt8 = 0
        var request: Request?
        /// A request on its way whose answer nobody waits for.
        var late: Request?
        var losses: UInt8 = 0
    }

    struct State: Hashable {
        var log = [Commit(author: 9, attempt: 0)]
        /// Writers 0 and 1, and the collector.
        var parties = [Party(), Party(), Party()]
        var isPackOnDisk = true
        /// Ghost: the version of writer 0 was deleted.
        var isDeleted = false
    }

    static let collector = 2
    var variant: Variant
    var lossMaximum: UInt8 = 1
    var attemptMaximum: UInt8 = 3

    var initialState: State { State() }

    func violation(in state: State) -> String? {
        guard let newest = state.log.last else { return "the log is empty" }
        for writer in 0..<2 {
            let count = newest.versionCounts[writer]
            let wasDeleted = writer == 0 && state.isDeleted
            if count > 1 { return "the version of writer \(writer) is listed \(count) times" }
            if wasDeleted && count > 0 { return "a deleted version came back" }
            if state.parties[writer].stage == .succeeded && count == 0 && !wasDeleted {
                return "writer \(writer) was told its version is stored, and it is not"
            }
            if count > 0 && newest.readsShared[writer] {
                if newest.pack != .live { return "version \(writer) reads from a pack not live" }
                if !state.isPackOnDisk { return "version \(writer) has lost its pack" }
            }
        }
        return nil
    }

    func landmarks(in state: State) -> UInt64 {
        var bits: UInt64 = state.isPackOnDisk ? 0 : 1
        if state.parties.allSatisfy({ $0.losses > 0 }) { bits |= 2 }
        if state.isDeleted { bits |= 4 }
        if state.parties[0].stage == .succeeded && state.parties[1].stage == .succeeded {
            bits |= 8
        }
        return bits
    }

    func addSteps(from state: State, to steps: inout StepList<State>) {
        for index in state.parties.indices {
            let party = state.parties[index]
            if let request = party.late {
                var next = state
                next.parties[index].late = nil
                let landed = next.store(request)
                steps.add(
                    "\(name(index))'s late create of \(request.number) "
                        + (landed ? "lands" : "finds the number taken"), next)
            }
            switch party.stage {
            case .ready: addReady(index, state, &steps)
            case .sending: addSending(index, state, &steps)
            case .unsure: addUnsure(index, state, &steps)
            case .succeeded, .gaveUp: break
            }
        }
        if !state.isDeleted, let newest = state.log.last, newest.versionCounts[0] == 1 {
            var next = state
            var commit = newest
            (commit.author, commit.attempt) = (8, 0)
            commit.versionCounts[0] = 0
            next.log.append(commit)
            next.isDeleted = true
            steps.add("the version of writer 0 is deleted by commit \(next.log.count - 1)", next)
        }
    }

    private func addReady(_ index: Int, _ state: State, _ steps: inout StepList<State>) {
        let party = state.parties[index]
        guard party.attempt < attemptMaximum, var commit = state.log.last else { return }
        (commit.author, commit.attempt) = (UInt8(index), party.attempt)
        if index == Self.collector {
            let isUsed = (0..<2).contains {
                commit.versionCounts[$0] > 0 && commit.readsShared[$0]
            }
            if isUsed || commit.pack == .removed { return }
            commit.pack = commit.pack == .live ? .condemned : .removed
        } else {
            commit.versionCounts[index] += 1
            commit.readsShared[index] = commit.pack != .removed
            if commit.pack == .condemned { commit.pack = .live }
        }
        var next = state
        next.parties[index].stage = .sending
        next.parties[index].attempt += 1
        next.parties[index].request = Request(number: UInt8(state.log.count), commit: commit)
        steps.add("\(name(index)) read commit \(state.log.count - 1)", next)
    }

    private func addSending(_ index: Int, _ state: State, _ steps: inout StepList<State>) {
        guard let request = state.parties[index].request else { return }
        var answered = state
        if answered.store(request) {
            finish(index, &answered)
            steps.add("\(name(index)) creates \(request.number)", answered)
        } else {
            retry(index, &answered)
            steps.add("\(name(index)) lost the race for \(request.number)", answered)
        }
        guard state.parties[index].losses < lossMaximum else { return }
        var unanswered = state
        unanswered.parties[index].losses += 1
        unanswered.parties[index].stage = .unsure
        steps.add("\(name(index))'s create of \(request.number) is lost", unanswered)
        var delayed = unanswered
        delayed.parties[index].late = request
        steps.add("\(name(index))'s create of \(request.number) is delayed, answer lost", delayed)
        if unanswered.store(request) {
            steps.add("\(name(index)) creates \(request.number), answer lost", unanswered)
        }
    }

    private func addUnsure(_ index: Int, _ state: State, _ steps: inout StepList<State>) {
        guard let request = state.parties[index].request else { return }
        var next = state
        let isTaken = state.log.count > Int(request.number)
        let isOwn = isTaken && state.log[Int(request.number)].hasIdentity(of: request.commit)
        switch variant {
        case .unknownIsConflict: retry(index, &next)
        case .unknownIsSuccess: finish(index, &next)
        case .absentIsFailure:
            if isOwn { finish(index, &next) } else { retry(index, &next) }
        case .collectorAssumesSuccess where index == Self.collector: finish(index, &next)
        case .correct, .existsIsConflict, .collectorAssumesSuccess:
            if next.store(request) || (isOwn && variant != .existsIsConflict) {
                finish(index, &next)
            } else {
                retry(index, &next)
            }
        }
        steps.add(
            "\(name(index)) resolves \(request.number), which is "
                + (isOwn ? "its own" : isTaken ? "another's" : "absent"), next)
        var crashed = state
        crashed.parties[index].stage = .gaveUp
        crashed.parties[index].request = nil
        steps.add("\(name(index)) crashes", crashed)
    }

    /// The party believes that its commit is in the log.
    private func finish(_ index: Int, _ state: inout State) {
        let removed = state.parties[index].request?.commit.pack == .removed
        state.parties[index].request = nil
        if index == Self.collector {
            if removed { state.isPackOnDisk = false }
            state.parties[index].stage = .ready
        } else {
            state.parties[index].stage = .succeeded
        }
    }

    /// The party believes that its commit is not in the log and never will be.
    private func retry(_ index: Int, _ state: inout State) {
        state.parties[index].request = nil
        state.parties[index].stage = .ready
    }

    private func name(_ index: Int) -> String {
        index == Self.collector ? "the collector" : "writer \(index)"
    }
}

extension LostResponseModel.Commit {
    /// Whether both carry the same random identity.
    func hasIdentity(of other: Self) -> Bool { author == other.author && attempt == other.attempt }
}

extension LostResponseModel.State {
    /// Creates the commit if its number is free; whether it did.
    mutating func store(_ request: LostResponseModel.Request) -> Bool {
        guard log.count == Int(request.number) else { return false }
        log.append(request.commit)
        return true
    }
}
