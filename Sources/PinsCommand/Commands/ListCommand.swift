import ArgumentParser
import PinEngine
import PinFormat
import Pins
import PinsDocuments

/// `pins list`: the pins of a board.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the pins of a board.",
        usage: "pins list [BOARD]",
        discussion: """
            Example: pins list ~/board

            \(BoardArguments.help)
            """)

    @Argument(help: ArgumentHelp("The board.", valueName: "BOARD"))
    var arguments: [String] = []
    @OptionGroup var place: BoardOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let target = try BoardArguments(arguments, .init(required: []), place)
        let pins = try await Board.open(target.board).list()
        try common.print(Documents.pins(pins), text: PinTable.text(pins))
    }
}

/// `pins search`: the pins in which a text stands.
struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Finds pins by a text in names, titles, descriptions, tags and metadata.",
        usage: "pins search [BOARD] TEXT",
        discussion: """
            Example: pins search ~/board weekly

            \(BoardArguments.help)
            """)

    @Argument(help: ArgumentHelp("Board and text.", valueName: "BOARD TEXT"))
    var arguments: [String] = []
    @OptionGroup var place: BoardOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let target = try BoardArguments(arguments, .init(required: ["TEXT"]), place)
        let pins = try await Board.open(target.board).search(target.rest[0])
        try common.print(Documents.pins(pins), text: PinTable.text(pins))
    }
}

/// The table of `list` and `search`.
private enum PinTable {
    static func text(_ pins: [PinSummary]) -> String {
        var table = TextTable([
            ("name", .left), ("type", .left), ("size", .right), ("versions", .right),
            ("created", .left), ("title", .left),
        ])
        for pin in pins {
            table.add(
                pin.name, pin.metadata.type, ByteCount.text(pin.byteCount),
                pin.versionCount > 0 ? "\(pin.versionCount)" : "",
                Timestamp.text(pin.metadata.createdSeconds) ?? "", pin.metadata.title ?? "")
        }
        return table.text
    }
}
