import BenchmarkSupport

/// The grid as Markdown.
struct GridReport {
    let record: GridRecord

    private typealias Row = GridRecord.Row
    private var rows: [Row] { record.series }

    var markdown: String {
        var out = """
            # Bytes stored by chunk size, closure and level

            Made by `make grid STUDY_OPTIONS="\(record.conditions.words)"`: \
            \(record.conditions.versions) versions of about \
            \(ByteSize.mebibytes(record.conditions.sizeBytes)) MiB a series, seed \
            \(record.conditions.seed), at most \(record.conditions.releases) releases of a \
            package. MiB of the whole board after the last version; the newest is restored and \
            compared. CPU seconds are user and kernel, for a GB of 10^9 bytes of payload. `mean` \
            is the geometric mean of the ratios to the smallest of the row. A table has the series \
            that were measured at all of its points. \
            \(record.machine).

            """
        for sweep in Grid.sweeps { out += section(sweep) }
        return out + differences()
    }

    private func section(_ sweep: Grid.Sweep) -> String {
        var table = MarkdownTable(["series"] + sweep.labels)
        // A row counts where it has all points.
        let full = rows.filter { row in sweep.points.allSatisfy { row[$0] != nil } }
        guard !full.isEmpty else { return "" }
        var logarithms = sweep.points.map { _ in 0.0 }
        for row in full {
            let sizes = sweep.points.map { row[$0]?.final ?? 0 }
            let least = Double(max(1, sizes.min() ?? 1))
            for (index, size) in sizes.enumerated() {
                logarithms[index] += logarithm(Double(size) / least)
            }
            table.append([row.series] + sizes.map(Self.mebibytes))
        }
        let count = Double(full.count)
        table.append(["mean"] + logarithms.map { Decimals.text(exponential($0 / count), 4) })
        table.append(
            ["write CPU s/GB"]
                + sweep.points.map { seconds(full, $0, \.writeProcessorSeconds, \.payloadBytes) })
        table.append(
            ["restore CPU s/GB"]
                + sweep.points.map {
                    seconds(full, $0, \.restoreProcessorSeconds, \.restoredBytes)
                })
        return "\n## \(sweep.title)\n\n\(table.text)"
    }

    private func seconds(
        _ rows: [Row], _ point: Grid.Point, _ part: KeyPath<ToolResult, Double>,
        _ count: KeyPath<Row, Int>
    ) -> String {
        let total = rows.reduce(0.0) { $0 + ($1[point]?[keyPath: part] ?? 0) }
        let bytes = rows.reduce(0.0) { $0 + Double($1[keyPath: count]) }
        return Decimals.text(total / max(1, bytes) * 1e9, 2)
    }

    /// The series on which the two candidates for the default differ by more than 2 %.
    private func differences() -> String {
        let (small, large) = (Grid.Point(averageKibibytes: 64), Grid.Point(averageKibibytes: 256))
        var table = MarkdownTable(["series", "64 KiB", "256 KiB", "256 ÷ 64"])
        for row in rows {
            guard let ours = row[small]?.final, let theirs = row[large]?.final,
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
}
