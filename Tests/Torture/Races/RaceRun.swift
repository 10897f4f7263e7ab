import PinEngine
import PinFormat
import PinStorage
import PinTesting

/// Two to four writers, readers and collectors on one board in memory, in an order that a seed
/// decides at each call of the backend.
///
/// The laws: the history of each pin is linearizable; whatever is read is what its title says; no
/// pack or segment that the newest commit names is ever deleted; in the end everything that was
/// acknowledged is there, and the board is sound, also after an exclusive collection.
public struct RaceRun: Sendable {
    /// What a run came to.
    public struct Result: Sendable {
        /// What is wrong, or `nil`.
        public var problem: String?
        /// Jobs that the scheduler chose.
        public var stepCount = 0
        public var callCount = 0
        /// Writes and deletes that were acknowledged.
        public var acknowledgedCount = 0
        public var faultCount = 0
        /// Packs and segments that were deleted while others were at work.
        public var deleteCount = 0

        public init() {}

        /// Adds what another run came to.
        public mutating func add(_ other: Result) {
            problem = problem ?? other.problem
            stepCount += other.stepCount
            callCount += other.callCount
            acknowledgedCount += other.acknowledgedCount
            faultCount += other.faultCount
            deleteCount += other.deleteCount
        }
    }

    static let pins = ["one", "two"]

    /// Breaks a rule of the protocol on purpose, to see that the run finds out.
    public enum Sabotage: Sendable, CaseIterable {
        /// The place lets two writers create the same commit.
        case createsTwice
        /// It does not show every commit at once.
        case showsLate
        /// It does not keep every pack that it has acknowledged.
        case forgetsPacks
    }

    let seed: UInt64
    let sabotage: Sabotage?
    let random: SeededRandom
    let clock = ManualClock()
    let memory: MemoryBackend
    let history = RaceHistory()

    public init(seed: UInt64, sabotage: Sabotage? = nil) {
        self.seed = seed
        self.sabotage = sabotage
        random = SeededRandom(seed: seed)
        memory = MemoryBackend(
            capabilities: BackendCapabilities(atomicCreate: sabotage != .createsTwice),
            pageCount: 9, hasLocalObjects: seed % 3 == 0)
    }

    /// Runs it.
    public func run() async -> Result {
        var result = Result()
        do {
            try await race(&result)
        } catch {
            result.problem = "\(error)"
        }
        if let problem = result.problem {
            result.problem = "races, seed \(seed): \(problem)"
        }
        return result
    }

    func configuration(_ label: UInt64) -> StoreConfiguration {
        var configuration = StoreConfiguration(
            clock: clock, random: random.fork(label), producer: "race", workerCount: 2,
            packByteTarget: 16 << 10, inlineByteTarget: 1 << 10)
        configuration.pause = { _ in await Task.yield() }
        return configuration
    }

    private func race(_ result: inout Result) async throws {
        var first = configuration(0)
        first.pause = { _ in }
        _ = try await Store.create(
            on: memory, chunker: try ChunkerParameters(averageExponent: 12),
            isSingleWriter: sabotage == .createsTwice, configuration: first)
        let deletes = DeleteWatch(memory, configuration(1), history)
        let yielding = YieldingBackend(memory) { verb, key in
            if verb == .delete { await deletes.check(key) }
        }
        // Answers get lost in every third run.
        let liar = LyingBackend(yielding, sabotage, random.fork(5))
        let faulty = FaultyBackend(
            liar, plan: seed % 3 == 1 ? faultPlan : .none, hasLocalObjects: true)
        let actors = actors(on: faulty)
        let scheduler = SeededScheduler(random.fork(2), actorCount: actors.count)
        await scheduler.run(actors.map { actor in { await actor.run() } })
        faulty.setPlan(.none)
        result.stepCount = scheduler.stepCount
        result.faultCount = faulty.faultCount
        result.deleteCount = deletes.count
        try? await faulty.releaseDelayedDeletes()
        try await finish()
        (result.callCount, result.acknowledgedCount) = history.counts
        result.problem = history.check()
    }

    private var faultPlan: FaultPlan {
        .seeded(
            seed, oneIn: 25,
            [
                .failBefore(.unavailable), .failAfter(.unavailable), .unknownBefore, .unknownAfter,
                .failAfter(.throttled), .delayedDelete,
            ], verbs: [.put, .delete, .get, .list])
    }

    private func actors(on backend: any BoardBackend) -> [RaceActor] {
        let writers = 2 + random.below(3)
        let collectors = 1 + random.below(2)
        let readers = random.below(2) + 1
        let roles =
            Array(repeating: RaceActor.Role.writer, count: writers)
            + Array(repeating: .collector, count: collectors)
            + Array(repeating: .reader, count: readers)
        return roles.enumerated().map { index, role in
            RaceActor(run: self, role: role, index: UInt64(index), backend: backend)
        }
    }

    /// One caller looks at everything when all is quiet, before and after an exclusive collection.
    private func finish() async throws {
        let store = try await Store.open(on: memory, configuration: configuration(3))
        for isCollected in [false, true] {
            if isCollected {
                var options = CollectionOptions()
                options.isExclusive = true
                _ = try await store.collect(options)
            }
            var options = VerifyOptions()
            options.readsData = true
            let report = try await Store.verify(
                on: memory, options, configuration: configuration(4))
            for problem in report.problems {
                history.fail("verify finds \(problem.object): \(problem.what)")
            }
            for pin in Self.pins {
                for version in await RaceActor.list(pin, store, history) {
                    await RaceActor.read(pin, version.name, store, history)
                }
            }
        }
    }
}
