import PinEngine
import PinFormat
import Pins

/// Where `read -o` puts what it reads.
struct ReadDestination {
    /// A file, or a folder for a tree.
    let path: String

    /// - Parameter file: The one file that is read, or `nil` for all.
    init(_ output: String, file: FileEntry?) throws(CommandFailure) {
        let status = FileStatus(path: output)
        guard let file else {
            guard status?.isDirectory ?? true else {
                throw .usage("'\(output)' is a file; several files need a folder", object: output)
            }
            path = output
            return
        }
        let isFolder = status?.isDirectory == true || output.hasSuffix("/")
        if output.hasSuffix("/"), let status, !status.isDirectory {
            throw .usage("'\(output)' is not a folder", object: output)
        }
        let name = file.path.split(separator: "/").last.map(String.init) ?? file.path
        path = isFolder ? output + (output.hasSuffix("/") ? "" : "/") + name : output
        if isFolder { try Self.makeFolder(output) }
    }

    func receive(
        _ version: PinVersion, _ file: FileEntry?, _ range: Range<UInt64>?,
        _ progress: ProgressHandler?
    ) async throws {
        guard let file else {
            try Self.makeFolder(path)
            return try await version.extractAll(to: path, progress: progress)
        }
        try await version.extract(file, range: range, to: path, progress: progress)
    }

    private static func makeFolder(_ path: String) throws(CommandFailure) {
        var made = path.hasPrefix("/") ? "/" : ""
        for component in path.split(separator: "/") {
            made += component + "/"
            guard mkdir(made, 0o777) != 0, errno != EEXIST else { continue }
            let reason = String(cString: strerror(errno))
            if FileStatus(path: made)?.isDirectory == true { continue }
            throw CommandFailure(
                .ioError, "the folder '\(made)' cannot be made: \(reason)", object: made)
        }
    }
}
