import BenchmarkSupport

/// The comparison: makes each series, lets every tool have it, and writes the report after each,
/// so that a run that is cut short has shown something.
struct Study {
    let settings: StudySettings

    func run() throws {
        try withFolder { root in
            let versions = settings.versions(in: root)
            var results: [SeriesResult] = []
            for series in settings.series {
                Program.note("\(series.name): making the versions")
                results.append(try run(series, in: root))
                let report = StudyReport(
                    settings: settings, results: results, versions: versions,
                    skipped: settings.skipped)
                try write(report, results)
            }
        }
    }

    private func run(_ series: Series, in root: String) throws -> SeriesResult {
        let folder = "\(root)/series"
        try Files.makeFolder(folder)
        defer { try? Folders.remove(folder) }
        let versions = try settings.maker.make(series, in: folder)
        let runner = StudyRunner(level: settings.level)
        var result = SeriesResult(series: series, byteCounts: versions.byteCounts)
        for tool in settings.tools {
            Program.note("\(series.name): \(tool.name)")
            do {
                result.tools.append(try runner.run(tool, versions, in: folder))
            } catch let failure as Failure where tool.program != settings.pins {
                // Another tool's fault is a finding; ours is not to be overlooked.
                result.failures.append((tool.name, failure.description))
                Program.note("\(series.name): \(tool.name) failed: \(failure)")
            }
        }
        if let ours = settings.tools.first(where: { $0.name == "pins" }) {
            result.pruned = try runner.prune(ours, versions, in: folder)
        }
        return result
    }

    private func write(_ report: StudyReport, _ results: [SeriesResult]) throws {
        guard let folder = settings.results else { return print(report.markdown) }
        try Files.makeFolder(folder)
        try Files.write(report.markdown, to: "\(folder)/series.md")
        try Files.write(report.json.document, to: "\(folder)/series.json")
        try Files.write(StudyChart(results).svg, to: "\(folder)/series.svg")
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        try Files.makeFolder(settings.folder)
        defer { try? Folders.remove(settings.folder) }
        try body(settings.folder)
    }
}
