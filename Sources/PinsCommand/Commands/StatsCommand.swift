import ArgumentParser
import PinEngine
import Pins
import PinsDocuments

/// `pins stats`: what a board or a pin holds and costs.
struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Shows sizes, sharing, and what deleting would free.",
        usage: "pins stats [BOARD] [NAME]",
        discussion: """
            Example: pins stats ~/board mtcars

            What deltas save is an estimate: their plain size, compressed as well as the chunks
            that are not deltas, less what they take.

            \(BoardArguments.help)
            """)

    @Argument(help: ArgumentHelp("Board and pin.", valueName: "BOARD NAME"))
    var arguments: [String] = []
    @OptionGroup var place: BoardOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let shape = BoardArguments.Shape(required: [], optional: ["NAME"])
        let target = try BoardArguments(arguments, shape, place)
        let board = try await Board.open(target.board)
        let found = try await board.statistics(target.optional(0))
        try common.print(Documents.statistics(found), of: board, text: Self.text(found))
    }

    private static func text(_ found: BoardStatistics) -> String {
        var totals = TextTable([("", .left), ("", .right)])
        totals.add("pins", "\(found.pinCount)")
        totals.add("versions", "\(found.versionCount)")
        totals.add("size of all versions", ByteCount.text(found.logicalByteCount))
        totals.add("distinct data", ByteCount.text(found.uniqueByteCount))
        totals.add("stored", ByteCount.text(found.storedByteCount))
        totals.add("index", ByteCount.text(found.indexByteCount))
        totals.add("chunks", "\(found.chunkCount)")
        totals.add("packs", "\(found.packCount)")
        if let percent = found.parityPercent {
            totals.add(
                "parity", "\(percent) % of each pack: \(ByteCount.text(found.parityByteCount))")
        }
        totals.add(
            "deltas",
            "\(found.deltaFrameCount), saving about \(ByteCount.text(found.deltaSavedByteCount))")
        var shares = TextTable([
            ("pin", .left), ("version", .left), ("size", .right), ("deleting frees", .right),
        ])
        for share in found.exclusiveByteCounts {
            shares.add(
                share.pin, share.version, ByteCount.text(share.byteCount),
                ByteCount.text(share.exclusiveStoredByteCount))
        }
        let list = shares.text
        return totals.text.dropFirst() + (list.isEmpty ? "" : "\n" + list)
    }
}
