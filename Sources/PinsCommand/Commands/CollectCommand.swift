import ArgumentParser
import PinEngine
import Pins
import PinsDocuments

/// `pins gc`: frees the space of what no version needs.
struct CollectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Frees the space of what no version needs.",
        usage: "pins gc [BOARD] [--grace SECONDS] [--exclusive] [--dry-run]",
        discussion: """
            One run condemns packs, a run at least the grace later frees them. Safe while others \
            read \
            and write. --exclusive promises that nobody else writes, and frees in one run.

            Example: pins gc ~/board --grace 3600

            \(BoardArguments.help)
            """)

    @Argument(help: ArgumentHelp("The board.", valueName: "BOARD"))
    var arguments: [String] = []
    @Option(help: "Seconds that condemned packs and unfinished writes are left alone.")
    var grace: Int64 = CollectionOptions().graceSeconds
    @Flag(help: "Nobody else writes: free in one run.")
    var exclusive = false
    @Flag(help: "Do nothing; say what would be done.")
    var dryRun = false
    @OptionGroup var place: BoardOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let target = try BoardArguments(arguments, .init(required: []), place)
        guard grace >= 0 else { throw CommandFailure.usage("--grace is at least 0 seconds") }
        var options = CollectionOptions()
        options.graceSeconds = grace
        options.isExclusive = exclusive
        options.isDryRun = dryRun
        let board = try await Board.open(target.board)
        let bar = ProgressBar(common)
        defer { bar.finish() }
        let report = try await board.collect(options, progress: bar.handler)
        bar.finish()
        try common.print(
            Documents.collection(report, isDryRun: dryRun), of: board, text: text(report))
    }

    private func text(_ report: CollectionReport) -> String {
        let prefix = dryRun ? "would have " : ""
        return "\(prefix)condemned \(report.condemnedPacks), repacked \(report.repackedPacks), "
            + "deleted \(report.deletedPacks) packs; "
            + "\(dryRun ? "would free" : "freed") \(ByteCount.text(report.freedByteCount))\n"
    }
}
