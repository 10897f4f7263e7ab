import BenchmarkSupport

/// Times benchmarks and collects the figures.
struct Runner {
    /// The figures of one benchmark, in bytes a second of wall time.
    struct Figures {
        let benchmark: Benchmark
        let median: Double
        let slowest: Double
        let fastest: Double
    }

    /// How many samples are taken of each.
    let runCount: Int
    /// How long a sample is at least: the body is repeated.
    let sampleSeconds: Double
    private let clock = ContinuousClock()

    init(runCount: Int, sampleSeconds: Double) {
        self.runCount = runCount
        self.sampleSeconds = sampleSeconds
    }

    func measure(_ benchmark: Benchmark) throws -> Figures {
        try benchmark.check()
        var sink = 0
        // The first call fills caches and says how often a sample has to repeat.
        let once = try seconds(benchmark, repeats: 1, &sink)
        let repeats = max(1, Int(sampleSeconds / max(once, 1e-9)))
        let rates = try (0..<runCount).map { _ in
            Double(benchmark.byteCount * repeats)
                / (try seconds(benchmark, repeats: repeats, &sink))
        }
        guard sink != Int.min else { throw Failure("\(benchmark.name) gave an impossible result") }
        return Figures(
            benchmark: benchmark, median: Decimals.median(rates), slowest: rates.min() ?? 0,
            fastest: rates.max() ?? 0)
    }

    private func seconds(_ benchmark: Benchmark, repeats: Int, _ sink: inout Int) throws -> Double {
        let start = clock.now
        for _ in 0..<repeats { sink ^= try benchmark.body() }
        return Child.seconds(clock.now - start)
    }

    static func markdown(_ all: [Figures], runCount: Int) -> String {
        var table = MarkdownTable(["benchmark", "MB/s", "slowest", "fastest", "result"])
        for figures in all {
            let count = figures.benchmark.count.map { "\($0.value) \($0.name)" } ?? ""
            let rates = [figures.median, figures.slowest, figures.fastest]
            table.append(
                [figures.benchmark.name] + rates.map { Decimals.text($0 / 1e6, 0) } + [count])
        }
        return """
            # Micro benchmarks

            One thread, medians of \(runCount) runs, MB of 10^6 plain bytes. \
            \(Machine.description). Every result was checked before it was timed; the last column \
            does not depend on the machine.

            \(table.text)
            """
    }

    static func json(_ all: [Figures], runCount: Int) -> JSON {
        let entries = all.map { figures in
            var fields: [(String, JSON)] = [
                ("name", .text(figures.benchmark.name)),
                ("bytes", .integer(figures.benchmark.byteCount)),
                ("bytes_per_second_median", .number(figures.median.rounded())),
                ("bytes_per_second_min", .number(figures.slowest.rounded())),
                ("bytes_per_second_max", .number(figures.fastest.rounded())),
            ]
            if let count = figures.benchmark.count {
                fields.append((count.name.replacing(" ", with: "_"), .integer(count.value)))
            }
            return JSON.object(fields)
        }
        return .object([
            ("machine", .text(Machine.description)), ("runs", .integer(runCount)),
            ("benchmarks", .array(entries)),
        ])
    }
}
