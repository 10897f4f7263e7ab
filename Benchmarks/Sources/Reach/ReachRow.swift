import BenchmarkSupport
import PinTesting

/// One line of the table: how far this package reaches, as a ratio.
struct ReachRow {
    let job: String
    let against: String
    /// Throughput over the other's, or time over the other's for ``isTime``; `nil` where the other
    /// is not here.
    let ratio: Figure?
    /// As ``ratio``, of processor time in the place of wall time: what it would be if all cores
    /// were always busy. Not for ranges.
    var processorRatio: Double?
    /// What is to be reached; `nil` where the row only informs.
    let reach: Double?
    /// Whether less is better.
    var isTime = false

    /// Whether it is reached; `nil` where nothing is to be.
    var isMet: Bool? {
        guard let ratio, let reach else { return nil }
        return isTime ? ratio.best <= reach : ratio.best >= reach
    }

    /// The rows of the table of reach, from what was measured.
    static func all(_ rounds: Rounds, _ ranges: RangeReads?, defaultLevel: Int) -> [ReachRow] {
        let cores = Double(Machine.coreCount)
        func seconds(_ job: Job, _ name: String) -> Figure? { rounds.seconds[job]?[name] }
        func processor(_ job: Job, _ name: String) -> Double? {
            rounds.processor[job]?.best(name)
        }
        func against(
            _ job: Job, _ name: String, _ other: String, _ reach: Double?
        ) -> ReachRow {
            row(
                job.rawValue, name, other, seconds(job, name), seconds(job, other), reach,
                processor(job, name), processor(job, other))
        }
        func limit(
            _ job: Job, _ name: String, _ parts: [Parts.Part], _ reach: Double?,
            _ kind: Corpus.Kind = .csv
        ) -> ReachRow {
            let (measured, size) = (rounds.parts[kind], rounds.byteCounts[job] ?? 0)
            let other = measured?.limit(parts, byteCount: size)
            let text = "limit of " + parts.map(\.rawValue).joined(separator: " + ")
            return row(
                job.rawValue, name, text, seconds(job, name), other, reach, processor(job, name),
                measured?.processorLimit(parts, byteCount: size))
        }
        let third = defaultLevel == 3 ? "pins" : "pins -3"
        var rows = [
            against(.new, third, "zstd -3", 0.9), against(.new, "pins -1", "zstd -1", 0.75),
            against(.new, "pins", "restic", 3), against(.new, "pins", "borg", 3),
            against(.new, "pins", "casync", 1), against(.new, "pins", "hf-xet", 1),
            limit(.new, "pins", Parts.ofWriting, nil),
            limit(.random, "pins", Parts.ofWritingRandom, 0.8, .random),
        ]
        let both: [Parts.Part] = [.gear, .chunkDigests, .flatDigest]
        for job in [Job.again, .edited, .scattered] {
            rows.append(limit(job, "pins", both, job == .scattered ? nil : 0.9))
        }
        for job in [Job.again, .edited, .scattered] {
            rows.append(
                limit(
                    job, Entrant.flatless, [.gear, .chunkDigests], job == .scattered ? nil : 1.3))
        }
        let oneCore = rounds.processor[.restore]?["zstd -3"]
        rows.append(
            row(
                Job.restore.rawValue, "pins", "zstd -d on one core × cores",
                seconds(.restore, "pins"), oneCore.map { $0 * (1 / cores) }, 0.9,
                processor(.restore, "pins"), oneCore?.best))
        rows.append(limit(.restore, "pins", [.read, .decode, .chunkDigests, .write], nil))
        if let ranges {
            let (ours, plain) = (
                ranges.samples[RangeReads.ours], ranges.samples[RangeReads.plain]
            )
            let ratio = ours.flatMap { ours in plain.map { ours / $0 } }
            rows.append(
                ReachRow(
                    job: "1 MiB at a random place, of deltas", against: "time of pread + decode",
                    ratio: ratio, reach: 3, isTime: true))
        }
        return rows
    }

    /// A ratio of throughputs: the other's seconds over ours.
    private static func row(
        _ job: String, _ name: String, _ other: String, _ ours: Figure?, _ theirs: Figure?,
        _ reach: Double?, _ ourProcessor: Double?, _ theirProcessor: Double?
    ) -> ReachRow {
        let ratio = ours.flatMap { ours in theirs.map { $0 / ours } }
        let job = name == "pins" ? job : "\(job) (\(name))"
        let processor = ourProcessor.flatMap { ours in theirProcessor.map { $0 / ours } }
        return ReachRow(
            job: job, against: other, ratio: ratio, processorRatio: processor, reach: reach)
    }
}
