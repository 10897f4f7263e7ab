import PinTesting

/// Index segments as objects: merged at commit, replaced, and deleted once unreferenced and below
/// the floor.
///
/// Two writers publish one version each, whose entry must be in a listed segment that exists. A
/// writer uploads a segment of its own entry, or one merged with all that its base listed; a
/// collector merges and raises the floor. The base of an object counts only as "below the floor"
/// (see ``PackModel``).
struct SegmentModel: ExplorableModel {
    /// The rule that is switched off.
    enum Variant {
        case correct
        /// A committer does not compare the floor with the base of its own segment.
        case noFloorCheck
        /// A committer publishes the list it made from its base, not from the newest commit.
        case listOfBase
        /// A merged segment replaces every segment listed now, not only those it was merged from.
        case mergeReplacesAll
    }

    struct Segment: Hashable {
        /// Bit v: the entry of version v.
        var entries: UInt8 = 0
        var isListed = false
        var isOnDisk = false
        /// Whether its base is below the floor.
        var isExpired = false
    }

    enum Stage: Hashable { case start, ready, done }

    struct Party: Hashable {
        var stage = Stage.start
        var attempt: UInt8 = 0
        var isMerged = false
        /// The segments that its own one was merged from.
        var inputs = PackSet()
        var listOfBase = PackSet()
    }

    struct State: Hashable {
        var segments: [Segment]
        /// Bit v: version v is listed. Version 0 is there from the beginning, 1 and 2 are the
        /// writers'.
        var versions: UInt8 = 1
        /// Writers, then collectors.
        var parties: [Party]
    }

    var variant: Variant
    var attemptCount: UInt8 = 2
    static let writerCount = 2
    static let partyCount = 4

    var initialState: State {
        var segments = [Segment](
            repeating: Segment(), count: 1 + Self.partyCount * Int(attemptCount))
        segments[0] = Segment(entries: 1, isListed: true, isOnDisk: true)
        return State(
            segments: segments, parties: [Party](repeating: Party(), count: Self.partyCount))
    }

    func violation(in state: State) -> String? {
        var found: UInt8 = 0
        for (index, segment) in state.segments.enumerated() where segment.isListed {
            if !segment.isOnDisk { return "the commit lists segment \(index), which is gone" }
            found |= segment.entries
        }
        let missing = state.versions & ~found
        return missing == 0
            ? nil : "no listed segment has the entries of versions \(missing) (bits)"
    }

    /// Forgets segments that nobody holds and no commit lists, and inputs that are no longer
    /// listed: neither can be listed again.
    func canonical(_ state: State) -> State {
        var result = state
        var held = PackSet()
        for (index, party) in state.parties.enumerated() {
            if party.stage == .ready { held.insert(slot(index, party.attempt)) }
            if variant == .listOfBase {
                held.formUnion(party.listOfBase)
            } else {
                result.parties[index].listOfBase = PackSet()
                for input in party.inputs where !state.segments[input].isListed {
                    result.parties[index].inputs.remove(input)
                }
            }
        }
        for (index, segment) in state.segments.enumerated()
        where index > 0 && !segment.isListed && !held.contains(index) {
            result.segments[index] = Segment()
        }
        return result
    }

    func landmarks(in state: State) -> UInt64 {
        var bits: UInt64 = state.segments[0].isOnDisk ? 0 : 1
        if state.versions == 7 { bits |= 2 }
        if state.parties.contains(where: { $0.attempt > 0 }) { bits |= 4 }
        return bits
    }

    func addSteps(from state: State, to steps: inout StepList<State>) {
        for (index, segment) in state.segments.enumerated()
        where segment.isOnDisk && segment.isExpired && !segment.isListed {
            var next = state
            next.segments[index].isOnDisk = false
            steps.add("the delete of segment \(index) lands", next)
        }
        for index in state.parties.indices {
            switch state.parties[index].stage {
            case .start: addUploads(index, state, &steps)
            case .ready: addCommit(index, state, &steps)
            case .done: break
            }
        }
    }

    private func slot(_ index: Int, _ attempt: UInt8) -> Int {
        1 + index * Int(attemptCount) + Int(attempt)
    }

    private func addUploads(_ index: Int, _ state: State, _ steps: inout StepList<State>) {
        var listed = PackSet()
        for (segment, value) in state.segments.enumerated() where value.isListed {
            listed.insert(segment)
        }
        let isWriter = index < Self.writerCount
        for merges in isWriter ? [false, true] : [true] {
            var next = state
            var segment = Segment(isOnDisk: true)
            if isWriter { segment.entries = 2 << UInt8(index) }
            if merges {
                for input in listed { segment.entries |= state.segments[input].entries }
                next.parties[index].inputs = listed
                next.parties[index].isMerged = variant == .mergeReplacesAll
            }
            let own = slot(index, state.parties[index].attempt)
            next.segments[own] = segment
            next.parties[index].listOfBase = listed
            next.parties[index].stage = .ready
            steps.add("\(name(index)) uploads segment \(own)\(merges ? ", merged" : "")", next)
        }
    }

    private func addCommit(_ index: Int, _ state: State, _ steps: inout StepList<State>) {
        let party = state.parties[index]
        let own = slot(index, party.attempt)
        var next = state
        if state.segments[own].isExpired && variant != .noFloorCheck {
            let isLast = party.attempt + 1 == attemptCount
            next.parties[index] = isLast ? Party(stage: .done) : Party(attempt: party.attempt + 1)
            return steps.add("\(name(index)) finds segment \(own) expired", next)
        }
        for segment in state.segments.indices {
            let isInput = party.inputs.contains(segment)
            switch variant {
            case .listOfBase:
                next.segments[segment].isListed =
                    party.listOfBase.contains(segment) && !isInput
            case .mergeReplacesAll where party.isMerged:
                next.segments[segment].isListed = false
            default:
                if isInput { next.segments[segment].isListed = false }
            }
        }
        next.segments[own].isListed = true
        next.parties[index] = Party(stage: .done)
        if index < Self.writerCount {
            next.versions |= 2 << UInt8(index)
        } else {
            // A listed object has its base behind it: only what is not listed can expire.
            for segment in next.segments.indices where next.segments[segment].isOnDisk {
                next.segments[segment].isExpired = true
            }
        }
        steps.add(
            "\(name(index)) publishes segment \(own)"
                + (index < Self.writerCount ? "" : " and raises the floor"), next)
    }

    private func name(_ index: Int) -> String {
        index < Self.writerCount ? "writer \(index)" : "collector \(index)"
    }
}
