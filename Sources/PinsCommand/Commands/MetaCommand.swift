import ArgumentParser
import PinEngine
import PinFormat
import Pins
import PinsDocuments

/// `pins meta`: the metadata of a version.
struct MetaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "meta", abstract: "Shows the metadata of a version.",
        usage: "pins meta [BOARD] NAME [--version V]",
        discussion: """
            Example: pins meta ~/board mtcars --json

            \(BoardArguments.help)
            """)

    @Argument(help: ArgumentHelp("Board and pin.", valueName: "BOARD NAME"))
    var arguments: [String] = []
    @Option(help: "A version's name or the start of it, a label, or latest.")
    var version: String?
    @OptionGroup var place: BoardOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let target = try BoardArguments(arguments, .init(required: ["NAME"]), place)
        let board = try await Board.open(target.board)
        let found = try await board.version(target.rest[0], VersionSelector(version))
        try common.print(Documents.meta(found), of: board, text: Self.text(found))
    }

    private static func text(_ version: PinVersion) -> String {
        let (info, metadata) = (version.info, version.info.metadata)
        func json(_ bytes: [UInt8]?) -> String? {
            bytes.map { String(decoding: $0, as: UTF8.self) }
        }
        let lines: [(String, String?)] = [
            ("name", info.pin), ("version", info.version),
            ("labels", info.labels.joined(separator: ", ")), ("title", metadata.title),
            ("description", metadata.description), ("type", metadata.type),
            ("created", Timestamp.text(metadata.createdSeconds)),
            ("tags", metadata.tags.joined(separator: ", ")),
            ("urls", metadata.urls.joined(separator: ", ")), ("metadata", json(metadata.userJSON)),
            ("origin", json(metadata.originJSON)),
            ("size", ByteCount.text(info.byteCount)), ("pin_hash", info.pinHash),
        ]
        var out = ""
        for case (let name, let value?) in lines where !value.isEmpty {
            let padding = String(repeating: " ", count: 13 - name.count)
            out += name + padding + Names.printable(value) + "\n"
        }
        var table = TextTable([("file", .left), ("size", .right), ("sha256", .left)])
        for file in version.files {
            table.add(file.path, ByteCount.text(file.byteCount), file.sha256?.hex ?? "")
        }
        return out + "\n" + table.text
    }
}
