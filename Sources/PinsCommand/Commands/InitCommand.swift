import ArgumentParser
import PinFormat
import Pins
import PinsDocuments

/// `pins init`: makes an engine board.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Makes a board.",
        usage: """
            pins init [BOARD] [--chunk-average SIZE] [--level N] [--parity P%] \
            [--single-writer]
            """,
        discussion: """
            A board that exists is an error, and nothing changes.

            With '--parity 5%' every pack gets that much redundancy beside it: 'pins verify \
            --repair' mends bytes of it that rot, as long as they are not more. It cannot be \
            changed later.

            Example: pins init ~/board --level 9 --parity 5%

            \(BoardArguments.help)
            """)

    @Argument(help: ArgumentHelp("Where the board will be.", valueName: "BOARD"))
    var arguments: [String] = []
    @Option(help: "Average size of a chunk: a power of two, 4KiB to 4MiB.")
    var chunkAverage = "256KiB"
    @Option(help: "The zstd level that writers use, 1 to 19.")
    var level = 3
    @Option(
        help: ArgumentHelp(
            "Redundancy of each pack, 1% to 100% of its size, to mend damage with.",
            valueName: "P%"))
    var parity: String?
    @Option(
        help: ArgumentHelp(
            "How many frames decoding one chunk may need, 1 to 16; 1 turns deltas off.",
            visibility: .hidden))
    var closureFrames = BoardSettings().closureFrameCount
    @Flag(help: "The store has no atomic creation; writers take turns by agreement.")
    var singleWriter = false
    @OptionGroup var place: BoardOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let target = try BoardArguments(arguments, .init(required: []), place)
        var settings = BoardSettings()
        settings.chunkAverageByteCount = try averageByteCount()
        guard (1...19).contains(level) else {
            throw CommandFailure.usage("--level \(level) is not in 1…19")
        }
        settings.level = level
        guard (1...16).contains(closureFrames) else {
            throw CommandFailure.usage("--closure-frames \(closureFrames) is not in 1…16")
        }
        settings.closureFrameCount = closureFrames
        settings.isSingleWriter = singleWriter
        settings.parityPercent = try parity.map(Self.percent)
        let board = try await Board.create(target.board, settings)
        common.say("Made a board in '\(board.location)'")
        let average = settings.chunkAverageByteCount
        if common.json {
            try common.print(
                [
                    "board": .string(board.location), "chunk_average": JSONDocument(average),
                    "level": JSONDocument(level),
                    "parity_percent": settings.parityPercent.map { JSONDocument($0) } ?? .null,
                    "single_writer": .bool(singleWriter),
                ], text: "")
        }
    }

    /// `5%` or `5`.
    private static func percent(_ text: String) throws -> Int {
        let digits = text.hasSuffix("%") ? text.dropLast() : text[...]
        guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int(digits),
            ParityLayout.percents.contains(value)
        else {
            throw CommandFailure.usage("--parity '\(text)' is not a percentage, 1% to 100%")
        }
        return value
    }

    private func averageByteCount() throws -> Int {
        let allowed = ChunkerParameters.averageExponents.map { 1 << $0 }
        guard let value = ByteCount.parse(chunkAverage), allowed.contains(value) else {
            throw CommandFailure.usage(
                "--chunk-average '\(chunkAverage)' is not a power of two from 4KiB to 4MiB")
        }
        return value
    }
}
