/// What stands at a path, as far as the command wants to know.
struct FileStatus {
    let isDirectory: Bool
    let isRegular: Bool
    let byteCount: Int

    /// Follows symbolic links; `nil` where nothing can be seen.
    init?(path: String) {
        var found = stat()
        guard stat(path, &found) == 0 else { return nil }
        isDirectory = found.st_mode & S_IFMT == S_IFDIR
        isRegular = found.st_mode & S_IFMT == S_IFREG
        byteCount = Int(found.st_size)
    }

    /// Whether the path itself is a symbolic link.
    static func isSymbolicLink(_ path: String) -> Bool {
        var found = stat()
        return lstat(path, &found) == 0 && found.st_mode & S_IFMT == S_IFLNK
    }
}
