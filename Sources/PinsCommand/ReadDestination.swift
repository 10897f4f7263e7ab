import PinEngine
import PinFormat
import Pins

/// Where `read -o` puts what it reads.
struct ReadDestination {
    /// A file, or a folder for a tree.
    let path: String
    /// Whether the path is a device or a pipe: bytes go into it, and it is never replaced.
    private let isStream: Bool

    /// - Parameter file: The one file that is read, or `nil` for all.
    init(_ output: String, file: PinFile?) throws(CommandFailure) {
        let status = FileStatus(path: output)
        guard let file else {
            guard status?.isDirectory ?? true else {
                throw .usage("'\(output)' is a file; several files need a folder", object: output)
            }
            path = output
            isStream = false
            return
        }
        let isFolder = status?.isDirectory == true || output.hasSuffix("/")
        let name = Names.components(of: file.path).last.map(String.init) ?? file.path
        if isFolder {
            path = output + (output.hasSuffix("/") ? "" : "/") + name
            isStream = false
            try Self.makeFolder(output)
        } else {
            (path, isStream) = Self.target(of: output, status)
        }
    }

    /// Where the bytes for a path really go: a link to a file stays a link.
    private static func target(of path: String, _ status: FileStatus?) -> (String, Bool) {
        guard let status else { return (path, false) }
        guard status.isRegular else { return (path, true) }
        guard FileStatus.isSymbolicLink(path) else { return (path, false) }
        // Such as /dev/stdout: the link stands for an open file, which no other file can replace.
        if path.hasPrefix("/dev/") || path.hasPrefix("/proc/") { return (path, true) }
        guard let real = realpath(path, nil) else { return (path, false) }
        defer { free(real) }
        return (String(cString: real), false)
    }

    func receive(
        _ version: PinVersion, _ file: PinFile?, _ range: Range<UInt64>?,
        _ progress: ProgressHandler?
    ) async throws {
        guard let file else {
            try Self.makeFolder(path)
            return try await version.extractAll(to: path, progress: progress)
        }
        guard isStream else {
            return try await version.extract(file, range: range, to: path, progress: progress)
        }
        let output = try OutputDescriptor(path)
        do throws(EngineError) {
            try await version.read(file, range: range, progress: progress) {
                (piece) throws(EngineError) in
                do throws(CommandFailure) { try output.write(piece) } catch {
                    throw EngineError(.ioError, error.message, object: path)
                }
            }
        } catch {
            throw output.isClosedPipe ? .closedPipe : CommandFailure(error)
        }
    }

    /// Makes a folder and those above it.
    static func makeFolder(_ path: String) throws(CommandFailure) {
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
