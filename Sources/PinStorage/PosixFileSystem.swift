#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The file system of the operating system.
public struct PosixFileSystem: FileSystem {
    public init() {}

    public func openForReading(_ path: String) throws(SystemError) -> FileToken {
        // O_NONBLOCK: a pipe under the name of an object must not hang us; files ignore it.
        let flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        return FileToken(rawValue: Int(try unsafe check(.openForReading, open(path, flags))))
    }

    public func createExclusive(_ path: String) throws(SystemError) -> FileToken {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let file = try unsafe check(.createExclusive, open(path, flags, 0o666))
        return FileToken(rawValue: Int(file))
    }

    public func read(
        _ file: FileToken, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Int {
        guard let base = buffer.baseAddress, buffer.count > 0 else { return 0 }
        return try unsafe check(
            .read, pread(descriptor(file), base, buffer.count, off_t(offset)))
    }

    public func write(
        _ file: FileToken, at offset: Int, _ bytes: UnsafeRawBufferPointer
    ) throws(SystemError) -> Int {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return 0 }
        return try unsafe check(
            .write, pwrite(descriptor(file), base, bytes.count, off_t(offset)))
    }

    public func synchronize(_ file: FileToken) throws(SystemError) {
        try waitForMedium(descriptor(file), .synchronize)
    }

    public func close(_ file: FileToken) throws(SystemError) {
        #if canImport(Darwin)
            let result = Darwin.close(descriptor(file))
        #elseif canImport(Glibc)
            let result = Glibc.close(descriptor(file))
        #else
            let result = Musl.close(descriptor(file))
        #endif
        // The descriptor is gone also after EINTR, so that is no error of ours.
        if result != 0, errno != EINTR { throw SystemError(.close, errno) }
    }

    public func lock(_ file: FileToken) throws(SystemError) -> Bool {
        if flock(descriptor(file), LOCK_EX | LOCK_NB) == 0 { return true }
        guard errno == EWOULDBLOCK else { throw SystemError(.lock, errno) }
        return false
    }

    public func status(of file: FileToken) throws(SystemError) -> FileStatus {
        var status = stat()
        try unsafe check(.status, fstat(descriptor(file), &status))
        return FileStatus(status)
    }

    public func status(
        _ path: String, followingLinks: Bool
    ) throws(SystemError) -> FileStatus {
        var status = stat()
        let result =
            unsafe followingLinks ? stat(path, &status) : lstat(path, &status)
        try check(.status, result)
        return FileStatus(status)
    }
}

// MARK: - Names

extension PosixFileSystem {
    public func rename(_ old: String, to new: String) throws(SystemError) {
        #if canImport(Darwin)
            try unsafe check(.rename, Darwin.rename(old, new))
        #elseif canImport(Glibc)
            try unsafe check(.rename, Glibc.rename(old, new))
        #else
            try unsafe check(.rename, Musl.rename(old, new))
        #endif
    }

    public func renameExclusive(_ old: String, to new: String) throws(SystemError) {
        #if canImport(Darwin)
            try unsafe check(.renameExclusive, renamex_np(old, new, UInt32(RENAME_EXCL)))
        #else
            guard let call = unsafe renameat2 else { throw SystemError(.renameExclusive, ENOSYS) }
            let noReplace: UInt32 = 1  // RENAME_NOREPLACE of linux/fs.h
            try unsafe check(.renameExclusive, call(AT_FDCWD, old, AT_FDCWD, new, noReplace))
        #endif
    }

    public func link(_ old: String, to new: String) throws(SystemError) {
        #if canImport(Darwin)
            try unsafe check(.link, Darwin.link(old, new))
        #elseif canImport(Glibc)
            try unsafe check(.link, Glibc.link(old, new))
        #else
            try unsafe check(.link, Musl.link(old, new))
        #endif
    }

    public func unlink(_ path: String) throws(SystemError) {
        #if canImport(Darwin)
            try unsafe check(.unlink, Darwin.unlink(path))
        #elseif canImport(Glibc)
            try unsafe check(.unlink, Glibc.unlink(path))
        #else
            try unsafe check(.unlink, Musl.unlink(path))
        #endif
    }

    public func makeDirectory(_ path: String) throws(SystemError) {
        try unsafe check(.makeDirectory, mkdir(path, 0o777))
    }

    public func removeDirectory(_ path: String) throws(SystemError) {
        try unsafe check(.removeDirectory, rmdir(path))
    }

