import PinStorage
import PinTesting
import Torture

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The program behind `make torture`.
struct TortureCommand {
    static let usage = """
        usage: pins-torture run SECONDS [SEED]      everything, in turn
               pins-torture races SECONDS [SEED]    writers, readers and collectors, by a scheduler
               pins-torture kills SECONDS [SEED]    eight processes that are killed
               pins-torture race SEED               one race again
        """

    let words: [String]

    init(_ words: [String]) { self.words = words }

    private func number(_ index: Int) -> UInt64? {
        words.indices.contains(index) ? UInt64(words[index]) : nil
    }

    /// Runs; `false` if anything was lost.
    func run() async -> Bool {
        let seed = number(2) ?? SeededRandom.fresh
        let seconds = Int(number(1) ?? 60)
        switch words.first {
        case "worker" where words.count == 4: return await work()
        case "race": return await race(number(1) ?? 0)
        case "races": return await races(seconds, seed)
        case "kills": return await kills(seconds, seed)
        case "run":
            print("torture: seed \(seed), \(seconds) seconds")
            let isSound = await races(seconds / 2, seed)
            return await kills(seconds - seconds / 2, seed) && isSound
        default:
            print(Self.usage)
            return false
        }
    }

    private func work() async -> Bool {
        guard let seed = number(2), let number = number(3) else { return false }
        do {
            try await KillWorker(folder: words[1], seed: seed, number: number).run()
        } catch {
            print("wrong a worker cannot open the board: \(error)")
        }
        return false
    }

    private func race(_ seed: UInt64) async -> Bool {
        let result = await RaceRun(seed: seed).run()
        print(result.problem ?? "seed \(seed): nothing lost, \(result.stepCount) steps")
        return result.problem == nil
    }

    private func races(_ seconds: Int, _ seed: UInt64) async -> Bool {
        let end = ContinuousClock.now + .seconds(seconds)
        var total = RaceRun.Result()
        var count = 0
        let seeds = SeededRandom(seed: seed)
        repeat {
            let each = seeds.next() >> 16
            let result = await RaceRun(seed: each).run()
            count += 1
            total.add(result)
            if let problem = result.problem {
                print("LOST in \(problem)\nrun it again: pins-torture race \(each)")
                return false
            }
        } while ContinuousClock.now < end
        print(
            "races: \(count) runs of 4 to 8 actors, \(total.stepCount) steps, "
                + "\(total.callCount) calls, \(total.faultCount) faults injected, "
                + "\(total.deleteCount) objects deleted; \(total.acknowledgedCount) acknowledged, "
                + "0 lost")
        return true
    }

    private func kills(_ seconds: Int, _ seed: UInt64) async -> Bool {
        let end = ContinuousClock.now + .seconds(seconds)
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        let folder = "\(base)/pins-torture-\(seed)"
        try? PosixFileSystem().makeDirectory(folder)
        var loop = KillLoop(program: ownPath, folder: folder, seed: seed)
        let result = await loop.run { _ in ContinuousClock.now >= end }
        if let problem = result.problem {
            print("LOST in \(problem)\nrun it again: pins-torture kills \(seconds) \(seed)")
            return false
        }
        try? PosixFileSystem().removeTree(folder)
        print(
            "kills: \(result.processCount) processes, \(result.killCount) killed at work, "
                + "\(result.checkCount) comparisons; \(result.writeCount) versions acknowledged, "
                + "\(result.deleteCount) deletes, \(result.readCount) reads compared, "
                + "\(result.collectionCount) collections; 0 versions lost")
        return true
    }

    /// This program.
    private var ownPath: String {
        #if canImport(Darwin)
            CommandLine.arguments[0]
        #else
            "/proc/self/exe"
        #endif
    }
}
