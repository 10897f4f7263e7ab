import ArgumentParser
import PinEngine
import Pins
import PinsDocuments

/// `pins manifest`: the list of pins that `board_url` of pins for R reads.
struct ManifestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manifest",
        abstract: "Writes '_pins.yaml', from which a plain board that is served as files is read.",
        usage: "pins manifest [BOARD] [-o FILE]",
        discussion: """
            The file lists every pin with the folders of its versions as they are now; it stands \
            beside the pins, or in FILE ('-' is standard output). Write it again after every \
            change. 'board_url' of pins for R, and 'https://' boards here, read it.

            Example: pins manifest plain:/srv/www/pins
            Example: pins manifest plain+s3://bucket/pins -o -

            \(BoardArguments.help)
            """)

    @Argument(help: ArgumentHelp("Board.", valueName: "BOARD"))
    var arguments: [String] = []
    @Option(
        name: [.customShort("o", allowingJoined: true), .long],
        help: ArgumentHelp("Where it goes instead.", valueName: "FILE"))
    var output: String?
    @OptionGroup var place: BoardOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let target = try BoardArguments(arguments, BoardArguments.Shape(required: []), place)
        if output?.isEmpty == true { throw CommandFailure.usage("-o needs a path") }
        if common.json, output == "-" {
            throw CommandFailure.usage("--json does not go with '-o -': both use standard output")
        }
        let board = try await Board.open(target.board)
        if output == "-" { return try StandardOutput.write(try await board.manifest().bytes) }
        let manifest: BoardManifest
        if let output {
            manifest = try await board.manifest()
            try manifest.write(to: output)
        } else {
            manifest = try await board.writeManifest()
        }
        let path = output ?? BoardManifest.fileName
        common.say(
            "Wrote '\(path)': \(manifest.versionCount) versions of \(manifest.pinCount) pins")
        try common.print(
            [
                "file": .string(path), "pins": JSONDocument(UInt64(manifest.pinCount)),
                "versions": JSONDocument(UInt64(manifest.versionCount)),
            ], of: board, text: "")
    }
}
