import ArgumentParser
import PinEngine
import Pins
import PinsDocuments

/// `pins diff`: what is new in a version.
struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Shows which bytes of V2 are not in V1.",
        usage: "pins diff [BOARD] NAME V1 V2",
        discussion: """
            Ranges are those of V2, to the chunk.

            Example: pins diff ~/board mtcars prod latest

            \(BoardArguments.help)
            """)

    @Argument(help: ArgumentHelp("Board, pin and two versions.", valueName: "BOARD NAME V1 V2"))
    var arguments: [String] = []
    @OptionGroup var place: BoardOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let target = try BoardArguments(arguments, .init(required: ["NAME", "V1", "V2"]), place)
        let board = try await Board.open(target.board)
        let diff = try await board.diff(
            target.rest[0], VersionSelector(target.rest[1]), VersionSelector(target.rest[2]))
        try common.print(Documents.diff(diff), of: board, text: Self.text(diff))
    }

    private static func text(_ diff: VersionDiff) -> String {
        var table = TextTable([
            ("file", .left), ("start", .right), ("end", .right), ("size", .right),
        ])
        for range in diff.changed {
            table.add(
                range.file, "\(range.start)", "\(range.end)",
                ByteCount.text(range.end - min(range.start, range.end)))
        }
        // In tenths of a percent, by way of doubles: sizes may be near the end of 64 bits.
        let share = Double(diff.changedByteCount) / Double(max(1, diff.totalByteCount))
        let tenths = Int((share * 1000).rounded())
        return table.text
            + "\(ByteCount.text(diff.changedByteCount)) of \(ByteCount.text(diff.totalByteCount)) "
            + "(\(tenths / 10).\(tenths % 10) %) are new\n"
    }
}
