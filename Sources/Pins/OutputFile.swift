internal import PinEngine
internal import PinFormat
internal import PinStorage
internal import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file that appears under its name only when it is whole. Bytes may come in any order, from
/// several tasks at once.
final class OutputFile: PositionedSink {
    private let path: String
    private let temporary: String
    private let system = PosixFileSystem()
    private let token: FileToken
    /// Open until it is published or abandoned.
    private let file: Mutex<OwnedFile?>

    /// Makes a file of another name in the folder of `path`.
    init(_ path: String) throws(EngineError) {
        self.path = path
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
            let made = try OwnedFile.createExclusive(temporary, of: system)
            token = made.token
            file = Mutex(made)
        } catch {
            throw EngineError.output(error, path)
        }
    }

    /// Writes bytes to their place. Nobody publishes or abandons the file meanwhile.
    func write(_ bytes: RawSpan, at offset: UInt64) throws(EngineError) {
        do throws(SystemError) {
            try unsafe bytes.withUnsafeBytes { buffer throws(SystemError) in
                try unsafe OwnedFile.write(buffer, at: Int(offset), to: token, of: system)
            }
        } catch {
            throw EngineError.output(error, path)
        }
    }

    /// Gives the file its name; the caller has written all of it.
    func publish() throws(EngineError) {
        do throws(SystemError) {
            try file.withLock { file throws(SystemError) in try file.take()?.close() }
            try system.rename(temporary, to: path)
        } catch {
            throw EngineError.output(error, path)
        }
    }

    /// Removes what was written.
    func abandon() {
        file.withLock { file in _ = file.take() }
        try? system.unlink(temporary)
    }

    /// Makes a folder, if there is none.
    static func makeFolder(_ path: String, isRoot: Bool) throws(EngineError) {
        let system = PosixFileSystem()
        do throws(SystemError) {
            do throws(SystemError) {
                try system.makeDirectory(path)
            } catch  where error.number == EEXIST {
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
