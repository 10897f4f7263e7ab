import ArgumentParser
import PinEngine
import PinFormat
import Pins
import PinsDocuments

/// `pins label`: names that point at versions.
struct LabelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "label", abstract: "Points a label at a version, or takes it away.",
        usage: "pins label [BOARD] NAME LABEL [V] [--remove]",
        discussion: """
            Without V the label points at the latest version.

            Example: pins label ~/board mtcars prod 20261123T150405Z-0d7a3
            Example: pins label ~/board mtcars prod --remove

            \(BoardArguments.help)
            """)

    @Argument(help: ArgumentHelp("Board, pin, label and version.", valueName: "BOARD NAME LABEL V"))
    var arguments: [String] = []
    @Flag(help: "Take the label away.")
    var remove = false
    @OptionGroup var place: BoardOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let shape = BoardArguments.Shape(required: ["NAME", "LABEL"], optional: ["V"])
        let target = try BoardArguments(arguments, shape, place)
        let (name, label) = (target.rest[0], target.rest[1])
        do { try Names.checkLabel(label) } catch { throw CommandFailure.usage(error.message) }
        let selector = target.optional(2)
        guard !remove || selector == nil else {
            throw CommandFailure.usage("--remove takes a label away and needs no version")
        }
        let board = try await Board.open(target.board)
        var version: String?
        if remove {
            try await board.removeLabel(label, of: name)
            common.say("Removed the label '\(label)' of pin '\(name)'")
        } else {
            let set = try await board.setLabel(label, of: name, to: VersionSelector(selector))
            common.say("Label '\(label)' of pin '\(name)' points at \(set)")
            version = set
        }
        try common.print(
            ["name": .string(name), "label": .string(label), "version": JSONDocument(version)],
            of: board, text: version ?? "")
    }
}
