#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

internal import PinFormat

extension FolderBackend {
    /// Makes the board's folder and those above it, as far as they are missing, durably.
    ///
    /// - Throws: ``BackendError/Code/notADirectory`` if a file is in the way,
    ///   ``BackendError/Code/readOnly``, ``BackendError/Code/noSpace`` or
    ///   ``BackendError/Code/ioError``.
    public func createFolder() async throws(BackendError) {
        var missing: [String] = []
        var folder = path
        while try !isFolder(folder) {
            missing.append(folder)
            folder = container(of: folder)
        }
        for folder in missing.reversed() {
            var call = folder
            do throws(SystemError) {
                do throws(SystemError) {
                    try uninterrupted { () throws(SystemError) in
                        try fileSystem.makeDirectory(folder)
                    }
                } catch  where error.number == EEXIST {
                    // Someone else has just made it.
                }
                call = container(of: folder)
                if !Check.syncBoard.isOff { try fileSystem.synchronizeDirectory(call) }
            } catch {
                throw BackendError(error, path: call)
            }
        }
        try checkFolderExists()
    }

    /// Whether the board's folder is there; throws if something else has its name.
    public func folderExists() async throws(BackendError) -> Bool { try isFolder(path) }

    /// Whether the folder holds anything that is not a board's: files whose names are no keys of
    /// one.
    ///
    /// - Parameter names: The names in the folder that belong to a board.
    public func holds(otherThan names: Set<String>) async throws(BackendError) -> Bool {
        do throws(SystemError) {
            return try fileSystem.listDirectory(path).contains { !names.contains($0.name) }
        } catch {
            throw BackendError(error, path: path)
        }
    }

    /// Removes what interrupted writers left in `tmp/`.
    ///
    /// A writer whose file is taken away in mid-write gets an error and nothing is damaged, so the
    /// age only decides how often that happens.
    ///
    /// - Parameters:
    ///   - age: The least time since a file was last changed, in seconds.
    ///   - now: The time.
    /// - Returns: How many files were removed.
    public func removeStaleTemporaries(
        olderThan age: Int64, now: any WallClock
    ) async throws(BackendError) -> Int {
        let folder = ObjectKey.reservedComponent
        if capabilities.readOnly { return 0 }
        guard try hasFolder(folder, key: nil) else { return 0 }
        let path = absolute(folder)
        var removed = 0
        do throws(SystemError) {
            for entry in try fileSystem.listDirectory(path) where entry.isExact {
                let file = "\(path)/\(entry.name)"
                guard let status = try status(of: file, ifStill: .file) else { continue }
                let changed = seconds(status.modifiedMilliseconds)
                // A time that is out of all bounds is no reason to remove anything.
                let (passed, overflow) =
                    now.secondsSince1970.subtractingReportingOverflow(changed)
                guard !overflow, passed > age else { continue }
                if try remove(file) { removed += 1 }
            }
        } catch {
            throw BackendError(error, path: path)
        }
        return removed
    }

    /// Removes a file; gives whether it was still there.
    private func remove(_ file: String) throws(SystemError) -> Bool {
        do throws(SystemError) {
            try fileSystem.unlink(file)
            return true
        } catch  where error.number == ENOENT {
            // Another cleaner was faster, or the writer has finished.
            return false
        }
    }

    private func status(
        of path: String, ifStill kind: FileKind
    ) throws(SystemError) -> FileStatus? {
        do throws(SystemError) {
            let status = try fileSystem.status(path, followingLinks: false)
            return status.kind == kind ? status : nil
        } catch  where error.number == ENOENT {
            return nil
        }
    }

    /// Whether a path is a folder; throws if it is something else.
    private func isFolder(_ path: String) throws(BackendError) -> Bool {
        do throws(SystemError) {
            let status = try uninterrupted { () throws(SystemError) in
                try fileSystem.status(path, followingLinks: true)
            }
            if status.kind == .directory { return true }
        } catch {
            guard error.number == ENOENT else { throw BackendError(error, path: path) }
            return false
        }
        throw BackendError(
            .notADirectory, "\(path) is not a folder: give the folder that holds the board")
    }

    /// The folder that a path lies in.
    private func container(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
