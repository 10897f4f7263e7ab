#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

internal import PinFormat
internal import Synchronization

/// A folder that keeps each object in a file of its name.
///
/// An object is written to a file in `tmp/`, brought to the medium, and then given its name in one
/// step, so that no reader ever sees a part of one; the folder's own entry is brought to the medium
/// before `put` returns. Folders are made when the first object needs them.
///
/// Only names that are ``ObjectKey`` reach a path. Links inside the board are refused, the board's
/// own path may be one. Files whose names are no keys are ignored. New files and folders have the
/// permissions that the umask leaves. Calls block; run them inside ``runBlocking(on:_:)``. They do
/// not observe cancellation.
public final class FolderBackend: BoardBackend {
    /// The board's folder, without a slash at the end.
    public let path: String
    /// What the place promises.
    public let capabilities: BackendCapabilities

    let fileSystem: any FileSystem
    let random: any RandomSource
    let state = Mutex(State())

    /// What was learned about the folder; losing it costs calls, never safety.
    struct State {
        /// Sub-folders that are known to be folders, and not links to one.
        var folders: Set<String> = []
        /// Those of them whose own entry is known to be on the medium.
        var durableFolders: Set<String> = []
        /// Whether the file system can rename without replacing.
        var hasExclusiveRename = true
    }

    /// A backend over a folder. Touches nothing: see ``createFolder()``.
    ///
    /// - Parameters:
    ///   - path: The folder; a relative path is relative to the working directory of each call.
    ///   - fileSystem: Where the folder is.
    ///   - random: Names the temporary files.
    ///   - isReadOnly: Whether every write is refused.
    ///   - hasAtomicCreate: Whether the file system can give a name only if it is free. Without
    ///     that, `put(ifAbsent)` looks before it writes: for a single writer.
    public init(
        _ path: String, fileSystem: any FileSystem = PosixFileSystem(),
        random: any RandomSource = SystemRandom(), isReadOnly: Bool = false,
        hasAtomicCreate: Bool = true
    ) {
        var path = path.isEmpty ? "." : path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
        self.fileSystem = fileSystem
        self.random = random
        self.capabilities = BackendCapabilities(
            atomicCreate: hasAtomicCreate, readOnly: isReadOnly)
    }

    public var description: String { "folder \(path)" }

    public func stat(_ key: ObjectKey) async throws(BackendError) -> ObjectStat? {
        guard try hasFolder(of: key), let status = try status(of: file(key), key: key) else {
            try checkFolderExists()
            return nil
        }
        guard status.kind == .file else { throw notAnObject(key) }
        return ObjectStat(
            key: key, byteCount: status.byteCount, modified: seconds(status.modifiedMilliseconds))
    }

    public func delete(_ key: ObjectKey) async throws(BackendError) {
        if capabilities.readOnly, !Check.readOnly.isOff { throw notWritable(key) }
        guard try hasFolder(of: key) else { return try checkFolderExists() }
        let path = file(key)
        do throws(SystemError) {
            try uninterrupted { () throws(SystemError) in try fileSystem.unlink(path) }
        } catch {
            // Absent is a success. Its removal may still have to reach the medium, below.
            if error.number != ENOENT { throw BackendError(error, key: key, path: path) }
        }
        if !Check.syncDelete.isOff { try synchronizeFolder(folder(of: key), key: key) }
    }
}

// MARK: - Paths

extension FolderBackend {
    /// The path of the file that keeps an object.
    func file(_ key: ObjectKey) -> String { absolute(key.text) }

    /// The path of something inside the board.
    func absolute(_ relative: String) -> String {
        if relative.isEmpty { return path }
        return path == "/" ? "/\(relative)" : "\(path)/\(relative)"
    }

    /// The sub-folder that keeps an object, relative to the board; empty for the board itself.
    func folder(of key: ObjectKey) -> String { parent(of: key.text) }

