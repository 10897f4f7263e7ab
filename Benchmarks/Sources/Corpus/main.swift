// Writes deterministic test data of any size, in any of its versions, with little memory.

import BenchmarkSupport
import PinTesting

private let help = """
    usage: pins-corpus KIND [--size 64MiB] [--seed 1] [--edit EDIT] [--version 1] [-o FILE]

    KIND    \(Corpus.Kind.allCases.map(\.rawValue).joined(separator: ", "))
    EDIT    \(Corpus.Edit.Kind.allCases.map(\.rawValue).joined(separator: ", ")), with a share
            of the rows such as scatter:0.01; it is applied version - 1 times
    FILE    - is standard output, the default

    example: pins-corpus csv --size 64MiB --seed 1 --edit scatter:0.01 --version 2 -o table.csv
    """

Program.run(help: help) { words in
    let options = try Options(
        words, valued: ["--size", "--seed", "--edit", "--version", "-o"])
    guard options.positional.count == 1, let kind = Corpus.Kind(rawValue: options.positional[0])
    else { throw Failure("one kind of data is needed; --help lists them") }
    var edit: Corpus.Edit?
    if let text = options["--edit"] {
        edit = Corpus.Edit(text)
        if edit == nil { throw Failure("there is no edit \(text); --help lists them") }
    }
    let version = try options.integer("--version", default: 1, in: 1...Corpus.maximumVersion)
    if version > 1, edit == nil { throw Failure("--version \(version) needs an --edit") }
    let seed = try options.integer("--seed", default: 1, in: 0...Int.max)
    let corpus = Corpus(
        kind, byteCount: try options.byteCount("--size", default: 64 << 20), seed: UInt64(seed),
        edit: edit, version: version)
    try Files.write(corpus, to: options["-o"] ?? "-")
}
