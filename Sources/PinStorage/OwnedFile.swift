#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An open file that has one owner and is closed exactly once.
///
/// Its calls go through with interrupted calls repeated and short reads and writes completed.
public struct OwnedFile: ~Copyable, Sendable {
    private let fileSystem: any FileSystem
    /// The open file, for calls beside the owner's; it is open as long as the owner is.
    public let token: FileToken
    private var isOpen = true

    /// Takes over an open file.
    public init(_ token: FileToken, of fileSystem: any FileSystem) {
        self.fileSystem = fileSystem
        self.token = token
    }

    /// Opens an existing file for reading; a symbolic link is not followed.
    public static func openForReading(
        _ path: String, of fileSystem: any FileSystem
    ) throws(SystemError) -> OwnedFile {
        let token = try uninterrupted { () throws(SystemError) in
            try fileSystem.openForReading(path)
        }
        return OwnedFile(token, of: fileSystem)
    }

    /// Creates a file for writing; `EEXIST` if the name is taken.
    public static func createExclusive(
        _ path: String, of fileSystem: any FileSystem
    ) throws(SystemError) -> OwnedFile {
        let token = try uninterrupted { () throws(SystemError) in
            try fileSystem.createExclusive(path)
        }
        return OwnedFile(token, of: fileSystem)
    }

    deinit {
        // Nobody is left to hear of an error; what must be durable was synchronised before.
        if isOpen { try? fileSystem.close(token) }
    }

    /// Closes the file. It is closed also if an error is thrown.
    ///
    /// A signal is no error: the handle is gone, and what had to be durable was synchronised.
    public consuming func close() throws(SystemError) {
        isOpen = false
        do throws(SystemError) {
            try fileSystem.close(token)
        } catch {
            if error.number != EINTR { throw error }
        }
    }

    /// Takes the file's lock, if nobody has it.
    ///
    /// - Returns: Whether it was free; it is given back when the file is closed.
    public func lock() throws(SystemError) -> Bool {
        try uninterrupted { () throws(SystemError) in try fileSystem.lock(token) }
    }

    /// What is known about the file.
    public func status() throws(SystemError) -> FileStatus {
        try uninterrupted { () throws(SystemError) in try fileSystem.status(of: token) }
    }

    /// Fills the buffer from `offset` on, or as much of it as the file has.
    ///
    /// - Returns: How many bytes were read; less than asked only at the end of the file.
    public func read(
        at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Int {
        var done = 0
        while done < buffer.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = try uninterrupted { () throws(SystemError) in
                try unsafe fileSystem.read(token, at: offset + done, into: rest)
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Writes all the bytes to `offset` on.
    public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SystemError) {
        try unsafe Self.write(bytes, at: offset, to: token, of: fileSystem)
    }

    /// Writes all the bytes to `offset` of a file that someone else owns, and keeps open meanwhile.
    public static func write(
        _ bytes: UnsafeRawBufferPointer, at offset: Int, to token: FileToken,
        of fileSystem: any FileSystem
    ) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = try uninterrupted { () throws(SystemError) in
                try unsafe fileSystem.write(token, at: offset + done, rest)
            }
            // A call that writes nothing and reports nothing would loop for ever.
            guard count > 0 else { throw SystemError(.write, EIO) }
            done += count
        }
    }

    /// Writes all the bytes to `offset` on.
    public func write(_ bytes: [UInt8], at offset: Int) throws(SystemError) {
        try write(bytes[...], at: offset)
    }

    /// Writes all the bytes to `offset` on.
    public func write(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(SystemError) {
        var failure: SystemError?
        unsafe bytes.withUnsafeBytes { buffer in
            do throws(SystemError) { try unsafe write(buffer, at: offset) } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Waits until bytes and size are on the medium. After an error the file must be given up: a
    /// second try may report success for bytes that are lost.
    public func synchronize() throws(SystemError) {
        try fileSystem.synchronize(token)
    }
}
