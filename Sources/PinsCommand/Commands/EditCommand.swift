import ArgumentParser
import PinFormat
import Pins

/// `pins edit`: other metadata for the same data.
struct EditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit", abstract: "Changes metadata without storing data again.",
        usage: "pins edit [BOARD] NAME [--type T] [--title S] [--description S] [--tag T]… "
            + "[--url U]… [--metadata JSON]",
        discussion: """
            The result is a new version with the same content. What is not given stays; an empty \
            text \
            takes away; --tag and --url replace all there are.

            Example: pins edit ~/board mtcars --title "Motor Trend, 1974" --tag cars

            \(BoardArguments.help)
            """)

    @Argument(help: ArgumentHelp("Board and pin.", valueName: "BOARD NAME"))
    var arguments: [String] = []
    @OptionGroup var metadataOptions: MetadataOptions
    @OptionGroup var place: BoardOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let target = try BoardArguments(arguments, .init(required: ["NAME"]), place)
        guard !metadataOptions.isEmpty else {
            throw CommandFailure.usage("nothing to change: give --title or another; see --help")
        }
        let userJSON = try metadataOptions.userJSON()
        var probe = VersionMetadata(createdSeconds: 0)
        metadataOptions.apply(to: &probe, userJSON: userJSON)
        try metadataOptions.check(probe)
        let board = try await Board.open(target.board)
        let options = metadataOptions
        let result = try await board.edit(target.rest[0]) {
            options.apply(to: &$0, userJSON: userJSON)
        }
        try WriteOutcome.print(result, of: board, isDryRun: false, common)
    }
}
