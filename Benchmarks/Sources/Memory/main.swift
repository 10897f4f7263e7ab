// How much memory each tool takes to write and to restore payloads of growing size.

import BenchmarkSupport
import PinTesting

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

private let help = """
    usage: pins-memory [--pins PATH] [--sizes 100MB,300MB,1GB,3GB] [--tools NAME,…] [--large]
                       [--tmp DIR] [--results DIR]

    Writes a table into an empty store and restores it, compares, and notes the largest resident
    set of each command.

    --sizes        of the table
    --tools        of \(Tools.all.map(\.name).joined(separator: ", ")); one that is missing is skipped
    --large        also a stream of 20 GB of random bytes through pins; needs as much room in DIR
    --tmp DIR      where data and stores go, 2.5 times the largest size; /tmp by default, time is
                   not measured
    --results DIR  where memory.md, memory.json and memory.svg go; none without it
    """

/// One tool at one size; bytes.
private struct Measurement {
    let tool: String
    let byteCount: Int
    let writePeak: Int
    let restorePeak: Int
}

/// 20 GB that no file holds, written from standard input and read to nowhere.
private func measureStream(_ pins: String, in root: String) throws -> Measurement {
    let byteCount = 20_000_000_000
    let board = "\(root)/stream"
    Program.note("20 GB of random bytes through standard input")
    // The shell waits for both of its children, and the kernel's account has the larger one.
    let write = Child(
        "/bin/sh",
        [
            "-c", "head -c \(byteCount) /dev/urandom | \"$0\" write \"$1\" stream - -q", pins,
            board,
        ])
    let read = Child("/bin/sh", ["-c", "\"$0\" read \"$1\" stream | cksum", pins, board])
    let measurement = Measurement(
        tool: "pins", byteCount: byteCount,
        writePeak: try write.run(messages: "\(root)/messages").peakByteCount,
        restorePeak: try read.run(messages: "\(root)/messages").peakByteCount)
    try Folders.remove(board)
    return measurement
}

private func markdown(_ all: [Measurement], skipped: [String]) -> String {
    var table = MarkdownTable(["payload MB", "tool", "write, MiB", "restore, MiB"])
    for one in all {
        table.append([
            Decimals.text(Double(one.byteCount) / 1e6, 0), one.tool,
            ByteSize.mebibytes(one.writePeak), ByteSize.mebibytes(one.restorePeak),
        ])
    }
    let missing =
        skipped.isEmpty ? "" : "Skipped, not installed: \(skipped.joined(separator: ", ")).\n\n"
    return """
        # Peak memory against payload size

        The largest resident set of each command, by the kernel's account; \
        \(Machine.description). What was restored was compared with what was written.

        \(missing)\(table.text)
        """
}

private func json(_ all: [Measurement], skipped: [String]) -> JSON {
    .object([
        ("machine", .text(Machine.description)), ("skipped", .array(skipped.map { .text($0) })),
        (
            "measurements",
            .array(
                all.map { one in
                    .object([
                        ("tool", .text(one.tool)), ("bytes", .integer(one.byteCount)),
                        ("write_peak_bytes", .integer(one.writePeak)),
                        ("restore_peak_bytes", .integer(one.restorePeak)),
                    ])
                })
        ),
    ])
}

Program.run(help: help) { words in
    let options = try Options(
        words, valued: ["--pins", "--sizes", "--tools", "--tmp", "--results"], flags: ["--large"])
    let pins = Tools.pins.at(try Files.absolute(options["--pins"] ?? Tools.pinsPath))
    let names = options["--tools"]?.split(separator: ",").map(String.init)
    let wanted = ([pins] + Tools.all.dropFirst()).filter { names?.contains($0.name) ?? true }
    let tools = wanted.filter(\.isHere)
    let skipped = wanted.filter { !$0.isHere }.map(\.name)
    let sizes = try (options["--sizes"] ?? "100MB,300MB,1GB,3GB").split(separator: ",").map {
        guard let size = ByteSize.parse(String($0)) else { throw Failure("\($0) is no size") }
        return size
    }
    let root = "\(try Files.absolute(options["--tmp"] ?? "/tmp"))/pins-memory-\(getpid())"
    try Files.makeFolder(root)
    defer { try? Folders.remove(root) }
    var all: [Measurement] = []
    for size in sizes {
        let path = "\(root)/table"
        try Files.write(Corpus(.csv, byteCount: size, seed: 1), to: path)
        for tool in tools {
            Program.note("\(size / 1_000_000) MB: \(tool.name)")
            let run = try ToolRun(tool, in: "\(root)/store", level: nil)
            let write = try run.write(path, version: 1)
            let restore = try run.restore(1, equalTo: path)
            try run.remove()
            all.append(
                Measurement(
                    tool: tool.name, byteCount: size, writePeak: write.peakByteCount,
                    restorePeak: restore.peakByteCount))
        }
        try Folders.remove(path)
    }
    if options.has("--large") { all.append(try measureStream(pins.program, in: root)) }
    print(markdown(all, skipped: skipped))
    if let results = options["--results"] {
        let document = json(all, skipped: skipped)
        try Files.makeFolder(results)
        try Files.write(markdown(all, skipped: skipped), to: "\(results)/memory.md")
        try Files.write(document.document, to: "\(results)/memory.json")
        try Files.write(try MemoryChart.svg(document), to: "\(results)/memory.svg")
    }
}
