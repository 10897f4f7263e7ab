import BenchmarkSupport

/// Chunk size, closure and level, one at a time around two starting points, over all series.
struct Grid {
    /// Settings of a board.
    struct Point: Hashable {
        var averageKibibytes: Int
        var level = 3
        var closure = 4

        var words: [String] {
            [
                "--chunk-average", "\(averageKibibytes)KiB", "--level", "\(level)",
                "--closure-frames", "\(closure)",
            ]
        }
    }

    /// Points that differ in one thing.
    struct Sweep {
        let title: String
        let points: [Point]
        /// What differs, for the head of a column.
        let labels: [String]
    }

    static let averages = [32, 64, 128, 256, 512]
    static let closures = [1, 2, 4, 8]
    static let levels = [1, 3, 6, 9]
    static let centres = [256, 64]

    static let sweeps: [Sweep] =
        [
            Sweep(
                title: "Average chunk, KiB (level 3, closures of 4 frames)",
                points: averages.map { Point(averageKibibytes: $0) },
                labels: averages.map { "\($0)" })
        ]
        + centres.flatMap { centre in
            [
                Sweep(
                    title: "Frames of a closure (\(centre) KiB, level 3; 1 is without deltas)",
                    points: closures.map { Point(averageKibibytes: centre, closure: $0) },
                    labels: closures.map { "\($0)" }),
                Sweep(
                    title: "Level (\(centre) KiB, closures of 4 frames)",
                    points: levels.map { Point(averageKibibytes: centre, level: $0) },
                    labels: levels.map { "\($0)" }),
            ]
        }

    let settings: StudySettings

    func run() throws {
        try Files.makeFolder(settings.folder)
        defer { try? Folders.remove(settings.folder) }
        var points: [Point] = []
        for point in Self.sweeps.flatMap(\.points) where !points.contains(point) {
            points.append(point)
        }
        var rows: [GridReport.Row] = []
        for series in settings.series {
            let folder = "\(settings.folder)/series"
            try Files.makeFolder(folder)
            let versions = try settings.maker.make(series, in: folder)
            var row = GridReport.Row(
                series: series.name, byteCount: versions.byteCounts.reduce(0, +))
            for point in points {
                Program.note("\(series.name): \(point.words.joined(separator: " "))")
                let tool = StudyTools.pins(settings.pins, settings: point.words)
                row.results[point] = try StudyRunner(level: point.level).run(
                    tool, versions, in: folder)
            }
            try Folders.remove(folder)
            rows.append(row)
            try write(GridReport(settings: settings, rows: rows))
        }
    }

    private func write(_ report: GridReport) throws {
        guard let folder = settings.results else { return print(report.markdown) }
        try Files.makeFolder(folder)
        try Files.write(report.markdown, to: "\(folder)/grid.md")
        try Files.write(report.json.document, to: "\(folder)/grid.json")
    }
}
