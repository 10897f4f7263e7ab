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
        /// What differs, as `--sweeps` calls it.
        let kind: String
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
                kind: "chunk",
                title: "Average chunk, KiB (level 3, closures of 4 frames)",
                points: averages.map { Point(averageKibibytes: $0) },
                labels: averages.map { "\($0)" })
        ]
        + centres.flatMap { centre in
            [
                Sweep(
                    kind: "closure",
                    title: "Frames of a closure (\(centre) KiB, level 3; 1 is without deltas)",
                    points: closures.map { Point(averageKibibytes: centre, closure: $0) },
                    labels: closures.map { "\($0)" }),
                Sweep(
                    kind: "level",
                    title: "Level (\(centre) KiB, closures of 4 frames)",
                    points: levels.map { Point(averageKibibytes: centre, level: $0) },
                    labels: levels.map { "\($0)" }),
            ]
        }

    let settings: StudySettings
    /// What is varied.
    let sweeps: [Sweep]
    /// Every point of them, once.
    let points: [Point]

    /// - Parameter kinds: Names of kinds of sweeps; all where it is empty.
    init(settings: StudySettings, kinds: [String]) {
        self.settings = settings
        sweeps = Self.sweeps.filter { kinds.isEmpty || kinds.contains($0.kind) }
        var points: [Point] = []
        for point in sweeps.flatMap(\.points) where !points.contains(point) {
            points.append(point)
        }
        self.points = points
    }

    func run() throws {
        try Files.makeFolder(settings.folder)
        defer { try? Folders.remove(settings.folder) }
        var rows: [GridReport.Row] = []
        for series in settings.series {
            let folder = "\(settings.folder)/series"
            try Files.makeFolder(folder)
            let versions = try settings.maker.make(series, in: folder)
            var row = GridReport.Row(
                series: series.name, byteCount: versions.byteCounts.reduce(0, +),
                restoredByteCount: versions.byteCounts.last ?? 0)
            for point in points {
                Program.note("\(series.name): \(point.words.joined(separator: " "))")
                let tool = StudyTools.pins(settings.pins, settings: point.words)
                row.results[point] = try StudyRunner(level: point.level).run(
                    tool, versions, in: folder, restoredCount: 1)
            }
            try Folders.remove(folder)
            rows.append(row)
            try write(GridReport(grid: self, rows: rows))
        }
    }

    private func write(_ report: GridReport) throws {
        guard let folder = settings.results else { return print(report.markdown) }
        try Files.makeFolder(folder)
        try Files.write(report.markdown, to: "\(folder)/grid.md")
        try Files.write(report.json.document, to: "\(folder)/grid.json")
    }
}
