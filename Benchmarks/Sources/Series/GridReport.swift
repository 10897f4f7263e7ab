import BenchmarkSupport

/// The grid as Markdown and JSON.
struct GridReport {
    /// A series at all points.
    struct Row {
        let series: String
        /// Of all versions together.
        let byteCount: Int
        /// Of the newest one.
        let restoredByteCount: Int
        var results: [Grid.Point: ToolResult] = [:]
    }

    let grid: Grid
    let rows: [Row]

    var markdown: String {
        var out = """
            # Bytes stored by chunk size, closure and level

            Made by `make grid`: \(grid.settings.maker.versionCount) versions of about \
            \(ByteSize.mebibytes(grid.settings.maker.byteCount)) MiB a series, seed \
            \(grid.settings.maker.seed), at most \(grid.settings.maker.releaseCount) releases of a package. \
            MiB of the whole board after the last version; the newest is restored and compared. CPU \
            seconds are user and kernel, for a GB of 10^9 bytes of payload. `mean` is the geometric mean of the \
            ratios to the smallest of the row.

            """
        for sweep in grid.sweeps { out += section(sweep) }
        return out + differences()
    }

    private func section(_ sweep: Grid.Sweep) -> String {
        var table = MarkdownTable(["series"] + sweep.labels)
        var logarithms = sweep.points.map { _ in 0.0 }
        for row in rows {
            let sizes = sweep.points.map { row.results[$0]?.final ?? 0 }
            let least = Double(max(1, sizes.min() ?? 1))
            for (index, size) in sizes.enumerated() {
                logarithms[index] += logarithm(Double(size) / least)
            }
            table.append([row.series] + sizes.map(Self.mebibytes))
        }
        let count = Double(max(1, rows.count))
        table.append(["mean"] + logarithms.map { Decimals.text(exponential($0 / count), 4) })
        table.append(
            ["write CPU s/GB"] + sweep.points.map { seconds($0, \.writeSeconds, \.byteCount) })
        table.append(
            ["restore CPU s/GB"]
                + sweep.points.map { seconds($0, \.restoreSeconds, \.restoredByteCount) })
        return "\n## \(sweep.title)\n\n\(table.text)"
    }

    private func seconds(
        _ point: Grid.Point, _ part: KeyPath<ToolResult, Double>, _ count: KeyPath<Row, Int>
    ) -> String {
        let total = rows.reduce(0.0) { $0 + ($1.results[point]?[keyPath: part] ?? 0) }
        let bytes = rows.reduce(0.0) { $0 + Double($1[keyPath: count]) }
        return Decimals.text(total / max(1, bytes) * 1e9, 2)
    }

    /// The series on which the two candidates for the default differ by more than 2 %.
    private func differences() -> String {
        let (small, large) = (Grid.Point(averageKibibytes: 64), Grid.Point(averageKibibytes: 256))
        var table = MarkdownTable(["series", "64 KiB", "256 KiB", "256 ÷ 64"])
        for row in rows {
            guard let ours = row.results[small]?.final, let theirs = row.results[large]?.final,
                abs(Double(theirs) / Double(max(1, ours)) - 1) > 0.02
            else { continue }
            table.append([
                row.series, Self.mebibytes(ours), Self.mebibytes(theirs),
                Decimals.text(Double(theirs) / Double(max(1, ours)), 3),
            ])
        }
        return "\n## Where 64 and 256 KiB differ by more than 2 %\n\n\(table.text)"
    }

    private static func mebibytes(_ byteCount: Int) -> String {
        Decimals.text(Double(byteCount) / 1_048_576, byteCount < 10 << 20 ? 2 : 1)
    }

    var json: JSON {
        .object([
            ("machine", .text(Machine.description)),
            ("size_bytes", .integer(grid.settings.maker.byteCount)),
            ("seed", .integer(Int(grid.settings.maker.seed))),
            ("series", .array(rows.map(json))),
        ])
    }

    private func json(_ row: Row) -> JSON {
        .object([
            ("series", .text(row.series)), ("payload_bytes", .integer(row.byteCount)),
            (
                "points",
                .array(
                    grid.points.compactMap { point in
                        row.results[point].map { Self.json(point, $0) }
                    })
            ),
        ])
    }

    private static func json(_ point: Grid.Point, _ result: ToolResult) -> JSON {
        .object([
            ("chunk_average_kib", .integer(point.averageKibibytes)),
            ("level", .integer(point.level)), ("closure_frames", .integer(point.closure)),
            ("stored_bytes", .integer(result.final)),
            ("write_processor_seconds", .number(result.writeSeconds)),
            ("restore_processor_seconds", .number(result.restoreSeconds)),
        ])
    }
}
