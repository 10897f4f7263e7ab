/// How fast each tool does each job, beside what the machine allows: from the results of
/// pins-reach.
public enum ThroughputChart {
    /// - Throws: ``Failure`` where the document is not one of pins-reach.
    public static func svg(_ results: JSON) throws -> String {
        let jobs = try results.required("jobs").asArray()
        let rounds = try results.required("rounds").asInteger()
        var chart = BarChart(
            title: "Throughput by job, MiB/s",
            notes: [
                "Longer is better. Best of up to \(rounds) rounds, process start included. "
                    + (try results.required("machine").asText()) + ".",
                "The dashed line is the limit: what reading, chunking, digests, compression and "
                    + "copying, as far as the job needs them, take alone, on all cores.",
            ])
        // A job that other tools were not timed in belongs in the table, not in a comparison.
        let panels = try jobs.map { try panel($0) }.filter { $0.bars.count > 2 }
        for start in stride(from: 0, to: panels.count, by: 3) {
            chart.append("", Array(panels[start..<min(start + 3, panels.count)]))
        }
        return chart.svg
    }

    private static func panel(_ job: JSON) throws -> BarChart.Panel {
        let size = try job.required("bytes").asNumber() / 1_048_576
        let bars = try job.required("seconds").asArray().map { entry in
            BarChart.Panel.Bar(
                try entry.required("tool").asText(),
                size / (try entry.required("best").asNumber()))
        }
        // Ours first, then the others, fastest first.
        let sorted =
            bars.filter { Palette.isOurs($0.name) }
            + bars.filter { !Palette.isOurs($0.name) }
            .sorted { ($0.value ?? 0) > ($1.value ?? 0) }
        let limit = try job["limit"].map { ("limit", size / (try $0.required("best").asNumber())) }
        return BarChart.Panel(try job.required("job").asText(), unit: "", limit: limit, sorted)
    }
}
