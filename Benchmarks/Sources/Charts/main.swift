// Draws the pictures from results that were measured before; measures nothing.

import BenchmarkSupport

private let help = """
    usage: pins-charts lines|throughput|memory FILE.json OUT.svg

    throughput, memory   the pictures of pins-reach and pins-memory, from their results
    lines   line charts in a grid, from a document such as
            {"title": "…", "notes": ["…"], "columns": 3, "charts": [{"title": "csv",
             "x": "version", "y": "MiB stored", "series": [{"name": "pins",
             "points": [[1, 80.5], [2, 81.2]]}]}]}
            An axis may be {"label": "…", "scale": "logarithmic", "marks": [[0.1, "100 MB"]]};
            a series with "dashed": true is a limit.
    """

Program.run(help: help) { words in
    let options = try Options(words, valued: [])
    guard options.positional.count == 3 else {
        throw Failure("expected a kind and two files; see --help")
    }
    let document = try JSON.parse(try Files.text(of: options.positional[1]))
    let svg =
        switch options.positional[0] {
        case "lines": try SmallMultiples(document).svg
        case "throughput": try ThroughputChart.svg(document)
        case "memory": try MemoryChart.svg(document)
        default: throw Failure("there is no picture \(options.positional[0]); see --help")
        }
    try Files.write(svg, to: options.positional[2])
}
