import BenchmarkSupport
import PinTesting

/// Runs every entrant once a round, and the parts between them, so that a machine that slows down
/// slows all of them.
final class Rounds {
    /// Jobs that are in the picture only, not in the table, are timed in so many rounds.
    private static let pictureRoundCount = 2

    private let root: String
    private let byteCount: Int
    private let count: Int
    private let entrants: [Entrant]
    private let defaultLevel: Int
    /// Seconds of wall time by entrant, for each job.
    private(set) var seconds: [Job: Samples] = [:]
    /// Processor seconds of the same.
    private(set) var processor: [Job: Samples] = [:]
    /// What the parts take on the CSV and on random bytes.
    private(set) var parts: [Corpus.Kind: Parts] = [:]
    /// How large the payload of each job is.
    private(set) var byteCounts: [Job: Int] = [:]

    init(
        in root: String, byteCount: Int, count: Int, entrants: [Entrant], defaultLevel: Int
    ) {
        self.root = root
        self.byteCount = byteCount
        self.count = count
        self.entrants = entrants
        self.defaultLevel = defaultLevel
    }

    func run() throws {
        try runTable()
        try runRandom()
    }

    private func runTable() throws {
        Program.note("making a CSV and its edits")
        let base = Corpus(.csv, byteCount: byteCount, seed: 1)
        let block = base.version(2, edit: .init(.block, partsPerMillion: 1000))
        let scatter = base.version(2, edit: .init(.scatter, partsPerMillion: 1000))
        let paths = ["\(root)/first", "\(root)/block", "\(root)/scatter"]
        let sizes = try zip([base, block, scatter], paths).map { try Files.write($0, to: $1) }
        byteCounts = [
            .new: sizes[0], .again: sizes[0], .edited: sizes[1], .restore: sizes[1],
            .scattered: sizes[2],
        ]
        var measured = try Parts(paths[0], level: defaultLevel)
        for round in 1...count {
            for entrant in entrants {
                Program.note("CSV, round \(round) of \(count): \(entrant.name)")
                try cycle(entrant.inRound(round, of: Self.pictureRoundCount), paths, round == 1)
                if entrant.name.hasPrefix("pins") { try measured.measure() }
            }
        }
        parts[.csv] = measured
        for path in paths { try Folders.remove(path) }
    }

    /// New, the same again, edited, restored, edited all over; as far as the entrant is timed.
    private func cycle(_ entrant: Entrant, _ paths: [String], _ checks: Bool) throws {
        let run = try ToolRun(entrant.tool, in: "\(root)/store", level: entrant.level)
        note(.new, entrant, try run.write(paths[0], version: 1))
        var latest = 1
        if entrant.jobs.contains(.again) {
            latest = 2
            note(.again, entrant, try run.write(paths[0], version: 2))
        }
        if entrant.jobs.contains(.edited) {
            latest = 3
            note(.edited, entrant, try run.write(paths[1], version: 3))
        }
        let path = latest == 3 ? paths[1] : paths[0]
        if entrant.jobs.contains(.restore) {
            note(.restore, entrant, try run.restore(latest, equalTo: path))
        } else if checks {
            _ = try run.restore(latest, equalTo: path)
        }
        if entrant.jobs.contains(.scattered) {
            // From the same state as the block: against the unedited version.
            _ = try run.write(paths[0], version: 4)
            note(.scattered, entrant, try run.write(paths[2], version: 5))
            if checks { _ = try run.restore(5, equalTo: paths[2]) }
        }
        try run.remove()
    }

    private func runRandom() throws {
        Program.note("making random bytes")
        let path = "\(root)/random"
        byteCounts[.random] = try Files.write(
            Corpus(.random, byteCount: byteCount, seed: 2), to: path)
        var measured = try Parts(path, level: defaultLevel)
        for round in 1...count {
            let timed = entrants.map { $0.inRound(round, of: Self.pictureRoundCount) }
            for entrant in timed where entrant.jobs.contains(.random) {
                Program.note("random bytes, round \(round) of \(count): \(entrant.name)")
                let run = try ToolRun(entrant.tool, in: "\(root)/store", level: entrant.level)
                note(.random, entrant, try run.write(path, version: 1))
                if round == 1 { _ = try run.restore(1, equalTo: path) }
                try run.remove()
                if entrant.name.hasPrefix("pins") { try measured.measure() }
            }
        }
        parts[.random] = measured
        try Folders.remove(path)
    }

    private func note(_ job: Job, _ entrant: Entrant, _ usage: Child.Usage) {
        guard entrant.jobs.contains(job) else { return }
        seconds[job, default: Samples()].append(entrant.name, usage.wallSeconds)
        processor[job, default: Samples()].append(entrant.name, usage.processorSeconds)
    }
}
