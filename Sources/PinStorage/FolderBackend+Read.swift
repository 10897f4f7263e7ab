#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

internal import PinFormat

extension FolderBackend {
    public func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        let object = try open(key)
        if let range {
            try checkRange(range, byteCount: object.byteCount, key: key)
            return try object.bytes(in: range)
        }
        // Before memory is taken: the size is the file's own word.
        guard object.byteCount <= limit || Check.readLimit.isOff else {
            throw overLimit(key, object.byteCount, limit: limit)
        }
        return try object.bytes(in: 0..<object.byteCount)
    }

    public func openLocal(_ key: ObjectKey) async throws(BackendError) -> (any LocalObject)? {
        try open(key)
    }

    /// Opens the file of an object, which must be a regular file.
    private func open(_ key: ObjectKey) throws(BackendError) -> FolderObject {
        guard try hasFolder(of: key) else {
            try checkFolderExists()
            throw absent(key)
        }
        let path = file(key)
        do throws(SystemError) {
            let file = try OwnedFile.openForReading(path, of: fileSystem)
            let status = try file.status()
            if status.kind == .file || Check.regularFile.isOff {
                return FolderObject(file, key: key, path: path, byteCount: status.byteCount)
            }
        } catch {
            guard error.number == ENOENT else { throw BackendError(error, key: key, path: path) }
            try checkFolderExists()
            throw absent(key)
        }
        throw notAnObject(key)
    }
}

/// A file of a folder board, open for as long as someone holds it.
final class FolderObject: LocalObject {
    let byteCount: Int
    private let file: OwnedFile
    private let key: ObjectKey
    private let path: String

    init(_ file: consuming OwnedFile, key: ObjectKey, path: String, byteCount: Int) {
        self.file = file
        self.key = key
        self.path = path
        self.byteCount = byteCount
    }

    func read(
        at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(BackendError) {
        guard
            Check.readRange.isOff
                || (offset >= 0 && buffer.count <= byteCount && offset <= byteCount - buffer.count)
        else {
            // The sum is only for the message and must not trap on a wild offset.
            let end = offset.addingReportingOverflow(buffer.count).partialValue
            throw BackendError(
                .rangeNotSatisfiable, key: key,
                "bytes from \(offset) to \(end) of \(path) were asked for, which has \(byteCount)")
        }
        let count: Int
        do throws(SystemError) {
            count = try unsafe file.read(at: offset, into: buffer)
        } catch {
            throw BackendError(error, key: key, path: path)
        }
        guard count == buffer.count || Check.readWhole.isOff else {
            throw BackendError(
                .ioError, key: key,
                "\(path) had \(byteCount) bytes when it was opened and ends at \(offset + count): "
                    + "something cut it short, verify the board")
        }
    }
}
