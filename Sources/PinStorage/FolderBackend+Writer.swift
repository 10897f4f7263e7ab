internal import PinFormat

extension FolderBackend {
    public func writer(
        _ key: ObjectKey, byteCount: Int, mode: PutMode
    ) async throws(BackendError) -> any ObjectWriter {
        try prepare(key, byteCount: byteCount, durable: true)
        let writer = FolderWriter(self, key, byteCount: byteCount, mode: mode)
        try writer.open()
        return writer
    }
}

/// A file in `tmp/` that grows until it is given its name.
private final class FolderWriter: ObjectWriter {
    private let backend: FolderBackend
    private let key: ObjectKey
    private let byteCount: Int
    private let mode: PutMode
    private var file: OwnedFile?
    private var path = ""
    private var offset = 0

    init(_ backend: FolderBackend, _ key: ObjectKey, byteCount: Int, mode: PutMode) {
        (self.backend, self.key, self.byteCount, self.mode) = (backend, key, byteCount, mode)
    }

    deinit {
        // Nobody gave it its name: it is removed, if the file system lets us.
        if !path.isEmpty { backend.removeTemporary(path) }
    }

    func open() throws(BackendError) {
        path = try backend.newTemporary(key) { (file, _) throws(SystemError) in
            self.file = consume file
        }
    }

    func append(_ bytes: [UInt8]) throws(BackendError) { try append(bytes[...]) }

    func append(_ bytes: ArraySlice<UInt8>) throws(BackendError) {
        guard bytes.count <= byteCount - offset || Check.writerSize.isOff else {
            throw sizeError(offset + bytes.count)
        }
        do throws(SystemError) {
            try file?.write(bytes, at: offset)
            offset += bytes.count
        } catch {
            throw BackendError(error, key: key, path: path)
        }
    }

    func publish() throws(BackendError) -> PutOutcome {
        guard offset == byteCount || Check.writerSize.isOff, let file = file.take() else {
            throw sizeError(offset)
        }
        do throws(SystemError) {
            // Once: after an error the pages count as clean, and a second call would lie.
            if !Check.syncWriter.isOff { try file.synchronize() }
            try file.close()
        } catch {
            throw BackendError(error, key: key, path: path)
        }
        // From here on the name is the backend's to remove.
        let temporary = path
        path = ""
        let outcome = try backend.publish(temporary, as: key, mode: mode)
        if !Check.syncWriterName.isOff {
            try backend.synchronizeFolder(backend.folder(of: key), key: key)
        }
        return outcome
    }

    /// What the bytes come from has changed under its reader's hands.
    private func sizeError(_ count: Int) -> BackendError {
        BackendError(
            .ioError, key: key,
            "'\(key)' was to have \(byteCount) bytes and came to \(count); try again")
    }
}