    public func synchronizeDirectory(_ path: String) throws(SystemError) {
        let directory = try unsafe check(
            .synchronizeDirectory, open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        let file = FileToken(rawValue: Int(directory))
        defer { try? close(file) }
        try waitForMedium(directory, .synchronizeDirectory)
    }

    public func listDirectory(_ path: String) throws(SystemError) -> [DirectoryEntry] {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW
        let directory = try unsafe check(.listDirectory, open(path, flags))
        guard let stream = unsafe fdopendir(directory) else {
            let number = errno
            try? close(FileToken(rawValue: Int(directory)))
            throw SystemError(.listDirectory, number)
        }
        defer { unsafe closedir(stream) }
        var entries: [DirectoryEntry] = []
        while true {
            // The end and an error are told apart by errno alone.
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                if errno != 0 { throw SystemError(.listDirectory, errno) }
                return entries
            }
            if let entry = unsafe DirectoryEntry(entry) { entries.append(entry) }
        }
    }
}

// MARK: - Pieces

/// The number that the operating system gives an open file.
private func descriptor(_ file: FileToken) -> Int32 { Int32(truncatingIfNeeded: file.rawValue) }

/// Throws the error that a call left in `errno` if its result is negative.
@discardableResult
private func check<Result: SignedInteger>(
    _ call: SystemError.Call, _ result: Result
) throws(SystemError) -> Result {
    guard result >= 0 else { throw SystemError(call, errno) }
    return result
}

/// `fsync`, or what is stronger where that is not enough.
private func waitForMedium(_ file: Int32, _ call: SystemError.Call) throws(SystemError) {
    #if canImport(Darwin)
        // fsync of macOS leaves the bytes in the drive's cache. Where the file system does not
        // know the stronger call, fsync is all there is; any other error is an error.
        if fcntl(file, F_FULLFSYNC) == 0 { return }
        guard errno == ENOTSUP || errno == EINVAL || errno == ENOTTY else {
            throw SystemError(call, errno)
        }
    #endif
    try check(call, fsync(file))
}

#if !canImport(Darwin)
    private typealias RenameAt2 =
        @convention(c) (
            Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32
        ) -> Int32

    // The headers show renameat2 only to C with _GNU_SOURCE, and old libraries do not have it: it
    // is looked up when the program runs. The type is that of the manual, renameat2(2).
    private let renameat2: RenameAt2? = {
        guard let symbol = unsafe dlsym(nil, "renameat2") else { return nil }
        return unsafe unsafeBitCast(symbol, to: RenameAt2.self)
    }()
#endif

/// A file's time can be any number of seconds at all: what does not fit is cut to what does.
private func milliseconds(_ seconds: Int64, nanoseconds: Int64) -> Int64 {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    let (sum, isOver) = product.addingReportingOverflow(nanoseconds / 1_000_000)
    return overflow || isOver ? (seconds < 0 ? .min : .max) : sum
}

extension FileStatus {
    fileprivate init(_ status: stat) {
        #if canImport(Darwin)
            let modified = status.st_mtimespec
        #else
            let modified = status.st_mtim
        #endif
        self.init(
            kind: FileKind(mode: status.st_mode),
            byteCount: Int(status.st_size),
            modifiedMilliseconds: milliseconds(
                Int64(modified.tv_sec), nanoseconds: Int64(modified.tv_nsec)),
            linkCount: Int(status.st_nlink),
            inode: UInt64(status.st_ino),
            device: UInt64(truncatingIfNeeded: status.st_dev))
    }
}

extension FileKind {
    fileprivate init(mode: mode_t) {
        switch mode & S_IFMT {
        case S_IFREG: self = .file
        case S_IFDIR: self = .directory
        case S_IFLNK: self = .symbolicLink
        default: self = .special
        }
    }
}

extension DirectoryEntry {
    /// The entry, unless it is `.` or `..`.
    fileprivate init?(_ entry: UnsafeMutablePointer<dirent>) {
        guard let name = unsafe entry.pointer(to: \.d_name) else { return nil }
        let bytes = unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { name in
            unsafe Array(UnsafeRawBufferPointer(start: name, count: strlen(name)))
        }
        if bytes == [UInt8(ascii: ".")] || bytes == [UInt8(ascii: "."), UInt8(ascii: ".")] {
            return nil
        }
        let kind: FileKind =
            switch Int32(unsafe entry.pointee.d_type) {
            case Int32(DT_REG): .file
            case Int32(DT_DIR): .directory
            case Int32(DT_LNK): .symbolicLink
            case Int32(DT_UNKNOWN): .unknown
            default: .special
            }
        let text = String(validating: bytes, as: UTF8.self)
        self.init(
            name: text ?? String(decoding: bytes, as: UTF8.self), kind: kind, isExact: text != nil)
    }
}
