// Runs pins beside other tools on the same data in one go, and checks what they give back.

import BenchmarkSupport
import PinTesting

private let help = """
    usage: pins-compare [--pins PATH] [--size 256MiB] [--seed 1] [--runs 1] [--level 3]
                        [--cases KIND/EDIT,…] [--tools NAME,…] [--tmp DIR] [--results DIR] [--keep]

    For every case and tool: write version 1 into an empty store, write version 2 beside it,
    restore version 2, and restore version 1 unmeasured; both must be equal to what was written.
    Wall time, processor time, peak memory, bytes stored; medians over the runs.

    --pins PATH    the command, ../.build/release/pins beside this package by default
    --cases        such as csv/block:0.01,random/append:0.01; pins-corpus --help lists both parts
    --tools        of \(Tools.all.map(\.name).joined(separator: ", ")); one that is missing is skipped
    --level N      the zstd level, where a tool lets one choose it
    --tmp DIR      where data and stores go; /dev/shm by default where it is in memory
    --results DIR  where compare.md, compare.json and compare.svg go; none without it
    --keep         leaves the stores of the last run in DIR
    """

Program.run(help: help) { words in
    let options = try Options(
        words,
        valued: [
            "--pins", "--size", "--seed", "--runs", "--level", "--cases", "--tools", "--tmp",
            "--results",
        ],
        flags: ["--keep"])
    guard options.positional.isEmpty else {
        throw Failure("unexpected \(options.positional[0]); --help lists the options")
    }
    let settings = try Settings(options)
    let comparison = Comparison(settings)
    let results = try comparison.run()
    let report = Report(settings, results, skipped: comparison.skipped)
    print(report.markdown)
    if let folder = options["--results"] {
        try Files.makeFolder(folder)
        try Files.write(report.markdown, to: "\(folder)/compare.md")
        try Files.write(report.json.document, to: "\(folder)/compare.json")
        try Files.write(report.chart.svg, to: "\(folder)/compare.svg")
    }
}
