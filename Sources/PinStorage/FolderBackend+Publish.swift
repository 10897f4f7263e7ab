#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

internal import PinFormat
internal import Synchronization

extension FolderBackend {
    public func put(
        _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode, durable: Bool
    ) async throws(BackendError) -> PutOutcome {
        try prepare(key, byteCount: bytes.count, durable: durable)
        let temporary = try writeTemporary(bytes, key: key, durable: durable)
        let outcome = try publish(temporary, as: key, mode: mode)
        // Also for one that exists: whoever wrote it may not have come this far yet.
        if durable, !Check.syncName.isOff {
            try synchronizeFolder(folder(of: key), key: key)
        }
        return outcome
    }

    /// Checks that an object may be written, and makes the folders that it needs.
    func prepare(_ key: ObjectKey, byteCount: Int, durable: Bool) throws(BackendError) {
        if capabilities.readOnly, !Check.readOnly.isOff { throw notWritable(key) }
        if let error = oversize(key, byteCount) { throw error }
        try makeFolder(folder(of: key), key: key, durable: durable)
        try makeFolder(ObjectKey.reservedComponent, key: key, durable: false)
    }

    // MARK: - Folders

    /// Makes a sub-folder and those above it, and sees that their entries are on the medium.
    func makeFolder(_ folder: String, key: ObjectKey?, durable: Bool) throws(BackendError) {
        for step in ancestry(of: folder) {
            let (isKnown, isDurable) = state.withLock {
                ($0.folders.contains(step), $0.durableFolders.contains(step))
            }
            if !isKnown { try makeOneFolder(step, key: key) }
            guard durable, !isDurable, !Check.syncFolder.isOff else { continue }
            // Also if it was there before: another process may have made it a moment ago.
            try synchronizeFolder(parent(of: step), key: key)
            state.withLock { _ = $0.durableFolders.insert(step) }
        }
    }

    private func makeOneFolder(_ folder: String, key: ObjectKey?) throws(BackendError) {
        let path = absolute(folder)
        do throws(SystemError) {
            try uninterrupted { () throws(SystemError) in try fileSystem.makeDirectory(path) }
        } catch {
            switch error.number {
            case EEXIST:
                guard try hasFolder(folder, key: key) else {
                    throw BackendError(error, key: key, path: path)
                }
            case ENOENT, ENOTDIR:
                try checkFolderExists()
                throw BackendError(error, key: key, path: path)
            default:
                throw BackendError(error, key: key, path: path)
            }
        }
        state.withLock { _ = $0.folders.insert(folder) }
    }

    /// Forgets what is known about sub-folders, because one of them was gone.
    private func forgetFolders() {
        state.withLock {
            $0.folders = []
            $0.durableFolders = []
        }
    }

    // MARK: - The temporary file

    /// Writes the bytes to a new file in `tmp/` and gives its path. On an error no file is left,
    /// if the file system still lets us remove it.
    func writeTemporary(
        _ bytes: [UInt8], key: ObjectKey, durable: Bool
    ) throws(BackendError) -> String {
        try newTemporary(key) { (file, path) throws(SystemError) in
            try fill(file, bytes, path: path, durable: durable)
        }
    }

    /// Makes a file in `tmp/`, gives it to `body`, and returns its path.
    func newTemporary(
        _ key: ObjectKey,
        _ body: (_ file: consuming OwnedFile, _ path: String) throws(SystemError) -> Void
    ) throws(BackendError) -> String {
        var path = newTemporaryPath()
        do throws(SystemError) {
            var attempts = 1
            while true {
                do throws(SystemError) {
                    try body(try OwnedFile.createExclusive(path, of: fileSystem), path)
                    return path
                } catch  where error.call == .createExclusive && error.number == EEXIST {
                    // 128 random bits met a file of that name: the source of them is broken if
                    // it happens again and again.
                    guard attempts < 4 else { throw error }
                    attempts += 1
                    path = newTemporaryPath()
                }
            }
        } catch {
            // A call that failed may have made the file; its name is nobody else's.
            if error.call == .createExclusive, error.number != EEXIST { removeTemporary(path) }
            if error.number == ENOENT { forgetFolders() }
            throw BackendError(error, key: key, path: path)
        }
    }

