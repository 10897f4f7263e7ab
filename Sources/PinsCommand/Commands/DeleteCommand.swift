import ArgumentParser
import PinEngine
import Pins
import PinsDocuments

/// `pins delete`: takes versions out of the log.
struct DeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Removes a pin, or one version of it.",
        usage: "pins delete [BOARD] NAME [--version V]",
        discussion: """
            The space comes back with 'pins gc'.

            Example: pins delete ~/board mtcars --version 20261123T150405Z

            \(BoardArguments.help)
            """)

    @Argument(help: ArgumentHelp("Board and pin.", valueName: "BOARD NAME"))
    var arguments: [String] = []
    @Option(help: "A version's name or the start of it, a label, or latest; default: all.")
    var version: String?
    @OptionGroup var place: BoardOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let target = try BoardArguments(arguments, .init(required: ["NAME"]), place)
        if version?.isEmpty == true { throw CommandFailure.usage("--version is empty") }
        let name = target.rest[0]
        let board = try await Board.open(target.board)
        let deleted = try await board.delete(name, version: version.map { VersionSelector($0) })
        try Removal.print(name, deleted, of: board, isDryRun: false, common)
    }
}

/// `pins prune`: removes old versions by a rule.
struct PruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Removes old versions, never the latest.",
        usage: "pins prune [BOARD] NAME (--keep N | --days D) [--dry-run]",
        discussion: """
            --keep N leaves the newest N versions, --days D those of the last D days. The space \
            comes \
            back with 'pins gc'.

            Example: pins prune ~/board mtcars --keep 5 --dry-run

            \(BoardArguments.help)
            """)

    @Argument(help: ArgumentHelp("Board and pin.", valueName: "BOARD NAME"))
    var arguments: [String] = []
    @Option(help: "How many of the newest versions stay, at least 1.")
    var keep: Int?
    @Option(help: "How old, in days, a version may be to stay.")
    var days: Int?
    @Flag(help: "Remove nothing; list what would go.")
    var dryRun = false
    @OptionGroup var place: BoardOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let target = try BoardArguments(arguments, .init(required: ["NAME"]), place)
        let name = target.rest[0]
        let rule = try self.rule()
        let board = try await Board.open(target.board)
        let deleted = try await board.prune(name, rule, isDryRun: dryRun)
        try Removal.print(name, deleted, of: board, isDryRun: dryRun, common)
    }

    private func rule() throws -> PruneRule {
        switch (keep, days) {
        case (let keep?, nil) where keep >= 1: return .keep(keep)
        case (nil, let days?) where days >= 0: return .days(days)
        case (nil, nil), (_?, _?):
            throw CommandFailure.usage("give --keep N or --days D, one of them")
        default: throw CommandFailure.usage("--keep is at least 1, --days at least 0")
        }
    }
}

/// How removed versions are told.
private enum Removal {
    static func print(
        _ name: String, _ versions: [String], of board: Board, isDryRun: Bool,
        _ common: CommonOptions
    ) throws(CommandFailure) {
        let count = versions.count == 1 ? "1 version" : "\(versions.count) versions"
        common.say("\(isDryRun ? "Would remove" : "Removed") \(count) of pin '\(name)'")
        try common.print(
            [
                "name": .string(name), "deleted": Documents.texts(versions),
                "dry_run": .bool(isDryRun),
            ], of: board, text: versions.joined(separator: "\n"))
    }
}
