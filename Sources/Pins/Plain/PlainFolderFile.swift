internal import PinEngine
internal import PinFormat
internal import PinStorage

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An open file of a version in a folder; it is closed when the last one lets go of it.
final class PlainFolderFile: PlainFile {
    let status: PlainFileStatus
    private let path: String
    private let file: OwnedFile

    init(_ name: String, at path: String, _ fileSystem: any FileSystem) throws(EngineError) {
        self.path = path
        do throws(SystemError) {
            file = try OwnedFile.openForReading(path, of: fileSystem)
            let status = try file.status()
            guard status.kind == .file else { throw SystemError(.openForReading, EISDIR) }
            self.status = PlainFileStatus(path: name, status)
        } catch {
            if error.number == ELOOP {
                throw EngineError(
                    .corrupt,
                    "'\(Names.printable(path))' is a symbolic link, which may lead anywhere; put "
                        + "the file itself there",
                    object: path)
            }
            throw EngineError.plain(error, path)
        }
    }

    func read(_ range: Range<UInt64>) async throws(EngineError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        let result = unsafe bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(SystemError) in
                try unsafe file.read(at: Int(range.lowerBound), into: buffer)
            }
        }
        let count: Int
        do throws(SystemError) { count = try result.get() } catch {
            throw EngineError.plain(error, path)
        }
        guard count == range.count else {
            throw EngineError(
                .corrupt, "'\(Names.printable(path))' became shorter while it was read",
                object: path)
        }
        return bytes
    }
}
