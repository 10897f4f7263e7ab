import PinTesting

/// Answers that get lost, and requests that take effect late.
extension LogModel {
    /// A create whose answer does not come: it took effect, or never does, or will.
    func addLosses(
        _ index: Int, _ at: UInt8, _ id: UInt8, _ commit: LogCommit, _ state: State,
        _ steps: inout StepList<State>
    ) {
        guard state.parties[index].losses < lossMaximum else { return }
        var next = state
        next.parties[index].losses += 1
        next.parties[index].sent = commit
        next.parties[index].stage = .unsure(at: at, id: id)
        steps.add("the create of \(at + 1) by party \(index) is lost", next)
        var delayed = next
        delayed.parties[index].late = commit
        steps.add("the create of \(at + 1) by party \(index) is delayed", delayed)
        next.parties[index].landed = next.publish(commit, by: index)
        steps.add("party \(index) creates \(at + 1), answer lost", next)
    }

    /// A delayed create lands wherever its number is free: also where it has been pruned.
    func addLanding(_ index: Int, _ state: State, _ steps: inout StepList<State>) {
        guard let commit = state.parties[index].late else { return }
        var next = state
        next.parties[index].late = nil
        if state.objects[Int(commit.sequence)] == LogCommit.none {
            next.parties[index].landed = next.publish(commit, by: index)
        }
        steps.add("the delayed create of \(commit.sequence) by party \(index) arrives", next)
    }

    /// The same bytes again under the same number, until it is taken.
    func addUnsure(
        _ index: Int, _ at: UInt8, _ id: UInt8, _ state: State, _ steps: inout StepList<State>
    ) {
        guard let commit = state.parties[index].sent else { return }
        var next = state
        let found = state.objects[Int(at) + 1]
        next.parties[index].sent = nil
        let own = state.parties[index].landed
        let isOwn = found != LogCommit.none && found == own
        func goOn() {
            next.parties[index].stage =
                found == LogCommit.none
                ? .probe(at: state.newest, id: state.objects[Int(state.newest)])
                : .probe(at: at + 1, id: found)
        }
        switch variant {
        case .unknownIsConflict: goOn()
        case .unknownIsSuccess:
            next.parties[index].stage = .succeeded
        case .absentIsFailure where found == LogCommit.none: goOn()
        default:
            if found == LogCommit.none {
                let created = next.publish(commit, by: index)
                next.parties[index].landed = created
                next.parties[index].stage = .check(id: created)
                if variant == .noPredecessorCheckAfterLoss {
                    next.parties[index].stage = .succeeded
                }
            } else if let own, isOwn {
                next.parties[index].stage = .check(id: own)
            } else {
                goOn()
                if variant != .takenIsConflict, case .writer = state.parties[index].role {
                    next.parties[index].isResolving = true
                    next.parties[index].doubtful = at + 1
                }
            }
        }
        steps.add(
            "party \(index) resolves \(at + 1), which is "
                + (isOwn ? "its own" : found == LogCommit.none ? "absent" : "another's"), next)
    }
}
