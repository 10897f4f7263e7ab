import BenchmarkSupport

/// Chunk size, closure and level, one at a time around two starting points, over all series.
struct Grid {
    /// Settings of a board.
    struct Point: Codable, Hashable {
        var averageKibibytes: Int
        var level: Int
        var closure: Int

        init(averageKibibytes: Int, level: Int = 3, closure: Int = 4) {
            self.averageKibibytes = averageKibibytes
            self.level = level
            self.closure = closure
        }

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

    func run(isUpdate: Bool) throws {
        var record = GridRecord(conditions: StudyConditions(settings))
        if isUpdate, let folder = settings.results {
            let earlier: GridRecord? = try RecordFile.read("\(folder)/grid.json")
            if let earlier {
                guard earlier.conditions == record.conditions else {
                    throw Failure("\(folder)/grid.json is of another size, seed or level")
                }
                record = earlier
            }
        }
        if settings.series.isEmpty { try write(record) }
        try settings.withFolder { root in
            for series in settings.series {
                record.update(try row(series, in: "\(root)/series"))
                try write(record)
            }
        }
    }

    private func row(_ series: Series, in folder: String) throws -> GridRecord.Row {
        try Files.makeFolder(folder)
        defer { try? Folders.remove(folder) }
        let versions = try settings.maker.make(series, in: folder)
        var row = GridRecord.Row(
            series: series.name, payloadBytes: versions.byteCounts.reduce(0, +),
            restoredBytes: versions.byteCounts.last ?? 0)
        for point in points {
            Program.note("\(series.name): \(point.words.joined(separator: " "))")
            let tool = StudyTools.pins(settings.pins, settings: point.words)
            row[point] = try StudyRunner(level: point.level).run(
                tool, versions, in: folder, restoredCount: 1)
        }
        return row
    }

    private func write(_ record: GridRecord) throws {
        let report = GridReport(record: record)
        guard let folder = settings.results else { return print(report.markdown) }
        try Files.makeFolder(folder)
        try Files.write(report.markdown, to: "\(folder)/grid.md")
        try RecordFile.write(record, to: "\(folder)/grid.json")
    }
}
