import PinTesting

/// Model A: two writers, a deleter and a collector around one chunk.
///
/// Each writer publishes one version that holds chunk `a`, either by deduplicating against a listed
/// pack or by uploading a pack of its own; the deleter removes version 0; the collector does
/// `roundCount` rounds; physical deletes land whenever they like. Reading a commit and creating the
/// next are two steps.
struct CommitAndCollectModel: ExplorableModel {
    /// The rule that is switched off.
    enum Variant: CaseIterable {
        case correct
        /// Removes a dead pack at once, without condemning it first. Safe: two phases serve
        /// readers.
        case onePhase
        /// Names a pack after its content, so that a name is used again.
        case contentNamed
        /// A writer does not look whether what it deduplicated against is still listed.
        case noPresenceCheck
        /// A writer does not compare the floor with the base of its own packs.
        case noFloorCheck
    }

    enum Reference: Hashable {
        case none
        case listed(UInt8)
        case own(UInt8)
    }
    enum Stage: Hashable { case start, ready, create, done }

    struct Writer: Hashable {
        var stage = Stage.start
        var base: UInt8 = 0
        var reference = Reference.none
        var attempt: UInt8 = 0
        var readSequence: UInt8 = 0
    }

    struct Commit: Hashable {
        var sequence: UInt8 = 0
        var live: ByteSet = [0]
        var condemned: ByteSet = []
        /// The pack of each version: version 0, and those of the writers; 255 is no version.
        var packOfVersion: [UInt8] = [0, 255, 255]
        var floor: UInt8 = 0
    }

    /// What a collector means to publish on top of `sequence`.
    struct Plan: Hashable {
        var sequence: UInt8
        var live: ByteSet
        var condemned: ByteSet
        var doomed: ByteSet
        var floor: UInt8
    }

    struct State: Hashable {
        var commit = Commit()
        var disk: ByteSet = [0]
        var writers = [Writer(), Writer()]
        var isVersionDeleted = false
        var plan: Plan?
        var roundsDone: UInt8 = 0
        var pendingDeletes: ByteSet = []
    }

    var variant: Variant
    var roundCount: UInt8 = 3
    var attemptCount: UInt8 = 3

    var initialState: State { State() }

    func violation(in state: State) -> String? {
        for (version, pack) in state.commit.packOfVersion.enumerated()
        where pack != 255 && !state.disk.contains(pack) {
            return "version \(version) is listed but its pack \(Self.name(pack)) is gone"
        }
        return nil
    }

    func landmarks(in state: State) -> UInt64 {
        var bits: UInt64 = state.disk.contains(0) ? 0 : 1
        if state.writers.allSatisfy({ $0.stage == .done }) { bits |= 2 }
        if state.commit.floor > 0 { bits |= 4 }
        if state.writers.contains(where: { $0.attempt > 0 }) { bits |= 8 }
        return bits
    }

    func addSteps(from state: State, to steps: inout StepList<State>) {
        for pack in state.pendingDeletes {
            var next = state
            next.disk.remove(pack)
            next.pendingDeletes.remove(pack)
            steps.add("the delete of \(Self.name(pack)) lands", next)
        }
        if !state.isVersionDeleted {
            var next = state
            next.isVersionDeleted = true
            next.commit.sequence += 1
            next.commit.packOfVersion[0] = 255
            steps.add("version 0 is deleted by commit \(next.commit.sequence)", next)
        }
        for index in state.writers.indices { addWriterSteps(index, from: state, to: &steps) }
        addCollectorSteps(from: state, to: &steps)
    }

    /// A pack's name: 0 is the first pack; 1… is (writer, attempt, base).
    private func packName(writer: Int, attempt: UInt8, base: UInt8) -> UInt8 {
        variant == .contentNamed ? 1 : 2 + UInt8(writer) * 100 + attempt * 30 + base
    }

    private static func base(of pack: UInt8) -> UInt8 {
        pack < 2 ? 0 : (pack - 2) % 100 % 30
    }

    private static func name(_ pack: UInt8) -> String {
        if pack == 0 { return "P" }
        if pack == 1 { return "C" }
        let (writer, rest) = ((pack - 2) / 100, (pack - 2) % 100)
        return "W\(writer)/\(rest / 30) of base \(rest % 30)"
    }

