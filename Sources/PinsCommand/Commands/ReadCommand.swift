import ArgumentParser
import PinEngine
import PinFormat
import Pins
import PinsDocuments

/// `pins read`: the bytes of a version.
struct ReadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read", abstract: "Reads a version: to standard output, a file or a folder.",
        usage: "pins read [BOARD] NAME [FILE] [--version V] [--hash H] [--range A:B] [-o PATH] "
            + "[--dry-run]",
        discussion: """
            Every byte is verified before it is handed out. With several files, name one or give \
            -o DIR.

            Example: pins read ~/board mtcars > mtcars.csv
            Example: pins read ~/board mtcars --version prod --hash 0d7a39cb -o data/
            Example: pins read ~/board big --range 1000000:1000100

            \(BoardArguments.help)
            """)

    @Argument(help: ArgumentHelp("Board, pin and file.", valueName: "BOARD NAME FILE"))
    var arguments: [String] = []
    @Option(help: "A version's name or the start of it, a label, or latest.")
    var version: String?
    @Option(help: "Check: 8 to 64 digits of the version's pin_hash or of the file's SHA-256.")
    var hash: String?
    @Option(help: ArgumentHelp("Bytes A up to, not including, B.", valueName: "A:B"))
    var range: String?
    @Option(
        name: [.customShort("o", allowingJoined: true), .long],
        help: ArgumentHelp("A file, or a folder to put the files in.", valueName: "PATH"))
    var output: String?
    @Flag(help: "Read nothing; say how many requests and bytes it would take.")
    var dryRun = false
    @OptionGroup var place: BoardOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let shape = BoardArguments.Shape(required: ["NAME"], optional: ["FILE"])
        let target = try BoardArguments(arguments, shape, place)
        if dryRun, hash != nil {
            throw CommandFailure.usage("--dry-run reads nothing that --hash could be compared with")
        }
        if common.json, output == nil, !dryRun {
            throw CommandFailure.usage("--json goes with -o: else the data is on standard output")
        }
        if output?.isEmpty == true { throw CommandFailure.usage("-o needs a path") }
        let wanted = try range.map(ByteRange.init)
        let hash = try hash.map(Self.checkedHash)
        let board = try await Board.open(target.board)
        let found = try await board.version(target.rest[0], VersionSelector(version))
        let file = try chooseFile(found, named: target.optional(1), wanted)
        let bytes = try wanted.flatMap { wanted in
            try file.map { try wanted.resolved(in: $0.byteCount, of: $0.path) }
        }
        if dryRun { return try await foretell(board, found, file, bytes) }
        let destination = try output.map { try ReadDestination($0, file: file) }
        if let hash { try await found.checkHash(hash, file: file ?? soleFile(found)) }
        let bar = ProgressBar(common)
        defer { bar.finish() }
        guard let destination else {
            guard let file else { preconditionFailure("a tree goes to a folder") }
            return try await stream(found, file, bytes, bar)
        }
        try await destination.receive(found, file, bytes, bar.handler)
        bar.finish()
        try report(board, found, file, destination)
    }

    /// The file that is read, or `nil` for the whole tree.
    private func chooseFile(
        _ version: PinVersion, named name: String?, _ range: ByteRange?
    ) throws -> PinFile? {
        if let name {
            guard let file = version.files.first(where: { $0.path == name }) else {
                throw CommandFailure(
                    .notFound,
                    "pin '\(version.info.pin)' has no file '\(name)'; it has "
                        + "\(listing(version))",
                    object: name)
            }
            return file
        }
        if let file = soleFile(version) { return file }
        guard output != nil || dryRun, range == nil else {
            let why = range == nil ? "give -o DIR or name one" : "--range needs one by name"
            throw CommandFailure.usage(
                "pin '\(version.info.pin)' has \(version.files.count) files; \(why): "
                    + listing(version), object: version.info.pin)
        }
        return nil
    }

    private func soleFile(_ version: PinVersion) -> PinFile? {
        version.files.count == 1 ? version.files[0] : nil
    }

    /// The names of the files, not more than a line of them.
    private func listing(_ version: PinVersion) -> String {
        let shown = version.files.prefix(20).map { "'\($0.path)'" }.joined(separator: ", ")
        return version.files.count > 20 ? shown + ", …" : shown
    }

    private func stream(
        _ version: PinVersion, _ file: PinFile, _ range: Range<UInt64>?, _ bar: ProgressBar
    ) async throws {
        do throws(EngineError) {
            try await version.read(file, range: range, progress: bar.handler) {
                (piece) throws(EngineError) in
                do throws(CommandFailure) { try StandardOutput.write(piece) } catch {
                    throw EngineError(.ioError, error.message)
                }
            }
        } catch {
            throw StandardOutput.failure ?? CommandFailure(error)
        }
    }

    /// What reading would move; nothing is read, and no folder made.
    private func foretell(
        _ board: Board, _ version: PinVersion, _ file: PinFile?, _ range: Range<UInt64>?
    ) async throws {
        let files = file.map { [$0] } ?? version.files
        let traffic = try await board.trafficOfReading(version, files: files, range: range)
        let size = range.map { UInt64($0.count) } ?? files.reduce(0) { $0 + $1.byteCount }
        let info = version.info
        let text =
            "Would read \(ByteCount.text(size)) of pin '\(info.pin)' \(info.version): "
            + WriteOutcome.traffic(traffic)
        try common.print(
            JSONDocument.object([
                ("name", .string(info.pin)), ("version", .string(info.version)),
                ("pin_hash", .string(info.pinHash)), ("files", Documents.files(files)),
                ("size", .unsigned(size)),
            ]).with(Documents.traffic(traffic)), of: board, text: text)
    }

    private func report(
        _ board: Board, _ version: PinVersion, _ file: PinFile?, _ destination: ReadDestination
    ) throws {
        let files = file.map { [$0] } ?? version.files
        common.sayMore("Read '\(version.info.pin)' \(version.info.version)")
        guard common.json else { return }
        try common.print(
            [
                "name": .string(version.info.pin),
                "version": .string(version.info.version),
                "pin_hash": .string(version.info.pinHash),
                "path": .string(destination.path), "files": Documents.files(files),
            ], of: board, text: "")
    }

    /// Checks the form of `--hash`.
    static func checkedHash(_ text: String) throws -> String {
        let digits = text.lowercased()
        guard (8...64).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else {
            throw CommandFailure.usage("--hash '\(text)' is not 8 to 64 hexadecimal digits")
        }
        return digits
    }
}
