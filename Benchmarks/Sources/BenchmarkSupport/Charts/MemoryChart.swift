/// Peak memory against the size of the payload, writing and restoring: from the results of
/// pins-memory.
public enum MemoryChart {
    /// - Throws: ``Failure`` where the document is not one of pins-memory.
    public static func svg(_ results: JSON) throws -> String {
        let measurements = try results.required("measurements").asArray()
        let sizes = Set(try measurements.map { try $0.required("bytes").asInteger() }).sorted()
        let marks = sizes.map { (value: Double($0) / 1e9, text: name($0)) }
        let x = ChartAxis("payload", .logarithmic, marks: marks)
        let charts = try [("write", "write_peak_bytes"), ("restore", "restore_peak_bytes")].map {
            title, field in
            var names: [String] = []
            var points: [String: [(x: Double, y: Double)]] = [:]
            for one in measurements {
                guard let peak = one[field] else { continue }
                let tool = try one.required("tool").asText()
                if points[tool] == nil { names.append(tool) }
                points[tool, default: []].append(
                    (
                        try one.required("bytes").asNumber() / 1e9,
                        try peak.asNumber() / 1_048_576
                    ))
            }
            var series = names.map { LineChart.Series($0, points[$0] ?? []) }
            if let (first, last) = sizes.first.flatMap({ first in sizes.last.map { (first, $0) } })
            {
                let ends = [(Double(first) / 1e9, 256.0), (Double(last) / 1e9, 256.0)]
                series.append(LineChart.Series("limit", ends, isDashed: true))
            }
            return LineChart(title, x: x, y: ChartAxis("peak memory, MiB"), series)
        }
        return SmallMultiples(
            "Peak memory against payload size",
            notes: [
                "Largest resident set of the command, by the kernel's account; "
                    + (try results.required("machine").asText()) + ".",
                "The dashed line is the limit that pins sets itself, at any size.",
            ], columnCount: 2, charts
        ).svg
    }

    private static func name(_ byteCount: Int) -> String {
        byteCount >= 1_000_000_000
            ? "\(Decimals.text(Double(byteCount) / 1e9, 0)) GB"
            : "\(Decimals.text(Double(byteCount) / 1e6, 0)) MB"
    }
}
