import PinEngine
import PinFormat
import PinStorage
import PinTesting

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Eight processes write, read, delete and collect on one folder, and are killed at random moments;
/// now and then all of them at once, and then the board is compared with what they said.
///
/// The laws: every version that was acknowledged, and of which no deletion has begun, is there with
/// its bytes; what was never acknowledged is whole or absent; nothing is there twice; the board is
/// sound. The seed decides what each worker does and when it dies; which of them is faster, the
/// machine does.
public struct KillLoop {
    /// What a loop came to.
    public struct Result: Sendable {
        /// What is wrong, or `nil`.
        public var problem: String?
        public var processCount = 0
        public var killCount = 0
        public var checkCount = 0
        public var writeCount = 0
        public var deleteCount = 0
        public var readCount = 0
        public var collectionCount = 0
        public var lostCount = 0
    }

    private struct Worker {
        var process: ChildProcess
        /// How many more lines it may say, and then for how long it lives.
        var linesLeft: Int
        var deadline: ContinuousClock.Instant?
        var isEnded = false
    }

    public static let workerCount = 8
    private let program: String
    private let folder: String
    private let seed: UInt64
    private let killsPerRound: Int
    private let random: SeededRandom
    private var ledger = KillLedger()
    private var result = Result()
    private var nextNumber: UInt64 = 0

    /// A loop.
    ///
    /// - Parameters:
    ///   - program: What runs a ``KillWorker`` when it is called with `worker FOLDER SEED NUMBER`.
    ///   - folder: An empty folder.
    ///   - killsPerRound: Kills between two comparisons.
    public init(program: String, folder: String, seed: UInt64, killsPerRound: Int = 40) {
        self.killsPerRound = killsPerRound
        self.program = program
        self.folder = folder
        self.seed = seed
        random = SeededRandom(seed: seed)
    }

    /// Small packs, so that small contents make many.
    static func configuration() -> StoreConfiguration {
        StoreConfiguration(workerCount: 2, packByteTarget: 32 << 10, inlineByteTarget: 1 << 10)
    }

    /// Runs rounds until `isOver` says so, at least one.
    public mutating func run(until isOver: (Result) -> Bool) async -> Result {
        do {
            _ = try await Store.create(
                on: FolderBackend(folder), chunker: try ChunkerParameters(averageExponent: 12),
                configuration: Self.configuration())
            repeat {
                try round()
                try await check()
            } while result.problem == nil && !isOver(result)
        } catch {
            result.problem = "\(error)"
        }
        result.writeCount = ledger.writeCount
        result.deleteCount = ledger.deleteCount
        result.readCount = ledger.readCount
        result.collectionCount = ledger.collectionCount
        if let problem = result.problem {
            result.problem = "kill loop, seed \(seed), board \(folder): \(problem)"
        }
        return result
    }

    // MARK: - Processes

    private mutating func start() throws -> Worker {
        nextNumber += 1
        result.processCount += 1
        let process = try ChildProcess(program, ["worker", folder, "\(seed)", "\(nextNumber)"])
        return Worker(process: process, linesLeft: random.below(random.oneIn(4) ? 3 : 24))
    }

    /// Starts all, kills and replaces them one by one, and then kills all.
    private mutating func round() throws {
        var workers: [Worker] = []
        defer {
            for worker in workers where !worker.isEnded { worker.process.killNow() }
            for var worker in workers where !worker.isEnded { end(&worker) }
        }
        for _ in 0..<Self.workerCount { workers.append(try start()) }
        let target = result.killCount + killsPerRound
        while result.killCount < target, ledger.problems.isEmpty {
            listen(&workers)
            let now = ContinuousClock.now
            for index in workers.indices {
                let isDue = workers[index].deadline.map { $0 <= now } ?? false
                if isDue {
                    workers[index].process.killNow()
                    result.killCount += 1
                    end(&workers[index])
                }
                if workers[index].isEnded { workers[index] = try start() }
            }
        }
    }

    /// Takes what workers have said, for a few milliseconds at the most.
    private mutating func listen(_ workers: inout [Worker]) {
        var polled = workers.map {
            pollfd(fd: $0.process.output, events: Int16(POLLIN), revents: 0)
        }
        guard poll(&polled, nfds_t(polled.count), 2) > 0 else { return }
        for index in workers.indices where polled[index].revents != 0 {
            guard let lines = workers[index].process.readLines() else {
                end(&workers[index])
                continue
            }
            take(lines, of: &workers[index])
        }
    }

    private mutating func take(_ lines: [String], of worker: inout Worker) {
        for line in lines { ledger.note(line) }
        worker.linesLeft -= lines.count
        if worker.linesLeft <= 0, worker.deadline == nil {
            worker.deadline = .now + .microseconds(random.below(20_000))
        }
    }

    /// Takes what is left of a worker, which must have died of nothing but this loop's signal.
    private mutating func end(_ worker: inout Worker) {
        worker.isEnded = true
        while let lines = worker.process.readLines() { take(lines, of: &worker) }
        let signal = worker.process.wait()
        if signal != SIGKILL {
            let how = signal.map { "of signal \($0)" } ?? "by itself"
            ledger.note("wrong a worker ended \(how)")
        }
    }

    // MARK: - Comparing

    private mutating func check() async throws {
        let backend = FolderBackend(folder)
        result.checkCount += 1
        for isCollected in [false, true] {
            let store = try await Store.open(on: backend, configuration: Self.configuration())
            if isCollected {
                var options = CollectionOptions()
                options.isExclusive = true
                _ = try await store.collect(options)
            }
            ledger.compare(try await Self.contents(store))
            var options = VerifyOptions()
            options.readsData = true
            let report = try await Store.verify(on: backend, options)
            for problem in report.problems {
                ledger.note("wrong verify finds \(problem.object): \(problem.what)")
            }
        }
        result.lostCount = ledger.problems.count
        result.problem = ledger.problems.first.map {
            "\($0) (\(ledger.problems.count) problems in all)"
        }
    }

    /// The title of every version on the board, `nil` where the bytes are others.
    private static func contents(
        _ store: Store
    ) async throws -> [KillLedger.Version: String?] {
        var found: [KillLedger.Version: String?] = [:]
        for pin in try await store.pins() {
            for version in try await store.versions(of: pin.name) {
                let title = version.record.metadata.title ?? ""
                let place = KillLedger.Version(pin: pin.name, name: version.version)
                let reader = try await store.reader(of: pin.name, .named(version.version)).reader
                let bytes = try? await reader.bytes(reader.files[0])
                found[place] = .some(bytes == Recipe(title: title)?.bytes ? title : nil)
            }
        }
        return found
    }
}
