#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension FolderBackend {
    /// Lists objects. One page holds them all; memory grows with their number, contents are not
    /// read.
    public func list(prefix: String, after: ObjectKey?) async throws(BackendError) -> ListPage {
        let start = parent(of: prefix)
        // No key begins with a folder that is no key itself, and no other name may reach a path.
        guard start.isEmpty || ObjectKey.isValid(start),
            try hasFolder(start, key: nil, isForList: true)
        else {
            try checkFolderExists()
            return ListPage(objects: [], isLast: true)
        }
        let keys = try keys(under: start, prefix: prefix, after: after).sorted()
        var objects: [ObjectStat] = []
        objects.reserveCapacity(keys.count)
        for key in keys {
            // One that is gone by now, or is no file, is no object.
            guard let status = try status(of: file(key), key: key), status.kind == .file else {
                continue
            }
            objects.append(
                ObjectStat(
                    key: key, byteCount: status.byteCount,
                    modified: seconds(status.modifiedMilliseconds)))
        }
        return ListPage(objects: objects, isLast: true)
    }

    /// The keys under a sub-folder, in no order. Folders are walked with a list of those to do; the
    /// length of a key bounds their depth.
    private func keys(
        under start: String, prefix: String, after: ObjectKey?
    ) throws(BackendError) -> [ObjectKey] {
        var keys: [ObjectKey] = []
        var folders = [start]
        while let folder = folders.popLast() {
            for entry in try entries(of: folder, isStart: folder == start) {
                let text = folder.isEmpty ? entry.name : "\(folder)/\(entry.name)"
                guard text.hasPrefix(prefix), let key = try? ObjectKey(validating: text) else {
                    continue
                }
                switch try kind(of: entry, key: key) {
                case .directory: folders.append(text)
                case .file: if after.map({ key > $0 }) ?? true { keys.append(key) }
                default: break
                }
            }
        }
        return keys
    }

    private func kind(of entry: DirectoryEntry, key: ObjectKey) throws(BackendError) -> FileKind {
        guard entry.kind == .unknown else { return entry.kind }
        return try status(of: file(key), key: key)?.kind ?? .unknown
    }

    /// The entries of a sub-folder; none if it is gone.
    func entries(
        of folder: String, isStart: Bool
    ) throws(BackendError) -> [DirectoryEntry] {
        // The dot lets the board's own path be a link, which is not followed otherwise.
        let path = folder.isEmpty ? absolute(".") : absolute(folder)
        do throws(SystemError) {
            return try uninterrupted { () throws(SystemError) in
                try fileSystem.listDirectory(path)
            }
        } catch {
            guard error.number == ENOENT || (isStart && error.number == ENOTDIR) else {
                throw BackendError(error, path: path)
            }
            try checkFolderExists()
            return []
        }
    }
}
