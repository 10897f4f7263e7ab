// Prints how far the engine reaches beside other tools and beside the limit of the machine.

import BenchmarkSupport
import Pins

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

private let help = """
    usage: pins-reach [--pins PATH] [--size 512MB] [--range-size 1GB] [--rounds 5] [--tmp DIR]
                      [--results DIR]

    Every tool writes a new table, the same again, an edited one, restores it, and writes random
    bytes; once a round, one after another. The limits are measured between them in this process.

    --pins PATH    the command, ../.build/release/pins beside this package by default
    --size         of the table and of the random bytes
    --range-size   of the version that ranges are read from; 0 leaves them out
    --tmp DIR      where data and stores go, about 5 times --size; /dev/shm by default
    --results DIR  where reach.md, reach.json and throughput.svg go; none without it
    """

await Program.run(help: help) { words in
    let options = try Options(
        words, valued: ["--pins", "--size", "--range-size", "--rounds", "--tmp", "--results"])
    guard options.positional.isEmpty else {
        throw Failure("unexpected \(options.positional[0]); --help lists the options")
    }
    let folder = try Folders.workplace(options["--tmp"])
    let root = "\(folder)/pins-reach-\(getpid())"
    try Files.makeFolder(root)
    defer { try? Folders.remove(root) }
    let level = BoardSettings().level
    let pins = Tools.pins.at(try Files.absolute(options["--pins"] ?? Tools.pinsPath))
    let entrants = Entrant.all(pins: pins, defaultLevel: level)
    let skipped = entrants.filter { !$0.tool.isHere }.map(\.name)
    for name in skipped { Program.note("\(name) is not here: left out") }
    let count = try options.integer("--rounds", default: 5, in: 1...100)
    let rounds = Rounds(
        in: root, byteCount: try options.byteCount("--size", default: 512_000_000), count: count,
        entrants: entrants.filter(\.tool.isHere), defaultLevel: level)
    try rounds.run()
    var ranges: RangeReads?
    let rangeSize = try options.byteCount("--range-size", default: 1_000_000_000)
    if rangeSize > 0 {
        var reads = RangeReads()
        try await reads.run(in: root, byteCount: rangeSize, roundCount: count, level: level)
        ranges = reads
    }
    let report = ReachReport(
        rounds: rounds, ranges: ranges,
        rows: ReachRow.all(rounds, ranges, defaultLevel: level), roundCount: count,
        isInMemory: Files.isMemoryFolder(folder), level: level, skipped: skipped)
    print(report.markdown)
    if let results = options["--results"] {
        try Files.makeFolder(results)
        try Files.write(report.markdown, to: "\(results)/reach.md")
        try Files.write(report.json.document, to: "\(results)/reach.json")
        try Files.write(try ThroughputChart.svg(report.json), to: "\(results)/throughput.svg")
    }
}
