internal import PinStorage
internal import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Runs the tasks of several actors on one thread, and decides by a seed which job runs next.
///
/// A job is what a task does between two suspensions. With a backend that suspends before and after
/// every call (``YieldingBackend``), every order of the calls of all actors can happen, and the
/// same seed gives the same one again, in a process whose sets and dictionaries are always in the
/// same order (`SWIFT_DETERMINISTIC_HASHING=1`). What `runBlocking` would move to other threads
/// stays.
///
/// Method: Burckhardt et al., "A randomized scheduler with probabilistic guarantees of finding
/// bugs", ASPLOS 2010, beside uniform choice and stalls.
public final class SeededScheduler: Sendable {
    /// How the next job is chosen among the actors that have one.
    public enum Policy: Sendable, Hashable, CaseIterable {
        /// Each has the same chance.
        case uniform
        /// Priorities, which change at a few random moments.
        case priorities
        /// Each has the same chance, but for one that stands still for a long time.
        case stalls
    }

    /// A job that waits. Safe to keep: who enqueues one holds the executor until it ran.
    @safe private struct Job {
        let job: UnownedJob
    }

    private struct State {
        var ready: [[Job]]
        var priorities: [Int]
        var stalled: Int?
        var stallEnd = 0
        var stepCount = 0
        /// Less than every priority so far.
        var lowest = 0
        /// Actors whose body has not ended.
        var unfinished: Int
        /// While it runs.
        var executors: [ActorExecutor] = []
    }

    /// How the next job is chosen.
    public let policy: Policy
    private let random: SeededRandom
    private let state: Mutex<State>
    private let count: Int

    /// A scheduler for so many actors.
    ///
    /// - Parameters:
    ///   - random: Decides; its seed is what repeats the run.
    ///   - actorCount: How many bodies ``run(_:)`` will get; at least 1.
    ///   - policy: How; `nil` for one that the seed chooses.
    public init(_ random: SeededRandom, actorCount: Int, policy: Policy? = nil) {
        precondition(actorCount >= 1, "a scheduler needs an actor")
        self.random = random
        self.policy = policy ?? Policy.allCases[random.below(Policy.allCases.count)]
        count = actorCount
        let priorities = (0..<actorCount).map { _ in random.below(1 << 20) }
        state = Mutex(
            State(
                ready: Array(repeating: [], count: actorCount), priorities: priorities,
                unfinished: actorCount))
    }

    /// Jobs that have run.
    public var stepCount: Int { state.withLock { $0.stepCount } }

    /// Runs one body for each actor until all have ended. To be called once.
    ///
    /// Traps if all of them wait for something that no job will bring: that is a deadlock, or work
    /// that has left the scheduler.
    public func run(_ bodies: [@Sendable () async -> Void]) async {
        precondition(bodies.count == count, "one body for each actor")
        let executors = bodies.indices.map { ActorExecutor(scheduler: self, index: $0) }
        state.withLock { $0.executors = executors }
        defer { state.withLock { $0.executors = [] } }
        await withTaskGroup(of: Void.self) { group in
            for (body, executor) in zip(bodies, executors) {
                group.addTask(executorPreference: executor) {
                    await BlockingOverride.$executor.withValue(executor) { await body() }
                    self.state.withLock { $0.unfinished -= 1 }
                }
            }
            await withCheckedContinuation { continuation in
                start { continuation.resume() }
            }
            await group.waitForAll()
        }
    }

    // MARK: - The loop

    private func start(_ done: @escaping @Sendable () -> Void) {
        let box = unsafe Unmanaged.passRetained(Loop(scheduler: self, done: done)).toOpaque()
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let result = unsafe pthread_create(&thread, nil, runLoop, box)
        precondition(result == 0, "cannot start a thread: error \(result)")
        #if canImport(Darwin)
            if let thread { unsafe pthread_detach(thread) }
        #else
            pthread_detach(thread)
        #endif
    }

    fileprivate func loop() {
        while let (job, executor) = unsafe next() {
            unsafe job.job.runSynchronously(on: executor)
        }
    }

    private func next() -> (Job, UnownedTaskExecutor)? {
        unsafe state.withLock { state in
            let able = state.ready.indices.filter { !state.ready[$0].isEmpty }
            guard !able.isEmpty else {
                precondition(
                    state.unfinished == 0, "seed \(random.seed): all wait, and nothing is ready")
                return nil
            }
            state.stepCount += 1
            let actor = choose(able, &state)
            let place = random.below(state.ready[actor].count)
            let job = state.ready[actor].remove(at: place)
            return unsafe (job, state.executors[actor].asUnownedTaskExecutor())
        }
    }

    private func choose(_ able: [Int], _ state: inout State) -> Int {
        switch policy {
        case .uniform: return able[random.below(able.count)]
        case .priorities:
            let best = able.max { state.priorities[$0] < state.priorities[$1] } ?? able[0]
            // Who has had its turn for a while comes last.
            if random.oneIn(40) {
                state.lowest -= 1
                state.priorities[best] = state.lowest
            }
            return best
        case .stalls:
            if state.stepCount >= state.stallEnd {
                state.stalled = random.below(count)
                state.stallEnd = state.stepCount + 1 + random.below(400)
            }
            let others = able.filter { $0 != state.stalled }
            let choice = others.isEmpty ? able : others
            return choice[random.below(choice.count)]
        }
    }

    // MARK: - Jobs

    fileprivate func add(_ job: consuming ExecutorJob, of actor: Int) {
        let job = Job(job: UnownedJob(job))
        state.withLock { $0.ready[actor].append(job) }
    }
}

/// Where the tasks of one actor run.
private final class ActorExecutor: TaskExecutor {
    let scheduler: SeededScheduler
    let index: Int

    init(scheduler: SeededScheduler, index: Int) {
        self.scheduler = scheduler
        self.index = index
    }

    func enqueue(_ job: consuming ExecutorJob) { scheduler.add(job, of: index) }
}

private final class Loop: Sendable {
    let scheduler: SeededScheduler
    let done: @Sendable () -> Void

    init(scheduler: SeededScheduler, done: @escaping @Sendable () -> Void) {
        self.scheduler = scheduler
        self.done = done
    }

    func run() {
        scheduler.loop()
        done()
    }
}

#if canImport(Darwin)
    private func runLoop(_ loop: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        unsafe Unmanaged<Loop>.fromOpaque(loop).takeRetainedValue().run()
        return nil
    }
#else
    private func runLoop(_ loop: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        if let loop = unsafe loop {
            unsafe Unmanaged<Loop>.fromOpaque(loop).takeRetainedValue().run()
        }
        return nil
    }
#endif
