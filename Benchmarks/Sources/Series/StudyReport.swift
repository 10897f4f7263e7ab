import BenchmarkSupport

/// The comparison of the series as Markdown.
struct StudyReport {
    let record: StudyRecord

    private var results: [SeriesResult] { record.series }

    /// The order of columns and of lines: the tools that have any result.
    private var toolNames: [String] {
        StudyTools.order.filter { name in results.contains { $0[name] != nil } }
    }

    var markdown: String {
        var out = """
            # Bytes stored, series by series

            Made by `make series STUDY_OPTIONS="\(record.conditions.words)"`. Series \
            made from seed \(record.conditions.seed) have \
            \(record.conditions.versions) versions of about \
            \(ByteSize.mebibytes(record.conditions.sizeBytes)) MiB; releases are those of \
            packages, pinned in `Benchmarks/corpus.py`, at most \
            \(record.conditions.releases) of each. zstd level \(record.conditions.level) where a \
            tool lets one choose it. Every \
            version was restored from every tool and compared with what was written. Sizes are \
            MiB of 2^20 bytes, the sum of all files of a store. `zstd` is each version as a file \
            of its own; `patch-from` each version as a patch of the one before it, which no one \
            can read without all versions before. For a tree, `zstd`, `patch-from` and `hf-xet` \
            get a tar of it. Boards of this tool have the default chunk size and \
            closure. \(record.machine).

            Tools: \(record.tools.joined(separator: "; ")).

            """
        if !record.skipped.isEmpty {
            out += "Skipped: \(record.skipped.joined(separator: "; ")).\n"
        }
        out += goals() + summary() + pruning()
        out += "\n## After each version, MiB\n"
        for result in results { out += section(result) }
        return out
    }

    // MARK: - Goals

    private func goals() -> String {
        var out = "\n## Goals\n\nIn parentheses the ratio, and that of patch-from: where it is "
        out += "over the limit too, others hardly store anything twice.\n\n"
        for goal in Goal.all {
            let judged = results.compactMap { result in
                goal.verdict(result).map { (name: result.series, verdict: $0) }
            }
            let missed = judged.filter { !$0.verdict.isMet }.map { name, verdict in
                let patches = verdict.ratioOfPatches.map { ", patch-from \(Self.ratio($0))" }
                return "\(name) (\(Self.ratio(verdict.ratio))\(patches ?? ""))"
            }
            out += line(goal.title, judged.count, missed, together(goal))
        }
        let pruned = results.compactMap { result in
            result.pruned.map { (name: result.series, ratio: $0.ratio) }
        }
        let missed = pruned.filter { $0.ratio > Goal.prunedLimit }
            .map { "\($0.name) (\(Self.ratio($0.ratio)))" }
        return out + line("After prune and gc ≤ 1.1 × a fresh board", pruned.count, missed, "")
    }

    private func line(
        _ title: String, _ count: Int, _ missed: [String], _ together: String
    ) -> String {
        guard count > 0 else { return "" }
        let met = "met on \(count - missed.count) of \(count) series\(together)"
        let rest = missed.isEmpty ? "" : "; missed on \(missed.joined(separator: ", "))"
        return "- **\(title)**: \(met)\(rest).\n"
    }

    /// The ratio of the sums over all series that the goal speaks of.
    private func together(_ goal: Goal) -> String {
        var (ours, others) = (0, 0)
        for result in results {
            guard let own = result["pins"]?.final, let other = goal.other(result) else { continue }
            ours += own
            others += other
        }
        return others > 0 ? ", \(Self.ratio(Double(ours) / Double(others))) of all together" : ""
    }

    private static func ratio(_ value: Double) -> String { Decimals.text(value, 3) }

    private func summary() -> String {
        let ratios = ["÷ best", "÷ restic", "÷ patch", "missed"]
        var table = MarkdownTable(["series", "payload"] + toolNames + ratios)
        for result in results {
            let cells = toolNames.map { result[$0].map { Self.mebibytes($0.final) } ?? "–" }
            let missed = Goal.all.filter { $0.verdict(result)?.isMet == false }.map(\.name)
            table.append(
                [result.series, Self.mebibytes(result.versionBytes.reduce(0, +))] + cells + [
                    ratio(result, to: result.bestRival), ratio(result, to: result["restic"]),
                    ratio(result, to: result["patch-from"]), missed.joined(separator: ", "),
                ])
        }
        return """

            ## After the last version, MiB

            `÷ best` is this tool's bytes over the smallest of restic, borg and casync.

            \(table.text)
            """
    }

    private func ratio(_ result: SeriesResult, to other: ToolResult?) -> String {
        guard let ours = result["pins"], let other else { return "–" }
        return Self.ratio(Double(ours.final) / Double(other.final))
    }

    private func pruning() -> String {
        var table = MarkdownTable([
            "series", "all versions", "kept 2, collected", "fresh board", "ratio",
        ])
        for result in results {
            guard let pruned = result.pruned else { continue }
            table.append([
                result.series, Self.mebibytes(pruned.beforeBytes),
                Self.mebibytes(pruned.afterBytes),
                Self.mebibytes(pruned.freshBytes),
                Self.ratio(pruned.ratio),
            ])
        }
        return """

            ## After prune and gc, MiB

            `pins prune --keep 2`, then `pins gc --exclusive`, beside a new board with the same \
            two versions.

            \(table.text)
            """
    }

    private func section(_ result: SeriesResult) -> String {
        let numbers = result.versionBytes.indices.map { "v\($0 + 1)" }
        var table = MarkdownTable(["tool"] + numbers + ["write CPU s", "restore CPU s"])
        var total = 0
        let sums = result.versionBytes.map { count in
            total += count
            return Self.mebibytes(total)
        }
        table.append(["payload"] + sums + ["", ""])
        for name in toolNames {
            guard let tool = result[name] else { continue }
            let seconds = [tool.writeProcessorSeconds, tool.restoreProcessorSeconds].map {
                Decimals.text($0, 2)
            }
            table.append([name] + tool.storedBytes.map(Self.mebibytes) + seconds)
        }
        let failures = result.failures.map { "\n\($0.tool) failed: \($0.message)\n" }.joined()
        return "\n### \(result.series)\n\n\(table.text)\(failures)"
    }

    private static func mebibytes(_ byteCount: Int) -> String {
        Decimals.text(Double(byteCount) / 1_048_576, byteCount < 10 << 20 ? 2 : 1)
    }
}
