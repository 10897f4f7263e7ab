import PinEngine
import PinFormat
import PinsDocuments

/// Why a command failed, as it is told: one line, one document, one exit status.
struct CommandFailure: Error {
    /// The kind of failure: the words of `EngineError.Code`.
    let code: String
    /// What failed, on what, and what to do.
    let message: String
    /// The pin, version, file or stored object concerned.
    let object: String?
    /// Whether the command has printed its own document already.
    var hasDocument = false
    /// Whether nothing failed but the reader of standard output went away.
    var isClosedPipe = false

    init(_ code: EngineError.Code, _ message: String, object: String? = nil) {
        self.code = code.description
        self.message = message
        self.object = object
    }

    init(_ error: EngineError) {
        self.init(error.code, error.message, object: error.object)
    }

    /// An argument that is not allowed.
    static func usage(_ message: String, object: String? = nil) -> CommandFailure {
        CommandFailure(.usage, message, object: object)
    }

    /// The reader of standard output is gone: the command ends quietly.
    static var closedPipe: CommandFailure {
        var failure = CommandFailure(.ioError, "standard output was closed")
        failure.isClosedPipe = true
        return failure
    }

    /// The message on one line, safe on a terminal.
    var line: String {
        let words = message.split(whereSeparator: \.isNewline).map {
            $0.drop { $0 == " " }
        }
        return Names.printable(words.joined(separator: " "))
    }

    /// What `--json` prints.
    var document: JSONDocument {
        [
            "error": [
                "code": .string(code), "message": .string(line), "object": JSONDocument(object),
            ]
        ]
    }

    /// The exit status of a kind; interruptions are told apart by their signal elsewhere.
    var status: Int32 {
        Self.statuses[code] ?? 74
    }

    private static let statuses: [String: Int32] = [
        EngineError.Code.usage.description: 64,
        EngineError.Code.corrupt.description: 65,
        EngineError.Code.notFound.description: 66,
        EngineError.Code.unavailable.description: 69,
        EngineError.Code.cannotCreate.description: 73,
        EngineError.Code.ioError.description: 74,
        EngineError.Code.tryAgain.description: 75,
        EngineError.Code.incomplete.description: 75,
        EngineError.Code.needsNewer.description: 76,
        EngineError.Code.notPermitted.description: 77,
        EngineError.Code.cancelled.description: 130,
    ]
}
