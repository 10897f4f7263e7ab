import BenchmarkSupport
import PinTesting

/// What was measured, as Markdown and JSON.
struct ReachReport {
    let rounds: Rounds
    let ranges: RangeReads?
    let rows: [ReachRow]
    let roundCount: Int
    let isInMemory: Bool
    let level: Int
    let skipped: [String]

    var markdown: String {
        let place = isInMemory ? "in memory (no disk is measured)" : "on disk"
        let size = ByteSize.mebibytes(rounds.byteCounts[.new] ?? 0)
        var out = """
            # Reach

            Ratios of one run, best of \(roundCount) rounds over best of \(roundCount) rounds, beside \
            them the ratio of the medians; \(size) MiB of data, warm cache, data and stores \
            \(place). \(Machine.description). Commands are timed from their start to their end, so \
            the start of a process is in every figure but those of the limits and of the ranges. \
            Every store was restored and compared with what was written. A limit is the time of \
            its parts alone, measured between the commands in the measuring process, by all cores \
            at once. The column "processor" is the same ratio of processor \
            seconds, on whatever cores. pins' own level is \(level).


            """
        if !skipped.isEmpty { out += "Not here: \(skipped.joined(separator: ", ")).\n\n" }
        var table = MarkdownTable([
            "job", "against", "ratio", "of medians", "processor", "reach", "met",
        ])
        for row in rows {
            table.append([
                row.job, row.against, row.ratio.map { Decimals.text($0.best, 2) } ?? "–",
                row.ratio.map { Decimals.text($0.median, 2) } ?? "–",
                row.processorRatio.map { Decimals.text($0, 2) } ?? "",
                row.reach.map { (row.isTime ? "≤ " : "≥ ") + Decimals.short($0) } ?? "",
                row.isMet.map { $0 ? "yes" : "no" } ?? "",
            ])
        }
        return out + table.text + "\n## Throughput, MiB a second\n\n" + throughput
            + "\n## Parts, nanoseconds of each core for a byte\n\n" + partsTable + rangeLine
    }

    private var throughput: String {
        var table = MarkdownTable(["job", "tool", "best", "median", "processor seconds"])
        for job in Job.allCases {
            guard let samples = rounds.seconds[job] else { continue }
            for name in samples.names {
                guard let figure = samples[name] else { continue }
                let size = Double(rounds.byteCounts[job] ?? 0) / 1_048_576
                table.append([
                    job.rawValue, name, Decimals.text(size / figure.best, 0),
                    Decimals.text(size / figure.median, 0),
                    Decimals.text(rounds.processor[job]?.best(name) ?? 0, 2),
                ])
            }
        }
        return table.text
    }

    private var partsTable: String {
        var table = MarkdownTable(["part", "CSV", "random"])
        for part in Parts.Part.allCases {
            table.append(
                [part.rawValue]
                    + [Corpus.Kind.csv, .random].map { kind in
                        let best = rounds.parts[kind]?.samples.best(part.rawValue)
                        return best.map { Decimals.text($0 * 1e9, 3) } ?? "–"
                    })
        }
        return table.text
    }

    private var rangeLine: String {
        guard let ranges, let ours = ranges.samples[RangeReads.ours],
            let plain = ranges.samples[RangeReads.plain]
        else { return "" }
        return """

            Ranges: \(Decimals.text(ours.best * 1e3, 2)) ms for 1 MiB, \
            \(Decimals.text(plain.best * 1e3, 2)) ms for pread and decode of plain frames of its \
            chunks; a version of \(ByteSize.mebibytes(ranges.byteCount)) MiB that took \
            \(ByteSize.mebibytes(Int(ranges.addedByteCount))) MiB beside the one before.

            """
    }

    var json: JSON {
        func figure(_ figure: Figure?) -> [(String, JSON)] {
            guard let figure else { return [] }
            return [("best", .number(figure.best)), ("median", .number(figure.median))]
        }
        let jobs = Job.allCases.compactMap { job -> JSON? in
            guard let samples = rounds.seconds[job] else { return nil }
            var fields: [(String, JSON)] = [
                ("job", .text(job.rawValue)), ("bytes", .integer(rounds.byteCounts[job] ?? 0)),
                (
                    "seconds",
                    .array(
                        samples.names.map { name in
                            .object([("tool", .text(name))] + figure(samples[name]))
                        })
                ),
            ]
            if let limit = limit(job) { fields.append(("limit", .object(figure(limit)))) }
            return .object(fields)
        }
        let table = rows.map { row in
            JSON.object(
                [("job", .text(row.job)), ("against", .text(row.against))] + figure(row.ratio)
                    + (row.processorRatio.map { [("processor", .number($0))] } ?? [])
                    + (row.reach.map { [("reach", .number($0))] } ?? [])
                    + (row.isMet.map { [("met", .flag($0))] } ?? []))
        }
        return .object([
            ("machine", .text(Machine.description)), ("rounds", .integer(roundCount)),
            ("in_memory", .flag(isInMemory)), ("level", .integer(level)),
            ("skipped", .array(skipped.map { .text($0) })), ("reach", .array(table)),
            ("jobs", .array(jobs)), ("nanoseconds_per_byte", parts),
        ])
    }

    private var parts: JSON {
        .object(
            rounds.parts.sorted { $0.key.rawValue < $1.key.rawValue }.map { kind, parts in
                let values = Parts.Part.allCases.compactMap { part in
                    parts.samples.best(part.rawValue).map {
                        (part.rawValue, JSON.number($0 * 1e9))
                    }
                }
                return (kind.rawValue, .object(values))
            })
    }

    /// What the machine allows for a job, in seconds.
    private func limit(_ job: Job) -> Figure? {
        let (kind, wanted): (Corpus.Kind, [Parts.Part]) =
            switch job {
            case .new: (.csv, Parts.ofWriting)
            case .random: (.random, Parts.ofWritingRandom)
            case .again, .edited, .scattered: (.csv, [.gear, .chunkDigests, .flatDigest])
            case .restore: (.csv, [.read, .decode, .chunkDigests, .write])
            }
        return rounds.parts[kind]?.limit(wanted, byteCount: rounds.byteCounts[job] ?? 0)
    }
}
