import BenchmarkSupport
import PinEngine
import PinFormat
import PinTesting
import Pins

/// `pins list` and `pins search` on a board of many pins.
struct ListScale {
    let folder: String
    let pinCount: Int
    let runCount: Int
    let tool: String
    /// Whether the board has the layout of pins for Python and R.
    let isPlain: Bool
    let keeps: Bool

    init(_ options: Options) throws {
        folder = "\(options["--folder"] ?? "/dev/shm")/pins-scale-list"
        pinCount = try options.integer("--count", default: 10_000, in: 1...1_000_000)
        runCount = try options.integer("--runs", default: 9, in: 1...1_000)
        tool = options["--pins"] ?? ".build/release/pins"
        isPlain = options.has("--plain")
        keeps = options.has("--keep")
    }

    func run() throws {
        try Folders.remove(folder)
        try Files.makeFolder(folder)
        defer { if !keeps { try? Folders.remove(folder) } }
        let (board, messages) = ("\(folder)/board", "\(folder)/messages")
        try Files.makeFolder(board)
        Program.note("writing \(pinCount) pins")
        try Program.wait { try await write(to: board) }
        var table = MarkdownTable(["pins", "ms, median", "ms, most", "processor ms", "MiB at most"])
        let commands: [[String]] = [
            ["list", board], ["list", board, "--json"], ["search", board, "number 77"],
            ["search", board, "number 77", "--json"], ["search", board, "nowhere"],
            ["search", board, "e", "--json"], ["--version"],
        ]
        for words in commands {
            let child = Child(tool, words)
            try child.run(messages: messages)
            let runs = try (0..<runCount).map { _ in try child.run(messages: messages) }
            let walls = runs.map(\.wallSeconds)
            table.append([
                words.filter { $0 != board }.joined(separator: " "),
                Decimals.text(Decimals.median(walls) * 1_000, 1),
                Decimals.text((walls.max() ?? 0) * 1_000, 1),
                Decimals.text(Decimals.median(runs.map(\.processorSeconds)) * 1_000, 1),
                ByteSize.mebibytes(runs.map(\.peakByteCount).max() ?? 0),
            ])
        }
        print(table.text, terminator: "")
    }

    private func write(to board: String) async throws {
        let board = try await ScaleBoard.make(board, isPlain: isPlain)
        let random = SeededRandom(seed: 11)
        for number in 0..<pinCount {
            let file = InputFile(
                path: "data.csv", source: BytesSource(random.bytes(count: 1_024)))
            let json = #"{"owner":"team-\#(number % 17)","rows":\#(number * 31),"checked":true}"#
            let metadata = VersionMetadata(
                createdSeconds: 1_800_000_000 + Int64(number), type: "csv",
                title: "Measurements of site number \(number)",
                description: "Hourly values of station \(number), cleaned and checked.",
                tags: ["hourly", "region-\(number % 40)"], userJSON: Array(json.utf8))
            // Names of plain boards have no slash.
            let pin = "sites\(isPlain ? "-" : "/")site-\(number)"
            _ = try await board.write(
                WriteRequest(pin: pin, files: [file], metadata: metadata))
        }
    }
}
