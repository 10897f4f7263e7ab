// Lets pins and other tools keep versions of many kinds of data, and writes down what each keeps.

import BenchmarkSupport

private let help = """
    usage: pins-series [--grid [--sweeps chunk,closure,level]] [--size 64MiB] [--versions 5]
                       [--releases 99] [--seed 1] [--level 3] [--series NAME,…] [--python PATH]
                       [--cache DIR] [--pins PATH] [--tmp DIR] [--results DIR] [--update] [--list]

    For every series and tool: write all versions one after another, note the bytes of the store
    after each, restore all of them and compare. --grid varies chunk size, level and closure of
    this tool's boards in place of comparing tools.

    --series       names, or how they begin; --list shows them
                   `none` measures nothing and only writes the reports again
    --update       keeps the results in DIR of what is not measured now
    --python PATH  an interpreter with pyarrow, numpy and hf-xet; without it, the series that the
                   Swift corpus makes
    --cache DIR    where downloaded releases stay, /tmp/swift-pins-releases by default
    --pins PATH    the command, .build/release/pins of this package by default
    --tmp DIR      where data and stores go; /dev/shm by default where it is in memory
    --results DIR  where series.md, .json, .svg and series-short.svg go, or grid.md and .json
    """

Program.run(help: help) { words in
    let options = try Options(
        words,
        valued: [
            "--size", "--versions", "--releases", "--seed", "--level", "--series", "--python",
            "--cache", "--pins", "--tmp", "--results", "--sweeps",
        ], flags: ["--grid", "--list", "--update"])
    guard options.positional.isEmpty else {
        throw Failure("unexpected \(options.positional[0]); --help lists the options")
    }
    if options.has("--list") {
        for series in Series.all { print(series.name) }
        return
    }
    let settings = try StudySettings(options)
    if options.has("--grid") {
        let kinds = (options["--sweeps"] ?? "").split(separator: ",").map(String.init)
        try Grid(settings: settings, kinds: kinds).run(isUpdate: options.has("--update"))
    } else {
        try Study(settings: settings, isUpdate: options.has("--update")).run()
    }
}