    private func addWriterSteps(
        _ index: Int, from state: State, to steps: inout StepList<State>
    ) {
        let writer = state.writers[index]
        let commit = state.commit
        var next = state
        switch writer.stage {
        case .start:
            next.writers[index].base = commit.sequence
            next.writers[index].stage = .ready
            if writer.attempt == 0 && !(commit.live.isEmpty && commit.condemned.isEmpty) {
                for pack in Array(commit.live) + Array(commit.condemned) {
                    next.writers[index].reference = .listed(pack)
                    steps.add("writer \(index) deduplicates on \(Self.name(pack))", next)
                }
            } else {
                let pack = packName(
                    writer: index, attempt: writer.attempt, base: commit.sequence)
                next.disk.insert(pack)
                next.writers[index].reference = .own(pack)
                steps.add("writer \(index) uploads \(Self.name(pack))", next)
            }
        case .ready:
            if passesChecks(writer, commit) {
                next.writers[index].stage = .create
                next.writers[index].readSequence = commit.sequence
                steps.add("writer \(index) checked against commit \(commit.sequence)", next)
            } else if writer.attempt + 1 < attemptCount {
                next.writers[index] = Writer(attempt: writer.attempt + 1)
                steps.add("writer \(index) starts again", next)
            } else {
                next.writers[index] = Writer(stage: .done, attempt: writer.attempt)
                steps.add("writer \(index) gives up", next)
            }
        case .create:
            guard writer.readSequence == commit.sequence else {
                next.writers[index].stage = .ready
                next.writers[index].readSequence = 0
                return steps.add("writer \(index) lost the race", next)
            }
            let pack: UInt8
            switch writer.reference {
            case .listed(let name), .own(let name): pack = name
            case .none: preconditionFailure("a writer that creates refers to a pack")
            }
            next.commit.sequence += 1
            next.commit.condemned.remove(pack)
            next.commit.live.insert(pack)
            next.commit.packOfVersion[index + 1] = pack
            next.writers[index] = Writer(stage: .done, attempt: writer.attempt)
            steps.add(
                "writer \(index) publishes on \(Self.name(pack)), commit \(next.commit.sequence)",
                next)
        case .done:
            break
        }
    }

    private func passesChecks(_ writer: Writer, _ commit: Commit) -> Bool {
        switch writer.reference {
        case .listed(let pack):
            variant == .noPresenceCheck || commit.live.contains(pack)
                || commit.condemned.contains(pack)
        case .own: variant == .noFloorCheck || commit.floor <= writer.base
        case .none: false
        }
    }

    private func addCollectorSteps(from state: State, to steps: inout StepList<State>) {
        var next = state
        if let plan = state.plan {
            next.plan = nil
            guard plan.sequence == state.commit.sequence else {
                return steps.add("the collector lost the race", next)
            }
            next.commit.sequence += 1
            next.commit.live = plan.live
            next.commit.condemned = plan.condemned
            next.commit.floor = plan.floor
            next.pendingDeletes.formUnion(plan.doomed)
            next.roundsDone += 1
            steps.add(
                "the collector publishes commit \(next.commit.sequence), floor \(plan.floor), "
                    + "will delete "
                    + plan.doomed.map(Self.name).joined(separator: ", "), next)
        } else if state.roundsDone < roundCount, let plan = plan(in: state) {
            next.plan = plan
            steps.add("the collector plans on commit \(state.commit.sequence)", next)
        }
    }

    private func plan(in state: State) -> Plan? {
        let commit = state.commit
        var plan = Plan(
            sequence: commit.sequence, live: commit.live, condemned: commit.condemned, doomed: [],
            floor: commit.floor)
        var isUseful = false
        for pack in commit.live where !commit.packOfVersion.contains(pack) {
            isUseful = true
            plan.live.remove(pack)
            if variant == .onePhase {
                plan.doomed.insert(pack)
            } else {
                plan.condemned.insert(pack)
            }
        }
        for pack in commit.condemned where !commit.packOfVersion.contains(pack) {
            isUseful = true
            plan.condemned.remove(pack)
            plan.doomed.insert(pack)
        }
        for pack in state.disk
        where !commit.live.contains(pack) && !commit.condemned.contains(pack)
            && !state.pendingDeletes.contains(pack)
        {
            isUseful = true
            plan.doomed.insert(pack)
            // Fencing is kept where names are reused: only the reuse is wrong there.
            let floor = variant == .contentNamed ? commit.sequence + 1 : Self.base(of: pack) + 1
            plan.floor = max(plan.floor, floor)
        }
        return isUseful ? plan : nil
    }
}
