import ArgumentParser
import Pins
import PinsDocuments

/// What every command about a board understands.
struct BoardOption: ParsableArguments {
    @Option(help: "The board; BOARD is then left out.")
    var board: String?
}

/// What every command understands.
struct CommonOptions: ParsableArguments {
    @Flag(help: "Print one JSON document on standard output.")
    var json = false

    @Flag(help: "Print no messages, only data and errors.")
    var quiet = false

    @Flag(help: "Show no progress bar.")
    var noProgress = false

    @Flag(help: "Say more on standard error.")
    var verbose = false

    /// Prints a message for a person on standard error.
    func say(_ message: String) {
        if !quiet { StandardError.write(printableLines(message) + "\n") }
    }

    /// Prints a message that only `--verbose` asks for.
    func sayMore(_ message: @autoclosure () -> String) {
        if verbose { say(message()) }
    }

    /// Prints the result: the document with `--json`, else the text, if there is any.
    ///
    /// - Parameter boards: What the document tells of: it says if one has shown an older state.
    func print(
        _ document: @autoclosure () -> JSONDocument, of boards: Board...,
        text: @autoclosure () -> String
    ) throws(CommandFailure) {
        var out =
            json ? Documents.complete(document(), of: boards).bytes : Array(text().utf8)
        guard !out.isEmpty else { return }
        if out.last != UInt8(ascii: "\n") { out.append(UInt8(ascii: "\n")) }
        try StandardOutput.write(out)
    }
}
