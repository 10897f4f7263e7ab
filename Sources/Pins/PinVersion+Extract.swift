public import PinEngine
public import PinFormat
internal import PinStorage
internal import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Writing files out.
extension PinVersion {
    /// Writes a file to a path. What stands there is replaced only when the new file is whole and verified;
    /// nothing half-written stays.
    ///
    /// - Throws: ``EngineError/Code/usage`` if the path is a folder, ``EngineError/Code/corrupt``,
    ///   ``EngineError/Code/ioError``, ``EngineError/Code/cancelled``.
    public func extract(
        _ file: FileEntry, range: Range<UInt64>? = nil, to path: String,
        progress: ProgressHandler? = nil
    ) async throws(EngineError) {
        try await runBlocking { () async throws(EngineError) in
            let output = try OutputFile(path)
            do throws(EngineError) {
                try await reader.read(file, range: range, progress: progress) {
                    (piece) throws(EngineError) in try output.write(piece)
                }
                try output.publish()
            } catch {
                output.abandon()
                throw error
            }
        }
    }

    /// Writes all files below a folder, each one whole; folders are made as needed.
    ///
    /// - Throws: ``EngineError/Code/usage`` if two paths would be one file here.
    public func extractAll(
        to directory: String, progress: ProgressHandler? = nil
    ) async throws(EngineError) {
        do throws(FormatError) {
            try Names.checkDistinct(files.map(\.path))
        } catch {
            throw EngineError.usage(error, object: record.pinName)
        }
        try await runBlocking { () async throws(EngineError) in
            try OutputFile.makeFolder(directory, isRoot: true)
            for file in files {
                // A path has no '..' (FORMAT.md §3.2); links below the folder are not followed.
                var folder = directory
                for component in Names.components(of: file.path).dropLast() {
                    folder += "/\(component)"
                    try OutputFile.makeFolder(folder, isRoot: false)
                }
                try await extract(file, to: "\(directory)/\(file.path)", progress: progress)
            }
        }
    }
}

/// A file that appears under its name only when it is whole.
private final class OutputFile: Sendable {
    private struct State: ~Copyable {
        var file: OwnedFile?
        var byteCount = 0
    }

    private let path: String
    private let temporary: String
    private let state: Mutex<State>

    init(_ path: String) throws(EngineError) {
        self.path = path
        let system = PosixFileSystem()
        if let status = try? system.status(path, followingLinks: true), status.kind != .file {
            // A device or a pipe must not be replaced by a file.
            let kind = status.kind == .directory ? "a folder" : "a device, a pipe or a socket"
            throw EngineError(
                .usage, "'\(Names.printable(path))' is \(kind), not a file", object: path)
        }
        let suffix = Hex.encode(SystemRandom().bytes(count: 6))
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { String(path[...$0]) } ?? ""
        temporary = "\(folder).pins-\(suffix)"
        do throws(SystemError) {
            state = Mutex(State(file: try OwnedFile.createExclusive(temporary, of: system)))
        } catch {
            throw EngineError.output(error, path)
        }
    }

    func write(_ bytes: [UInt8]) throws(EngineError) {
        do throws(SystemError) {
            try state.withLock { state throws(SystemError) in
                try state.file?.write(bytes, at: state.byteCount)
                state.byteCount += bytes.count
            }
        } catch {
            throw EngineError.output(error, path)
        }
    }

    func publish() throws(EngineError) {
        do throws(SystemError) {
            try state.withLock { state throws(SystemError) in try state.file.take()?.close() }
            try PosixFileSystem().rename(temporary, to: path)
        } catch {
            throw EngineError.output(error, path)
        }
    }

    func abandon() {
        state.withLock { state in _ = state.file.take() }
        try? PosixFileSystem().unlink(temporary)
    }

    static func makeFolder(_ path: String, isRoot: Bool) throws(EngineError) {
        let system = PosixFileSystem()
        do throws(SystemError) {
            do throws(SystemError) {
                try system.makeDirectory(path)
            } catch where error.number == EEXIST {
                let status = try system.status(path, followingLinks: isRoot)
                guard status.kind == .directory else { throw SystemError(.makeDirectory, ENOTDIR) }
            }
        } catch {
            throw EngineError.output(error, path)
        }
    }
}

extension EngineError {
    /// A failed call on a file that is written for the user.
    fileprivate static func output(_ error: SystemError, _ path: String) -> EngineError {
        let name = Names.printable(path)
        switch error.number {
        case ENOENT, ENOTDIR:
            return EngineError(.ioError, "there is no folder for '\(name)'", object: path)
        case EACCES, EPERM:
            return EngineError(.notPermitted, "'\(name)' may not be written", object: path)
        case EROFS:
            return EngineError(
                .cannotCreate, "'\(name)' is on a file system that is mounted for reading only",
                object: path)
        case ENOSPC, EDQUOT:
            return EngineError(.ioError, "there is no space left for '\(name)'", object: path)
        default:
            return EngineError(.ioError, "'\(name)' cannot be written: \(error)", object: path)
        }
    }
}
