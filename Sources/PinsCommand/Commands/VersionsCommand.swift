import ArgumentParser
import PinEngine
import PinFormat
import Pins
import PinsDocuments

/// `pins versions`: the versions of a pin, oldest first.
struct VersionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "versions", abstract: "Lists the versions of a pin, oldest first.",
        usage: "pins versions [BOARD] NAME",
        discussion: """
            Example: pins versions ~/board mtcars

            \(BoardArguments.help)
            """)

    @Argument(help: ArgumentHelp("Board and pin.", valueName: "BOARD NAME"))
    var arguments: [String] = []
    @OptionGroup var place: BoardOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let target = try BoardArguments(arguments, .init(required: ["NAME"]), place)
        let board = try await Board.open(target.board)
        let versions = try await board.versions(target.rest[0])
        try common.print(Documents.versions(versions), of: board, text: Self.table(versions))
    }

    private static func table(_ versions: [VersionInfo]) -> String {
        var table = TextTable([
            ("version", .left), ("created", .left), ("size", .right), ("new", .right),
            ("pin_hash", .left),
            ("labels", .left),
        ])
        for version in versions {
            table.add(
                version.version, Timestamp.text(version.metadata.createdSeconds) ?? "",
                ByteCount.text(version.byteCount),
                version.newByteCount.map { ByteCount.text($0) } ?? "",
                String(version.pinHash.prefix(16)),
                version.labels.joined(separator: ", "))
        }
        return table.text
    }
}
