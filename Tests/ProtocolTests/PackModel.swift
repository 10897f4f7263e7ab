import PinTesting

/// Models B, C, F, G and I: packs of several frames, deltas, repacking, encoding again, index
/// entries, staging and pack lists.
///
/// A commit names its pack set, the index entries of each pack, and for each version the packs that
/// reading it needs. Checking against the newest commit and creating the next is one step here:
/// where the race is lost nothing happened, and where it is not nobody came between (model A shows
/// the two apart).
struct PackModel: ExplorableModel {
    /// One way to store a chunk; its base is a chunk too, of which any copy of smaller depth will
    /// do.
    struct Frame {
        var name: String
        var digest: Int
        var base: Int?
        var depth = 0
    }

    /// A version that is listed from the beginning.
    struct FirstVersion {
        var digests: [Int]
        var packs: PackSet
        var mayBeDeleted = false
    }

    /// What a writer publishes, and which sets of frames it may upload for it (none: it only
    /// deduplicates).
    struct WriterPlan {
        var digests: [Int]
        var uploads: [[Int]]
        var mayStage = false
        var attemptCount = 2
    }

    /// The instance: what there is to begin with, and who takes part.
    struct Cast {
        var frames: [Frame]
        var firstPacks: [[Int]]
        var firstVersions: [FirstVersion]
        var writers: [WriterPlan]
        var collectorRounds: [Int]
        var mayRepack = false
        /// Whether repacking may write a delta as the plain frame of the same chunk.
        var mayReencode = false
        /// Whether a collection may encode again what is all that keeps a frame, against any base.
        var givesUpBases = false
        var readsVersion: Int?
    }

    enum Status: UInt8 { case absent, live, condemned, staged }

    struct Pack: Hashable {
        /// Bit f: the pack holds frame f.
        var content: UInt8 = 0
        var base: UInt8 = 0
        var isOnDisk = false
        var status = Status.absent
        /// Whether the index of the newest commit has entries for the pack; they may outlive its
        /// listing.
        var isIndexed = false
    }

    struct Version: Hashable {
        var isListed = false
        var packs = PackSet()
    }

    enum Stage: Hashable { case start, ready, done }

    struct Writer: Hashable {
        var stage = Stage.start
        var attempt: UInt8 = 0
        /// The packs of others that the version reads: frames, and all their bases.
        var closure = PackSet()
        /// Of these, the ones that hold the frames it deduplicated against, and bases of its own
        /// deltas.
        var direct = PackSet()
        var ownBases = PackSet()
        var own: UInt8?
        var isStaged = false
    }

    struct Collector: Hashable {
        var roundsDone: UInt8 = 0
        /// A pack it uploaded and means to publish.
        var own: UInt8?
    }

    enum Reader: Hashable {
        case idle
        case opened(PackSet)
        case done
    }

    struct State: Hashable {
        var sequence: UInt8 = 0
        var floor: UInt8 = 0
        var packs: [Pack]
        var versions: [Version]
        var writers: [Writer]
        var collectors: [Collector]
        var reader = Reader.idle
        var pendingDeletes = PackSet()
        var wasStagedCondemned = false
        var fault: String?
    }

    var cast: Cast
    var broken: Set<BrokenRule> = []

    // MARK: - Names

    var writerSlot: Int { cast.firstPacks.count }
    var collectorSlot: Int { writerSlot + cast.writers.reduce(0) { $0 + $1.attemptCount } }

    /// The pack that a writer's attempt uploads: a fresh name each time.
    func slot(ofWriter index: Int, attempt: UInt8) -> Int {
        writerSlot + cast.writers[..<index].reduce(0) { $0 + $1.attemptCount } + Int(attempt)
    }

    /// The pack that a collector's round uploads.
    func slot(ofCollector index: Int, round: UInt8) -> Int {
        collectorSlot + cast.collectorRounds[..<index].reduce(0, +) + Int(round)
    }

    func describe(_ packs: PackSet) -> String {
        "{" + packs.map { "P\($0)" }.joined(separator: " ") + "}"
    }

    func contents(_ content: UInt8) -> String {
        let names = cast.frames.indices.filter { content >> $0 & 1 == 1 }
        return names.map { cast.frames[$0].name }.joined(separator: " ")
    }

    func digests(of version: Int) -> [Int] {
        let first = cast.firstVersions.count
        return version < first
            ? cast.firstVersions[version].digests : cast.writers[version - first].digests
    }

    // MARK: - Model

    var initialState: State {
        let mayUpload = cast.mayRepack || cast.givesUpBases
        let roundCount = mayUpload ? cast.collectorRounds.reduce(0, +) : 0
        var packs = [Pack](repeating: Pack(), count: collectorSlot + roundCount)
        for (index, frames) in cast.firstPacks.enumerated() {
            packs[index] = Pack(
                content: Self.mask(frames), base: 0, isOnDisk: true, status: .live, isIndexed: true)
        }
        var versions = cast.firstVersions.map { Version(isListed: true, packs: $0.packs) }
        versions += cast.writers.map { _ in Version() }
        return State(
            packs: packs, versions: versions, writers: cast.writers.map { _ in Writer() },
            collectors: cast.collectorRounds.map { _ in Collector() })
    }

