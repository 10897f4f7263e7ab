import PinStorage
import Synchronization
import Testing

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Blocking work leaves the threads that tasks share, keeps its types, and never waits for ever.
@Suite struct BlockingIOExecutorTests {
    /// Counts how many run at the same time.
    private final class Gauge: Sendable {
        private let counts = Mutex((now: 0, most: 0, threads: Set<String>()))

        var most: Int { counts.withLock { $0.most } }
        var threadCount: Int { counts.withLock { $0.threads.count } }

        func enter() {
            // The thread's number; what type it has depends on the system.
            let thread = "\(pthread_self())"
            counts.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
                $0.threads.insert(thread)
            }
        }

        func leave() { counts.withLock { $0.now -= 1 } }
    }

    @Test func aValueComesBack() async {
        let value = await runBlocking { 42 }
        #expect(value == 42)
    }

    @Test func anErrorKeepsItsType() async {
        do throws(BackendError) {
            try await runBlocking { () async throws(BackendError) in
                throw BackendError(.noSpace, "full")
            }
        } catch {
            let code: BackendError.Code = error.code
            #expect(code == .noSpace)
        }
    }

    @Test @MainActor func theBodyLeavesTheMainActor() async {
        let main = "\(pthread_self())"
        let other = await runBlocking { "\(pthread_self())" }
        #expect(main != other)
    }

    @Test func childTasksRunThereToo() async {
        let executor = BlockingIOExecutor(threadCount: 3)
        let gauge = Gauge()
        let sum = await runBlocking(on: executor) {
            await withTaskGroup(of: Int.self) { group in
                for number in 1...200 {
                    group.addTask {
                        gauge.enter()
                        // A blocking call, long enough for others to come.
                        usleep(200)
                        gauge.leave()
                        return number
                    }
                }
                return await group.reduce(0, +)
            }
        }
        #expect(sum == 20_100)
        #expect(gauge.most <= 3)
        #expect(gauge.threadCount <= 3)
    }

    @Test func oneThreadIsEnoughForTasksThatWaitForEachOther() async {
        let executor = BlockingIOExecutor(threadCount: 1)
        let depth = await runBlocking(on: executor) { await nest(50, executor) }
        #expect(depth == 50)
    }

    @Test func blockedThreadsDoNotStopOtherTasks() async {
        // As many bodies wait in a system call as there are threads; a task of the shared pool
        // lets them go.
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (input, output) = (ends[0], ends[1])
        let executor = BlockingIOExecutor(threadCount: 4)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    await runBlocking(on: executor) {
                        var byte: UInt8 = 0
                        #expect(read(input, &byte, 1) == 1)
                    }
                }
            }
            group.addTask {
                let bytes: [UInt8] = [1, 2, 3, 4]
                #expect(write(output, bytes, 4) == 4)
            }
        }
        close(input)
        close(output)
    }

    @Test func manyShortExecutorsComeAndGo() async {
        for round in 0..<50 {
            let executor = BlockingIOExecutor(threadCount: 2)
            let value = await runBlocking(on: executor) { round * 2 }
            #expect(value == round * 2)
        }
    }

    @Test func theSharedOneHasTheDocumentedWidth() {
        #expect(BlockingIOExecutor.shared.threadCount >= 4)
    }
}

/// Runs itself in a child task, `depth` times.
private func nest(_ depth: Int, _ executor: BlockingIOExecutor) async -> Int {
    if depth == 0 { return 0 }
    async let inner = runBlocking(on: executor) { await nest(depth - 1, executor) }
    return await inner + 1
}
