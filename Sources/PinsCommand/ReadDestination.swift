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
        let name = Names.components(of: file.path).last.map(String.init) ?? file.path
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

    /// Makes a folder and those above it.
    private static func makeFolder(_ path: String) throws(CommandFailure) {
        var made = path.hasPrefix("/") ? "/" : ""
        for component in path.split(separator: "/") {
            made += component
            if mkdir(made, 0o777) != 0 {
                let number = errno
                let status = FileStatus(path: made)
                guard status?.isDirectory == true else {
                    throw status == nil
                        ? CommandFailure(
                            number == EACCES || number == EPERM ? .notPermitted : .ioError,
                            "the folder '\(made)' cannot be made: "
                                + String(cString: strerror(number)), object: made)
                        : .usage("'\(made)' is a file, not a folder", object: made)
                }
            }
            made += "/"
        }
    }
}