    /// Forgets numbers and what cannot matter again.
    ///
    /// A floor is only ever raised above every base in use, so all that counts of a base is whether
    /// it is below the floor: 0 stands for expired, 1 for the rest. A pack that was never listed
    /// and that no session holds can only be deleted; a listed pack's base is never looked at
    /// again.
    func canonical(_ state: State) -> State {
        var result = state
        for (index, pack) in state.packs.enumerated() {
            let isHeld =
                state.writers.contains { $0.own == UInt8(index) }
                || state.collectors.contains { $0.own == UInt8(index) }
            if pack.status == .absent && !isHeld && !(pack.isIndexed && pack.isOnDisk)
                && !(pack.isIndexed && broken.contains(.staleEntriesTrusted))
                && !state.writers.contains(where: { $0.closure.contains(index) })
            {
                result.packs[index] = Pack()
                result.pendingDeletes.remove(index)
                continue
            }
            let isBaseUsed =
                pack.status == .absent && isHeld
                || pack.status == .staged && broken.contains(.stagedUnderFloorRule)
            result.packs[index].base = isBaseUsed && pack.base < state.floor ? 0 : 1
        }
        result.floor = 1
        result.sequence = 1
        return result
    }

    static func mask(_ frames: [Int]) -> UInt8 { frames.reduce(0) { $0 | 1 << UInt8($1) } }

    func violation(in state: State) -> String? {
        if let fault = state.fault { return fault }
        for (index, version) in state.versions.enumerated() where version.isListed {
            for pack in version.packs {
                if state.packs[pack].status == .absent {
                    return "version \(index) names P\(pack), which the commit does not list"
                }
                if !state.packs[pack].isOnDisk { return "version \(index) has lost P\(pack)" }
            }
            let frames = framesOf(version.packs, in: state)
            for digest in digests(of: index)
            where closures(of: digest, in: frames, state, onlyFirst: true).isEmpty {
                return
                    "version \(index) cannot be read from \(describe(version.packs)) and the index"
            }
        }
        return nil
    }

    func landmarks(in state: State) -> UInt64 {
        var bits: UInt64 = 0
        if cast.firstPacks.indices.contains(where: { !state.packs[$0].isOnDisk }) { bits |= 1 }
        if state.writers.indices.allSatisfy({
            state.versions[cast.firstVersions.count + $0].isListed
        }) {
            bits |= 2
        }
        if state.packs[collectorSlot...].contains(where: { $0.status == .live }) {
            bits |= 4
        }
        if state.wasStagedCondemned { bits |= 8 }
        if state.writers.contains(where: { $0.attempt > 0 && $0.stage == .ready }) { bits |= 16 }
        if state.reader == .done { bits |= 32 }
        return bits
    }

    func addSteps(from state: State, to steps: inout StepList<State>) {
        for pack in state.packs.indices where state.packs[pack].isOnDisk {
            let isOrphan =
                state.packs[pack].status == .absent && state.packs[pack].base < state.floor
            guard isOrphan || state.pendingDeletes.contains(pack) else { continue }
            var next = state
            next.packs[pack].isOnDisk = false
            next.pendingDeletes.remove(pack)
            steps.add("the delete of P\(pack) lands", next)
        }
        for (index, first) in cast.firstVersions.enumerated()
        where first.mayBeDeleted && state.versions[index].isListed {
            var next = state
            next.sequence += 1
            next.versions[index] = Version()
            steps.add("version \(index) is deleted", next)
        }
        for index in state.writers.indices { addWriterSteps(index, state, &steps) }
        for index in state.collectors.indices { addCollectorSteps(index, state, &steps) }
        addReaderSteps(state, &steps)
    }

    private func addReaderSteps(_ state: State, _ steps: inout StepList<State>) {
        guard let index = cast.readsVersion else { return }
        let version = state.versions[index]
        var next = state
        switch state.reader {
        case .idle:
            next.reader = version.isListed ? .opened(version.packs) : .done
            steps.add("the reader opens version \(index), \(describe(version.packs))", next)
        case .opened(let packs):
            if packs.allSatisfy({ state.packs[$0].isOnDisk }) {
                next.reader = .done
                return steps.add("the reader reads all", next)
            }
            if broken.contains(.readerDoesNotReopen) {
                if version.isListed { next.fault = "a reader reports a listed version as lost" }
                next.reader = .done
            } else {
                next.reader = version.isListed ? .opened(version.packs) : .done
            }
            steps.add("the reader misses a pack", next)
        case .done:
            break
        }
    }
}
