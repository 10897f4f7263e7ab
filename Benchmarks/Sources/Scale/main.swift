// Measures what grows with a board: its index, its log, its list of pins.

import BenchmarkSupport

private let help = """
    usage: pins-scale small-pins [--folder DIR] [--count 2000] [--bytes 1024] [--plain] [--keep]
           pins-scale index [--folder DIR] [--entries 16000000] [--lookups 1000000] [--keep]
           pins-scale cache [--folder DIR] [--count 40960] [--keep]
           pins-scale list [--folder DIR] [--count 10000] [--runs 9] [--pins PATH] [--plain] [--keep]

    small-pins  writes COUNT pins of BYTES bytes one after another, in one process
    index       makes a board with the index of ENTRIES chunks, as commits would leave it, and
                looks up random digests in a process of its own
    cache       opens a local cache of COUNT frames of 256 KiB, and removes half of it (in /tmp)
    list        times `pins list` and `pins search` on a board of COUNT pins

    --folder    where boards are made, a folder of its own for each (/dev/shm)
    --plain     boards in the layout of pins for Python and R
    --keep      leaves the board there
    """

Program.run(help: help) { words in
    let options = try Options(
        words,
        valued: ["--folder", "--count", "--bytes", "--entries", "--lookups", "--runs", "--pins"],
        flags: ["--keep", "--plain", "--merged", "--crowded"])
    switch options.positional {
    case ["small-pins"]: try SmallPins(options).run()
    case ["index"]: try IndexScale(options).run()
    case ["index-lookups"]: try IndexLookups(options).run()
    case ["cache"]: try CacheScale(options).run()
    case ["cache-open"]: try CacheScale.open(options)
    case ["list"]: try ListScale(options).run()
    default: throw Failure("one job is needed: small-pins, index, cache or list; --help says more")
    }
}
