import BenchmarkSupport

/// The comparison: makes each series, lets every tool have it, and writes the report after each,
/// so that a run that is cut short has shown something and `--update` goes on from there.
struct Study {
    let settings: StudySettings
    /// Whether results of series that are not measured now stay.
    let isUpdate: Bool

    func run() throws {
        try settings.withFolder { root in
            var record = StudyRecord(
                conditions: StudyConditions(settings), tools: settings.versions(in: root),
                skipped: settings.skipped)
            if isUpdate, let folder = settings.results {
                let earlier: StudyRecord? = try RecordFile.read("\(folder)/series.json")
                if let earlier {
                    guard earlier.conditions == record.conditions else {
                        throw Failure("\(folder)/series.json is of another size, seed or level")
                    }
                    record.series = earlier.series
                    if settings.series.isEmpty { record = earlier }
                }
            }
            if settings.series.isEmpty { try write(record) }
            for series in settings.series {
                Program.note("\(series.name): making the versions")
                record.update(try run(series, in: root))
                try write(record)
            }
        }
    }

    private func run(_ series: Series, in root: String) throws -> SeriesResult {
        let folder = "\(root)/series"
        try Files.makeFolder(folder)
        defer { try? Folders.remove(folder) }
        let versions = try settings.maker.make(series, in: folder)
        let runner = StudyRunner(level: settings.level)
        var result = SeriesResult(
            series: series.name, isText: series.isText, versionBytes: versions.byteCounts)
        for tool in settings.tools {
            Program.note("\(series.name): \(tool.name)")
            do {
                result.tools.append(try runner.run(tool, versions, in: folder))
            } catch let failure as Failure where tool.program != settings.pins {
                // Another tool's fault is a finding; ours is not to be overlooked.
                result.failures.append(.init(tool: tool.name, message: failure.description))
                Program.note("\(series.name): \(tool.name) failed: \(failure)")
            }
        }
        if let ours = settings.tools.first(where: { $0.name == "pins" }) {
            result.pruned = try runner.prune(ours, versions, in: folder)
        }
        return result
    }

    private func write(_ record: StudyRecord) throws {
        let report = StudyReport(record: record)
        guard let folder = settings.results else { return print(report.markdown) }
        try Files.makeFolder(folder)
        try Files.write(report.markdown, to: "\(folder)/series.md")
        try RecordFile.write(record, to: "\(folder)/series.json")
        try Files.write(StudyChart(record.series).svg, to: "\(folder)/series.svg")
        let chosen = record.series.filter { Series.highlights.contains($0.series) }
        guard !chosen.isEmpty else { return }
        try Files.write(StudyChart(chosen).svg, to: "\(folder)/series-short.svg")
    }
}
