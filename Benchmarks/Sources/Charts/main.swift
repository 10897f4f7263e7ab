// Draws the pictures from results that were measured before; measures nothing.

import BenchmarkSupport

private let help = """
    usage: pins-charts lines FILE.json OUT.svg

    lines   line charts in a grid, from a document such as
            {"title": "…", "notes": ["…"], "columns": 3, "charts": [{"title": "csv",
             "x": "version", "y": "MiB stored", "series": [{"name": "pins",
             "points": [[1, 80.5], [2, 81.2]]}]}]}
            An axis may be {"label": "…", "scale": "logarithmic", "marks": [[0.1, "100 MB"]]};
            a series with "dashed": true is a limit.
    """

Program.run(help: help) { words in
    let options = try Options(words, valued: [])
    guard options.positional.count == 3, options.positional[0] == "lines" else {
        throw Failure("expected: lines FILE.json OUT.svg; see --help")
    }
    let document = try JSON.parse(try Files.text(of: options.positional[1]))
    try Files.write(try SmallMultiples(document).svg, to: options.positional[2])
}
