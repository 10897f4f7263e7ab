#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

internal import Dispatch
internal import Synchronization

/// Threads for tasks that block in system calls, so that the threads that Swift shares among all
/// tasks never wait for a disk.
///
/// It has a fixed number of threads of its own; each is started when there is a job that no waiting
/// thread takes. Jobs begin in the order they came in.
public final class BlockingIOExecutor: TaskExecutor {
    /// The executor that storage uses when it is given no other.
    public static let shared = BlockingIOExecutor(threadCount: BlockingIOExecutor.defaultCount)

    private let pool: Pool

    /// An executor of its own, for tests.
    ///
    /// - Parameter threadCount: How many threads it has at most; at least 1.
    public init(threadCount: Int) {
        precondition(threadCount >= 1, "an executor needs a thread")
        self.pool = Pool(threadCount: threadCount)
    }

    deinit {
        pool.stop()
    }

    /// How many threads it has at most.
    public var threadCount: Int { pool.threadCount }

    public func enqueue(_ job: consuming ExecutorJob) {
        unsafe pool.add(UnownedJob(job), for: asUnownedTaskExecutor())
    }

    /// Twice the processors: half of the threads may wait for the disk while the others compute.
    private static let defaultCount = max(4, 2 * Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
}

/// Runs `body` and its child tasks on an executor that may block.
///
/// The body leaves the caller's actor, also the main actor. Its error keeps its type.
///
/// - Parameters:
///   - executor: Where it runs.
///   - body: What runs.
/// - Returns: What `body` returns.
public func runBlocking<Value: Sendable, Failure: Error>(
    on executor: BlockingIOExecutor = .shared,
    _ body: @concurrent @Sendable () async throws(Failure) -> Value
) async throws(Failure) -> Value {
    let chosen = BlockingOverride.executor ?? executor
    let result: Result<Value, Failure> = await withTaskExecutorPreference(chosen) {
        do throws(Failure) {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
    return try result.get()
}

/// Where blocking work runs instead, for tests that decide which job runs next.
package enum BlockingOverride {
    @TaskLocal package static var executor: (any TaskExecutor)?
}

/// The jobs that wait, and the threads that take them. Threads hold it, not the executor, so that
/// the executor can go away.
private final class Pool: Sendable {
    /// A job and where it runs. Safe to keep: who enqueues a job holds the executor until it ran.
    @safe private struct Work {
        let job: UnownedJob
        let executor: UnownedTaskExecutor
    }

    private struct State {
        var jobs: [Work] = []
        /// The position of the next job; those before it are done.
        var next = 0
        var threadCount = 0
        /// Threads that wait for a signal and have not been promised one.
        var idleCount = 0
        var isStopping = false
    }

    /// The stack of a thread: that of a program's first one on most systems.
    private static let stackByteCount = 8 << 20

    let threadCount: Int
    private let state = Mutex(State())
    private let wakeUps = DispatchSemaphore(value: 0)

    init(threadCount: Int) {
        self.threadCount = threadCount
    }

    func add(_ job: UnownedJob, for executor: UnownedTaskExecutor) {
        let work = unsafe Work(job: job, executor: executor)
        let (wakesUp, starts) = state.withLock { state in
            state.jobs.append(work)
            if state.idleCount > 0 {
                state.idleCount -= 1
                return (true, false)
            }
            guard state.threadCount < threadCount else { return (false, false) }
            state.threadCount += 1
            return (false, true)
        }
        if wakesUp { wakeUps.signal() }
        if starts { start() }
    }

    func stop() {
        let count = state.withLock { state in
            state.isStopping = true
            defer { state.idleCount = 0 }
            return state.idleCount
        }
        for _ in 0..<count { wakeUps.signal() }
    }

    private func start() {
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let pool = unsafe Unmanaged.passRetained(self).toOpaque()
        // Some systems give a new thread 128 KiB of stack. Pages that are not used cost nothing.
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        unsafe pthread_attr_setstacksize(&attributes, Pool.stackByteCount)
        let result = unsafe pthread_create(&thread, &attributes, runPool, pool)
        unsafe pthread_attr_destroy(&attributes)
        precondition(result == 0, "cannot start a thread: \(SystemError.text(result))")
        #if canImport(Darwin)
            if let thread { unsafe pthread_detach(thread) }
        #else
            pthread_detach(thread)
        #endif
    }

    /// The life of a thread.
    fileprivate func run() {
        while true {
            let (work, isOver) = state.withLock { state -> (Work?, Bool) in
                if state.next < state.jobs.count {
                    let work = state.jobs[state.next]
                    state.next += 1
                    // Amortised O(1): what was done is dropped when it is the larger half.
                    if state.next >= 32, state.next * 2 >= state.jobs.count {
                        state.jobs.removeFirst(state.next)
                        state.next = 0
                    }
                    return (work, false)
                }
                if state.isStopping { return (nil, true) }
                state.idleCount += 1
                return (nil, false)
            }
            if let work {
                unsafe work.job.runSynchronously(on: work.executor)
            } else if isOver {
                return
            } else {
                wakeUps.wait()
            }
        }
    }
}

#if canImport(Darwin)
    private func runPool(_ pool: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        unsafe Unmanaged<Pool>.fromOpaque(pool).takeRetainedValue().run()
        return nil
    }
#else
    private func runPool(_ pool: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        if let pool = unsafe pool {
            unsafe Unmanaged<Pool>.fromOpaque(pool).takeRetainedValue().run()
        }
        return nil
    }
#endif
