public import PinEngine
internal import PinFormat
internal import PinStorage

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The files of a version to be written, gathered from files and folders.
public enum InputTree {
    /// How deep folders may lie in each other.
    private static let depthMax = 256

    /// Files for `paths`. A file keeps its last component. The files of one folder alone keep their paths inside
    /// it; of several paths a folder keeps its last component too, so that equal names in two folders stay
    /// apart.
    ///
    /// Symbolic links are refused unless they are to be followed; sockets, pipes and devices always. Empty folders
    /// are left out. Files come in ascending order of their paths inside the pin.
    ///
    /// - Throws: ``EngineError/Code/notFound``, ``EngineError/Code/usage`` for two files of the same name, links and
    ///   special files.
    public static func files(
        atPaths paths: [String], followingSymlinks: Bool = false
    ) throws(EngineError) -> [InputFile] {
        var walker = Walker(followingSymlinks: followingSymlinks)
        if paths.count > 1 { try checkDistinct(paths.map(lastComponent)) }
        for path in paths {
            let status = try walker.status(path)
            let name = lastComponent(path)
            if status.kind == .directory {
                let prefix = paths.count > 1 && !name.isEmpty ? name + "/" : ""
                try walker.addFolder(path, status, inside: prefix, ancestors: [])
            } else {
                try walker.add(path, status, as: name)
            }
        }
        guard !walker.files.isEmpty else {
            throw EngineError(.notFound, "there is no file in what was given to write")
        }
        return walker.files.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    /// The name that a path ends in; none for `.`, `..` and `/`.
    private static func lastComponent(_ path: String) -> String {
        let name = Names.components(of: path).last { $0 != "." } ?? ""
        return name == ".." ? "" : String(name)
    }

    private static func checkDistinct(_ names: [String]) throws(EngineError) {
        var known: Set<String> = []
        for name in names where !name.isEmpty && !known.insert(name).inserted { throw twice(name) }
    }

    private static func twice(_ name: String) -> EngineError {
        EngineError(
            .usage,
            "two of the files are called '\(Names.printable(name))'; put them into a folder and write that",
            object: name)
    }

    private struct Walker {
        let followingSymlinks: Bool
        var files: [String: InputFile] = [:]
        private let system = PosixFileSystem()

        init(followingSymlinks: Bool) { self.followingSymlinks = followingSymlinks }

        func status(_ path: String) throws(EngineError) -> FileStatus {
            do throws(SystemError) {
                return try system.status(path, followingLinks: followingSymlinks)
            } catch {
                throw EngineError.input(error, path)
            }
        }

        mutating func add(
            _ path: String, _ status: FileStatus, as name: String
        ) throws(EngineError) {
            switch status.kind {
            case .file: break
            case .symbolicLink: throw EngineError.input(SystemError(.openForReading, ELOOP), path)
            default:
                throw EngineError(
                    .usage, "'\(Names.printable(path))' is not a regular file and cannot be pinned",
                    object: path)
            }
            let source = FileSource(path: followingSymlinks ? resolved(path) : path)
            guard files.updateValue(InputFile(path: name, source: source), forKey: name) == nil
            else { throw InputTree.twice(name) }
        }

        mutating func addFolder(
            _ path: String, _ status: FileStatus, inside prefix: String,
            ancestors: [FileStatus]
        ) throws(EngineError) {
            let isLoop = ancestors.contains {
                $0.inode == status.inode && $0.device == status.device
            }
            guard !isLoop, ancestors.count < depthMax else {
                throw EngineError(
                    .usage, "the folder '\(Names.printable(path))' leads back into itself, or is too deep",
                    object: path)
            }
            let entries: [DirectoryEntry]
            do throws(SystemError) {
                // A listing never follows a link by itself.
                entries = try system.listDirectory(followingSymlinks ? resolved(path) : path)
            } catch {
                throw EngineError.input(error, path)
            }
            for entry in entries {
                guard entry.isExact else {
                    throw EngineError(
                        .usage, "a name in '\(Names.printable(path))' is not UTF-8: '\(Names.printable(entry.name))'",
                        object: path)
                }
                let child = "\(path)/\(entry.name)"
                let found = try self.status(child)
                if found.kind == .directory {
                    try addFolder(
                        child, found, inside: "\(prefix)\(entry.name)/",
                        ancestors: ancestors + [status])
                } else {
                    try add(child, found, as: prefix + entry.name)
                }
            }
        }

        private func resolved(_ path: String) -> String {
            guard let real = unsafe realpath(path, nil) else { return path }
            defer { unsafe free(real) }
            return unsafe String(cString: real)
        }
    }
}
