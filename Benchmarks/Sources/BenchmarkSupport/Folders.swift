#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Whole folders: their size, and making them go away.
public enum Folders {
    /// The bytes of all files under a path, by their length; of the file where it is one.
    public static func byteCount(_ path: String) throws -> Int {
        var total = 0
        try visit(path) { _, status, isFolder in total += isFolder ? 0 : Int(status.st_size) }
        return total
    }

    /// Where data and stores go: `wanted`, or memory where the system has such a folder.
    public static func workplace(_ wanted: String?) throws -> String {
        let shared = "/dev/shm"
        return try Files.absolute(wanted ?? (Files.isMemoryFolder(shared) ? shared : "/tmp"))
    }

    /// Removes a path and all under it; one that does not exist is fine.
    public static func remove(_ path: String) throws {
        guard Files.exists(path) else { return }
        try visit(path) { entry, _, isFolder in
            guard (isFolder ? rmdir(entry) : unlink(entry)) == 0 else {
                throw Failure("cannot remove \(entry)")
            }
        }
    }

    /// Calls `body` for every entry under `path` and then for `path`; links are not followed.
    private static func visit(
        _ path: String, _ body: (_ path: String, _ status: stat, _ isFolder: Bool) throws -> Void
    ) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw Failure("cannot look at \(path)") }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        if isFolder {
            for name in try names(in: path) { try visit("\(path)/\(name)", body) }
        }
        try body(path, status, isFolder)
    }

    private static func names(in path: String) throws -> [String] {
        guard let folder = opendir(path) else { throw Failure("cannot list \(path)") }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