    /// Writes, synchronises and closes the file, or removes it.
    private func fill(
        _ file: consuming OwnedFile, _ bytes: [UInt8], path: String, durable: Bool
    ) throws(SystemError) {
        do throws(SystemError) {
            try file.write(bytes, at: 0)
            // Once: after an error the pages count as clean, and a second call would lie.
            if durable, !Check.syncObject.isOff { try file.synchronize() }
            try file.close()
        } catch {
            removeTemporary(path)
            throw error
        }
    }

    private func newTemporaryPath() -> String {
        absolute("\(ObjectKey.reservedComponent)/\(Hex.encode(random.bytes(count: 16)))")
    }

    /// Removes a temporary file if that is possible; one that stays is harmless.
    func removeTemporary(_ path: String) {
        try? uninterrupted { () throws(SystemError) in try fileSystem.unlink(path) }
    }

    // MARK: - The name

    /// Gives the temporary file the object's name, or removes it.
    func publish(
        _ temporary: String, as key: ObjectKey, mode: PutMode
    ) throws(BackendError) -> PutOutcome {
        let path = file(key)
        do throws(SystemError) {
            switch Check.exclusiveName.isOff ? .overwrite : mode {
            case .overwrite:
                return try rename(temporary) { () throws(SystemError) in
                    try fileSystem.rename(temporary, to: path)
                }
            case .ifAbsent:
                return try publishExclusively(temporary, as: path)
            }
        } catch {
            removeTemporary(temporary)
            if error.number == ENOENT { forgetFolders() }
            guard mode == .ifAbsent, error.number == EEXIST else {
                throw BackendError(error, key: key, path: path)
            }
        }
        // What is in the way must be an object, or the caller would read a folder or a link.
        if let status = try status(of: path, key: key), status.kind != .file {
            throw notAnObject(key)
        }
        return .exists
    }

    /// One of the three ways to give a name only if nothing has it; throws `EEXIST` otherwise.
    func publishExclusively(
        _ temporary: String, as path: String
    ) throws(SystemError) -> PutOutcome {
        guard capabilities.atomicCreate else { return try publishLooking(temporary, as: path) }
        if state.withLock({ $0.hasExclusiveRename }) {
            do throws(SystemError) {
                return try rename(temporary) { () throws(SystemError) in
                    try fileSystem.renameExclusive(temporary, to: path)
                }
            } catch  where error.isUnsupported {
                state.withLock { $0.hasExclusiveRename = false }
            }
        }
        do throws(SystemError) {
            try uninterrupted { () throws(SystemError) in
                try fileSystem.link(temporary, to: path)
            }
        } catch {
            // A network file system may have made the link and lost the answer, and then say that
            // the name is taken: the number of names tells the truth.
            let status = try? fileSystem.status(temporary, followingLinks: false)
            guard status?.linkCount == 2 || Check.ownLink.isOff else { throw error }
        }
        removeTemporary(temporary)
        return .created
    }

    /// For a single writer, where nothing better exists: looks, then renames.
    private func publishLooking(
        _ temporary: String, as path: String
    ) throws(SystemError) -> PutOutcome {
        var isFree = false
        do throws(SystemError) {
            _ = try uninterrupted { () throws(SystemError) in
                try fileSystem.status(path, followingLinks: false)
            }
        } catch {
            guard error.number == ENOENT else { throw error }
            isFree = true
        }
        guard isFree || Check.looksFirst.isOff else { throw SystemError(.rename, EEXIST) }
        return try rename(temporary) { () throws(SystemError) in
            try fileSystem.rename(temporary, to: path)
        }
    }

    /// Runs a rename, again if it is interrupted. If the file is gone or the name is taken then,
    /// the interrupted call may have worked, or another process did it: nobody can tell.
    private func rename(
        _ temporary: String, _ call: () throws(SystemError) -> Void
    ) throws(SystemError) -> PutOutcome {
        var wasInterrupted = false
        while true {
            do throws(SystemError) {
                try call()
                return .created
            } catch  where error.number == EINTR {
                wasInterrupted = true
            } catch  where wasInterrupted && (error.number == ENOENT || error.number == EEXIST) {
                removeTemporary(temporary)
                return .unknown
            }
        }
    }
}

extension SystemError {
    /// Whether the file system does not know the call, so that another way may work.
    package var isUnsupported: Bool {
        number == EINVAL || number == ENOSYS || number == ENOTSUP || number == EOPNOTSUPP
    }
}
