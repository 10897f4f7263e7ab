// Times the parts of the engine one by one, on one thread, on generated data.

import BenchmarkSupport

private let help = """
    usage: pins-micro [--filter TEXT] [--size 64MiB] [--runs 5] [--sample MILLISECONDS]
                      [--results DIR] [--json]

    --filter TEXT  only benchmarks whose name begins with TEXT, such as codec/encode
    --size         how much data each works on
    --sample       how long a run is at least (200 ms); short ones are repeated
    --results DIR  where micro.md and micro.json go
    --json         prints the JSON in the place of the table
    """

Program.run(help: help) { words in
    let options = try Options(
        words, valued: ["--filter", "--size", "--runs", "--sample", "--results"],
        flags: ["--json"])
    let size = try options.byteCount("--size", default: 64 << 20)
    let runner = Runner(
        runCount: try options.integer("--runs", default: 5, in: 1...1000),
        sampleSeconds: Double(try options.integer("--sample", default: 200, in: 1...60_000)) / 1000)
    // A group's data is made when its turn comes, and dropped after it.
    let groups: [(area: String, make: () throws -> [Benchmark])] = [
        ("chunk", { try ChunkBenchmarks.make(size) }),
        ("digest", { DigestBenchmarks.make(size) }),
        ("codec", { try CodecBenchmarks.make(min(size, 16 << 20)) }),
        ("index", { try IndexBenchmarks.make(1 << 20) }),
    ]
    let filter = options["--filter"] ?? ""
    var figures: [Runner.Figures] = []
    for group in groups where group.area.hasPrefix(filter) || filter.hasPrefix(group.area) {
        for benchmark in try group.make() where benchmark.name.hasPrefix(filter) {
            Program.note(benchmark.name)
            figures.append(try runner.measure(benchmark))
        }
    }
    guard !figures.isEmpty else { throw Failure("no benchmark's name begins with \(filter)") }
    let markdown = Runner.markdown(figures, runCount: runner.runCount)
    let json = Runner.json(figures, runCount: runner.runCount)
    print(options.has("--json") ? json.document : markdown)
    if let folder = options["--results"] {
        try Files.makeFolder(folder)
        try Files.write(markdown, to: "\(folder)/micro.md")
        try Files.write(json.document, to: "\(folder)/micro.json")
    }
}
