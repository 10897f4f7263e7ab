import ArgumentParser
import PinEngine
import PinFormat
import Pins
import PinsDocuments

/// `pins copy`: pins from one board to another.
struct CopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy", abstract: "Copies pins from one board to another.",
        usage: "pins copy SOURCE DESTINATION [NAME…] [--latest]",
        discussion: """
            All versions of all pins, or of those named, with their labels. Boards may be of any \
            form; a \
            DESTINATION that does not exist is made. Every byte is verified. What is there already \
            is left \
            alone: run an interrupted copy again and it goes on.

            Example: pins copy plain:/data/pins ~/board
            Example: pins copy ~/board plain:/data/out mtcars --latest

            \(BoardArguments.addresses)
            """)

    @Argument(help: ArgumentHelp("The board to copy from.", valueName: "SOURCE"))
    var source: String
    @Argument(help: ArgumentHelp("The board to copy to.", valueName: "DESTINATION"))
    var destination: String
    @Argument(help: ArgumentHelp("The pins to copy; default: all.", valueName: "NAME"))
    var names: [String] = []
    @Flag(help: "Copy only the latest version of each pin.")
    var latest = false
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let from = try await Board.open(source)
        let to = try await Board.openOrCreate(destination, settings(like: from))
        var copy = BoardCopy(from: from, to: to)
        copy.pins = names.isEmpty ? nil : names
        copy.latestOnly = latest
        let bar = ProgressBar(common)
        defer { bar.finish() }
        let common = common
        let report = try await copy.run(progress: bar.handler) { version in
            common.sayMore("Copying '\(version.pin)' \(version.version)")
        }
        bar.finish()
        let count = report.copied.count
        let bytes = report.copied.reduce(UInt64(0)) { $0 &+ $1.storedByteCount }
        common.say(
            "Copied \(count == 1 ? "1 version" : "\(count) versions") to '\(destination)', "
                + "\(ByteCount.text(bytes)) stored"
                + (report.presentCount == 0 ? "" : "; \(report.presentCount) were there already"))
        try common.print(Documents.copy(report), of: from, to, text: "")
    }

    /// A new engine board has the profile of the one it is a copy of, so that hashes are the same.
    private func settings(like board: Board) -> BoardSettings {
        var settings = BoardSettings()
        if let config = board.store?.config {
            settings.chunkAverageByteCount = config.chunker.averageByteCount
            settings.level = config.level
            settings.closureFrameCount = config.closureFrameCount
            settings.parityPercent = config.parityPercent
        }
        return settings
    }
}
