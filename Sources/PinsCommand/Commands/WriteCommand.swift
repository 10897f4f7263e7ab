import ArgumentParser
import PinEngine
import PinFormat
import PinStorage
import Pins
import PinsDocuments

/// `pins write`: a new version of a pin.
struct WriteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "write", abstract: "Writes a new version of a pin from files or folders.",
        usage: "pins write [BOARD] NAME PATH… [--type T] [--title S] [--description S] [--tag T]… "
            + "[--url U]… [--metadata JSON] [--created TIME] [--unversioned] "
            + "[--force-identical-write] [--follow-symlinks] [--file-name F] "
            + "[--no-flat-digest] [--access-type T] [--no-preview] [--bundle plain|engine] "
            + "[--vanity-path P] [--dry-run]",
        discussion: """
            One folder's files keep their paths inside it; several PATHs, files or folders, keep \
            their last \
            component too. '-' is standard input. Where there is no board, one is made. Nothing \
            is written if content, names \
            and metadata are those of the latest version. The name of the version is printed.

            Example: pins write ~/board sales/orders orders.csv --tag weekly
            Example: zcat big.csv.gz | pins write ~/board big - --file-name big.csv

            \(BoardArguments.help)
            """)

    @Argument(help: ArgumentHelp("Board, pin and files.", valueName: "BOARD NAME PATH"))
    var arguments: [String] = []
    @OptionGroup var metadataOptions: MetadataOptions
    @Option(help: ArgumentHelp("When the data was made, RFC 3339; default now.", valueName: "time"))
    var created: String?
    @Option(help: "What standard input is called in the pin; default: the pin's name.")
    var fileName: String?
    @Flag(help: "Replace the only version there is.")
    var unversioned = false
    @Flag(help: "Write a version even if it equals the latest one.")
    var forceIdenticalWrite = false
    @Flag(help: "Read what symbolic links point at.")
    var followSymlinks = false
    @Flag(help: "Compute no SHA-256 of whole files; every chunk's own still proves it.")
    var noFlatDigest = false
    @Flag(help: "Store nothing; say what would be stored, in how many requests and bytes.")
    var dryRun = false
    @Option(help: "acl, logged_in or all: who may read it (Posit Connect only).")
    var accessType: String?
    @Flag(help: "Make no preview (Posit Connect only).")
    var noPreview = false
    @Option(
        help: """
            plain, or engine: deduplicated, for large data, read by swift-pins alone (Posit \
            Connect only).
            """)
    var bundle: String?
    @Option(help: "A path on the server under which the pin is found (Posit Connect only).")
    var vanityPath: String?
    @OptionGroup var place: BoardOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let shape = BoardArguments.Shape(required: ["NAME", "PATH"], repeats: true)
        let target = try BoardArguments(arguments, shape, place)
        let connect = try ConnectOptions(
            accessType: accessType, noPreview: noPreview, bundle: bundle, vanityPath: vanityPath,
            location: target.board)
        let name = target.rest[0]
        // On Connect an address is a name as well.
        if !Self.isAddress(name) || !connect.isForConnect {
            do { try Names.checkPin(name) } catch {
                throw CommandFailure.usage(error.message, object: name)
            }
        }
        let request = try self.request(name, Array(target.rest.dropFirst()))
        // A dry run makes no board either.
        let board = try connect.applied(
            to: dryRun
                ? try await Board.openOrImagine(target.board)
                : try await Board.openOrCreate(target.board))
        let bar = ProgressBar(common)
        defer { bar.finish() }
        let result = try await board.write(request, progress: bar.handler)
        bar.finish()
        try WriteOutcome.print(
            result, of: board, isDryRun: dryRun, makesBoard: board.isImagined, common)
    }

    private func request(_ name: String, _ paths: [String]) throws -> WriteRequest {
        var metadata = VersionMetadata(createdSeconds: try createdSeconds())
        metadataOptions.apply(to: &metadata, userJSON: try metadataOptions.userJSON())
        let files = try inputs(paths, name)
        if metadataOptions.title == nil, !Self.isAddress(name) {
            metadata.title = Self.defaultTitle(name, files.map(\.path))
        }
        try metadataOptions.check(metadata)
        var request = WriteRequest(pin: name, files: files, metadata: metadata)
        request.replacesOnlyVersion = unversioned
        request.forcesIdentical = forceIdenticalWrite
        request.computesFlatDigests = !noFlatDigest
        request.isDryRun = dryRun
        return request
    }

    private static func isAddress(_ name: String) -> Bool {
        name.hasPrefix("/") || name.contains("://")
    }

    private func createdSeconds() throws -> Int64 {
        guard let created else { return SystemClock().secondsSince1970 }
        guard let seconds = Timestamp.seconds(created) else {
            throw CommandFailure.usage(
                "--created '\(created)' is not a time such as 2026-11-23T15:04:05Z (RFC 3339)")
        }
        return seconds
    }

    private func inputs(_ paths: [String], _ name: String) throws -> [InputFile] {
        let standardInputs = paths.count { $0 == "-" }
        guard standardInputs <= 1 else {
            throw CommandFailure.usage("'-' stands for standard input and can be given once")
        }
        guard fileName == nil || standardInputs == 1 else {
            throw CommandFailure.usage("--file-name goes with '-', standard input")
        }
        let onDisk = paths.filter { $0 != "-" }
        if let empty = onDisk.first(where: \.isEmpty) {
            throw CommandFailure.usage("PATH is empty", object: empty)
        }
        var files =
            onDisk.isEmpty
            ? [] : try InputTree.files(atPaths: onDisk, followingSymlinks: followSymlinks)
        if standardInputs == 1 {
            let path = fileName ?? String(name.split(separator: "/").last ?? "data")
            do { try Names.checkPath(path) } catch { throw CommandFailure.usage(error.message) }
            guard !files.contains(where: { $0.path == path }) else {
                throw CommandFailure.usage("two files would be called '\(path)'", object: path)
            }
            files.append(InputFile(path: path, source: DescriptorSource(STDIN_FILENO)))
        }
        return files
    }

    /// The title that pins gives where the user gives none.
    static func defaultTitle(_ name: String, _ paths: [String]) -> String {
        guard paths.count == 1 else { return "\(name): \(paths.count) pinned files" }
        let base = paths[0].split(separator: "/").last ?? ""
        guard let dot = base.lastIndex(of: "."), dot != base.startIndex, base.last != "." else {
            return "\(name): a pinned file"
        }
        return "\(name): a pinned \(base[dot...]) file"
    }
}
