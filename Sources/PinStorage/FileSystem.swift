/// The system calls that storage is made of, so that a simulated file system can stand in.
///
/// Every call does what one POSIX call does: it may read or write less than asked, may be
/// interrupted (`EINTR`), and promises nothing about a power cut except through the synchronising
/// calls. ``OwnedFile`` and ``FolderBackend`` make the loops. Paths are absolute or relative to the
/// working directory. The last component of a path is never followed if it is a symbolic link,
/// unless the call says so.
public protocol FileSystem: Sendable {
    /// Opens an existing file for reading, without blocking on a pipe and without following a link
    /// (`ELOOP`). The handle is not inherited by other programs.
    func openForReading(_ path: String) throws(SystemError) -> FileToken

    /// Creates a file for writing, with mode 0666 less the umask; `EEXIST` if the name is taken.
    func createExclusive(_ path: String) throws(SystemError) -> FileToken

    /// Reads up to `buffer.count` bytes from `offset` on.
    ///
    /// - Returns: How many bytes were read; 0 at the end of the file or for an empty buffer.
    func read(
        _ file: FileToken, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Int

    /// Writes up to `bytes.count` bytes to `offset` on.
    ///
    /// - Returns: How many bytes were written, at least 1 unless `bytes` is empty.
    func write(
        _ file: FileToken, at offset: Int, _ bytes: UnsafeRawBufferPointer
    ) throws(SystemError) -> Int

    /// Waits until the file's bytes and size are on the medium. After an error the bytes must be
    /// taken for lost: a second call may report success without having written them.
    func synchronize(_ file: FileToken) throws(SystemError)

    /// Gives the handle back. It is gone also if an error is thrown.
    func close(_ file: FileToken) throws(SystemError)

    /// Takes the file's lock, if nobody has it; it is given back when the handle is closed, also by
    /// the end of the process. Every handle has a lock of its own, also inside one process.
    ///
    /// - Returns: Whether it was free.
    /// - Throws: `ENOLCK`, `ENOTSUP`, `EBADF` or others where the file system has no locks.
    func lock(_ file: FileToken) throws(SystemError) -> Bool

    /// What is known about an open file.
    func status(of file: FileToken) throws(SystemError) -> FileStatus

    /// What is known about a name.
    ///
    /// - Parameter followingLinks: Whether a symbolic link is followed or described.
    func status(_ path: String, followingLinks: Bool) throws(SystemError) -> FileStatus

    /// Renames a file, replacing what has the new name, in one step.
    func rename(_ old: String, to new: String) throws(SystemError)

    /// Renames a file in one step; `EEXIST` if the new name is taken; `EINVAL`, `ENOSYS` or
    /// `ENOTSUP` where the file system cannot do that.
    func renameExclusive(_ old: String, to new: String) throws(SystemError)

    /// Gives a file a second name; `EEXIST` if it is taken.
    func link(_ old: String, to new: String) throws(SystemError)

    /// Removes a name of a file.
    func unlink(_ path: String) throws(SystemError)

    /// Makes a directory, with mode 0777 less the umask; `EEXIST` if the name is taken.
    func makeDirectory(_ path: String) throws(SystemError)

    /// Removes an empty directory.
    func removeDirectory(_ path: String) throws(SystemError)

    /// Waits until the names in a directory are on the medium. Errors: as ``synchronize(_:)``.
    func synchronizeDirectory(_ path: String) throws(SystemError)

    /// The names in a directory, in no order, without `.` and `..`.
    ///
    /// - Complexity: O(*n*) memory in the number of names.
    func listDirectory(_ path: String) throws(SystemError) -> [DirectoryEntry]
}

/// An open file of a ``FileSystem``; means nothing to another one. ``OwnedFile`` closes it.
public struct FileToken: Sendable, Hashable {
    /// The file system's own number for it.
    public let rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }
}

/// What a name of a directory stands for.
public enum FileKind: Sendable, Hashable {
    case file, directory, symbolicLink
    /// A device, a pipe, a socket.
    case special
    /// The directory does not say; ask for the status of the name.
    case unknown
}

/// A name in a directory.
public struct DirectoryEntry: Sendable, Hashable {
    /// The name. Where its bytes are not UTF-8 they are repaired, and ``isExact`` is false.
    public let name: String
    /// What it stands for.
    public let kind: FileKind
    /// Whether ``name`` is the name, byte for byte.
    public let isExact: Bool

    public init(name: String, kind: FileKind, isExact: Bool = true) {
        self.name = name
        self.kind = kind
        self.isExact = isExact
    }
}

/// What is known about a file or directory.
public struct FileStatus: Sendable, Hashable {
    /// What it is; never ``FileKind/unknown``.
    public let kind: FileKind
    /// The size in bytes; without meaning for what is no file.
    public let byteCount: Int
    /// The last change of the content, in milliseconds since 1970.
    public let modifiedMilliseconds: Int64
    /// How many names the file has.
    public let linkCount: Int
    /// The number of the file on its device; with ``device`` it tells two files apart.
    public let inode: UInt64
    /// The device.
    public let device: UInt64

    public init(
        kind: FileKind, byteCount: Int, modifiedMilliseconds: Int64, linkCount: Int, inode: UInt64,
        device: UInt64
    ) {
        self.kind = kind
        self.byteCount = byteCount
        self.modifiedMilliseconds = modifiedMilliseconds
        self.linkCount = linkCount
        self.inode = inode
        self.device = device
    }
}
