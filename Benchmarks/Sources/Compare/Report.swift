import BenchmarkSupport

/// The results as Markdown, as JSON and as a chart.
struct Report {
    private let settings: Settings
    private let results: [CaseResult]
    private let skipped: [String]

    init(_ settings: Settings, _ results: [CaseResult], skipped: [String]) {
        self.settings = settings
        self.results = results
        self.skipped = skipped
    }

    var markdown: String {
        let place = settings.isInMemory ? "in memory (no disk is measured)" : "on disk"
        var out = """
            # pins beside other tools

            Data of \(ByteSize.mebibytes(settings.byteCount)) MiB, seed \(settings.seed), medians \
            of \(settings.runCount) run(s), zstd level \(settings.level) where a tool lets one \
            choose; data and stores \(place). \(Machine.description).
            Times are wall seconds, in parentheses processor seconds; memory is the largest \
            resident set (this program's own, about 13 MiB, is the least that shows); sizes are MiB of 2^20 bytes. Every version that was restored was \
            compared with what was written.

            Tools: \(versions.joined(separator: "; ")).

            """
        if !skipped.isEmpty {
            out += "Skipped, not installed: \(skipped.joined(separator: ", ")).\n"
        }
        for result in results { out += section(result) }
        return out
    }

    private func section(_ result: CaseResult) -> String {
        var table = MarkdownTable([
            "tool", "write new", "MiB/s", "peak", "write edited", "MiB/s", "peak", "restore",
            "MiB/s", "peak", "stored v1", "v1 + v2", "added",
        ])
        for outcome in result.outcomes {
            var row = [outcome.tool]
            row += cells(outcome.ingest, result.firstByteCount)
            row += cells(outcome.reingest, result.secondByteCount)
            row += cells(outcome.restore, result.secondByteCount)
            row.append(ByteSize.mebibytes(outcome.storedFirst))
            row.append(ByteSize.mebibytes(outcome.storedBoth))
            row.append(ByteSize.mebibytes(outcome.storedBoth - outcome.storedFirst))
            table.append(row)
        }
        let sizes = [result.firstByteCount, result.secondByteCount].map(ByteSize.mebibytes)
        return "\n## \(result.name): \(sizes[0]) MiB, then \(sizes[1]) MiB\n\n\(table.text)"
    }

    private func cells(_ usage: Child.Usage, _ byteCount: Int) -> [String] {
        let wall = Decimals.text(usage.wallSeconds, 2)
        let processor = Decimals.text(usage.processorSeconds, 2)
        let rate = Double(byteCount) / 1_048_576 / usage.wallSeconds
        return [
            "\(wall) (\(processor))", Decimals.text(rate, 0),
            ByteSize.mebibytes(usage.peakByteCount),
        ]
    }

    var chart: BarChart {
        let size = ByteSize.mebibytes(settings.byteCount)
        var chart = BarChart(
            title: "\(size) MiB written, edited, restored",
            notes: [
                "Shorter is better. One machine, runs: \(settings.runCount) (medians); every "
                    + "restored byte compared."
            ])
        for result in results {
            func panel(_ title: String, _ unit: String, _ value: (Outcome) -> Double)
                -> BarChart.Panel
            {
                BarChart.Panel(
                    title, unit: unit, result.outcomes.map { .init($0.tool, value($0)) })
            }
            chart.append(
                result.name,
                [
                    panel("write new", "s") { $0.ingest.wallSeconds },
                    panel("write edited", "s") { $0.reingest.wallSeconds },
                    panel("restore", "s") { $0.restore.wallSeconds },
                    panel("stored, both", "MiB") { Double($0.storedBoth) / 1_048_576 },
                    panel("peak memory", "MiB") { Double(Self.peak($0)) / 1_048_576 },
                ])
        }
        return chart
    }

    private static func peak(_ outcome: Outcome) -> Int {
        max(
            outcome.ingest.peakByteCount, outcome.reingest.peakByteCount,
            outcome.restore.peakByteCount)
    }

    var json: JSON {
        func usage(_ usage: Child.Usage) -> JSON {
            .object([
                ("wall_seconds", .number(usage.wallSeconds)),
                ("processor_seconds", .number(usage.processorSeconds)),
                ("peak_bytes", .integer(usage.peakByteCount)),
            ])
        }
        let cases = results.map { result in
            JSON.object([
                ("case", .text(result.name)),
                ("v1_bytes", .integer(result.firstByteCount)),
                ("v2_bytes", .integer(result.secondByteCount)),
                (
                    "tools",
                    .array(
                        result.outcomes.map { outcome in
                            .object([
                                ("tool", .text(outcome.tool)),
                                ("write_new", usage(outcome.ingest)),
                                ("write_edited", usage(outcome.reingest)),
                                ("restore", usage(outcome.restore)),
                                ("stored_v1_bytes", .integer(outcome.storedFirst)),
                                ("stored_both_bytes", .integer(outcome.storedBoth)),
                            ])
                        })
                ),
            ])
        }
        return .object([
            ("machine", .text(Machine.description)), ("size_bytes", .integer(settings.byteCount)),
            ("seed", .integer(Int(settings.seed))), ("runs", .integer(settings.runCount)),
            ("level", .integer(settings.level)),
            ("in_memory", .integer(settings.isInMemory ? 1 : 0)),
            ("skipped", .array(skipped.map { .text($0) })), ("cases", .array(cases)),
        ])
    }

    /// What every tool says about itself: the first line.
    private var versions: [String] {
        settings.tools.filter { !skipped.contains($0.name) }.map { tool in
            let path = "\(settings.folder)/pins-compare-version"
            var child = Child(tool.program, tool.versionArguments)
            child.output = path
            defer { try? Folders.remove(path) }
            guard (try? child.run(messages: "/dev/null")) != nil,
                let line = try? Files.text(of: path).split(separator: "\n").first
            else { return tool.name }
            let words = line.split { $0 == " " || $0 == "*" }
            let text = words.joined(separator: " ")
            return text.hasPrefix(tool.name) ? text : "\(tool.name) \(text)"
        }
    }
}
