import BenchmarkSupport

/// The index of a board of a terabyte: opens it in a process of its own and looks up digests.
struct IndexScale {
    let folder: String
    let entryCount: Int
    let lookupCount: Int
    let keeps: Bool

    init(_ options: Options) throws {
        folder = "\(options["--folder"] ?? "/dev/shm")/pins-scale-index"
        entryCount = try options.integer(
            "--entries", default: 16_000_000, in: 1_000...1_000_000_000)
        lookupCount = try options.integer(
            "--lookups", default: 1_000_000, in: 1_000...100_000_000)
        keeps = options.has("--keep")
    }

    func run() throws {
        defer { if !keeps { try? Folders.remove(folder) } }
        var table = MarkdownTable(IndexLookups.columns)
        for shape in [SimulatedIndex.crowded(entryCount), SimulatedIndex.merged(entryCount)] {
            try Folders.remove(folder)
            try Files.makeFolder(folder)
            Program.note("making \(shape.layers.count) segments of \(entryCount) entries")
            try shape.write(to: folder)
            table.append(try measure(shape))
        }
        print(table.text, terminator: "")
    }

    /// In a process of its own, so that its memory is that of the look-ups alone.
    private func measure(_ shape: SimulatedIndex) throws -> [String] {
        let output = "\(folder)/tmp-figures"
        var child = Child(
            CommandLine.arguments[0],
            [
                "index-lookups", "--folder", folder, "--entries", "\(entryCount)", "--lookups",
                "\(lookupCount)", shape.isMerged ? "--merged" : "--crowded",
            ])
        child.output = output
        try child.run(messages: "\(folder)/tmp-messages")
        let row = try Files.text(of: output).split(separator: "\n")
            .last { $0.hasPrefix("|") }
        guard let row else { throw Failure("the look-ups printed no figures") }
        return row.split(separator: "|").map { cell in
            String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }
}