    /// What stands before the last slash, or nothing.
    func parent(of relative: String) -> String {
        relative.lastIndex(of: "/").map { String(relative[..<$0]) } ?? ""
    }

    /// The folders from the board's own down to `folder`: `a`, `a/b`, `a/b/c`.
    func ancestry(of folder: String) -> [String] {
        var chain: [String] = []
        var folder = folder
        while !folder.isEmpty {
            chain.append(folder)
            folder = parent(of: folder)
        }
        return chain.reversed()
    }
}

// MARK: - Looking at names

extension FolderBackend {
    /// The status of a name itself, or `nil` if nothing has it.
    func status(of path: String, key: ObjectKey?) throws(BackendError) -> FileStatus? {
        do throws(SystemError) {
            return try uninterrupted { () throws(SystemError) in
                try fileSystem.status(path, followingLinks: false)
            }
        } catch {
            if error.number == ENOENT { return nil }
            throw BackendError(error, key: key, path: path)
        }
    }

    /// Whether the folder of an object exists and is reached without following a link.
    func hasFolder(of key: ObjectKey) throws(BackendError) -> Bool {
        try hasFolder(folder(of: key), key: key)
    }

    /// Whether a sub-folder exists and is reached without following a link.
    ///
    /// - Parameters:
    ///   - folder: Relative to the board.
    ///   - key: For the error.
    ///   - isForList: Whether a file in its place means that it has no objects, and no error.
    func hasFolder(
        _ folder: String, key: ObjectKey?, isForList: Bool = false
    ) throws(BackendError) -> Bool {
        if folder.isEmpty || state.withLock({ $0.folders.contains(folder) }) { return true }
        for step in ancestry(of: folder) {
            guard let status = try status(of: absolute(step), key: key) else { return false }
            if isForList, status.kind == .file { return false }
            guard status.kind == .directory || Check.folderLinks.isOff else {
                throw notAFolder(step, status.kind, key)
            }
            state.withLock { _ = $0.folders.insert(step) }
        }
        return true
    }

    /// Throws unless the board's own folder is there: a disk that is not mounted must not look
    /// like an empty board.
    func checkFolderExists() throws(BackendError) {
        if Check.boardFolder.isOff { return }
        do throws(SystemError) {
            let status = try uninterrupted { () throws(SystemError) in
                try fileSystem.status(path, followingLinks: true)
            }
            if status.kind == .directory { return }
        } catch {
            guard error.number == ENOENT else { throw BackendError(error, path: path) }
            throw BackendError(
                .unavailable, cause: error,
                "the folder \(path) does not exist: create the board, or mount its disk")
        }
        throw BackendError(
            .notADirectory, "\(path) is not a folder: give the folder that holds the board")
    }

    /// Brings the entries of a sub-folder to the medium, if there is one.
    func synchronizeFolder(_ folder: String, key: ObjectKey?) throws(BackendError) {
        let path = absolute(folder)
        do throws(SystemError) {
            try fileSystem.synchronizeDirectory(path)
        } catch {
            throw BackendError(error, key: key, path: path)
        }
    }

    /// The error of something that is no folder where one must be.
    func notAFolder(_ folder: String, _ kind: FileKind, _ key: ObjectKey?) -> BackendError {
        let what = kind == .symbolicLink ? "a symbolic link" : "not a folder"
        return BackendError(
            .notADirectory, key: key,
            "\(absolute(folder)) is \(what) where a board keeps a folder; move it away")
    }

    /// The error of something that is no file where an object must be.
    func notAnObject(_ key: ObjectKey) -> BackendError {
        BackendError(
            .notADirectory, key: key,
            "\(file(key)) is not a regular file, as an object of a board must be; move it away")
    }
}

/// Milliseconds as whole seconds, rounded down.
func seconds(_ milliseconds: Int64) -> Int64 {
    let seconds = milliseconds / 1000
    return milliseconds % 1000 < 0 ? seconds - 1 : seconds
}
