public import PinStorage
internal import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

// MARK: - Files

extension SimulatedFileSystem {
    public func openForReading(_ path: String) throws(SystemError) -> FileToken {
        try run(.openForReading, path) { state, _ throws(SystemError) in
            state.open(try state.find(path, .openForReading), path)
        }
    }

    public func createExclusive(_ path: String) throws(SystemError) -> FileToken {
        let now = clock.millisecondsSince1970
        return try run(.createExclusive, path) { state, _ throws(SystemError) in
            let place = try state.place(path, .createExclusive)
            guard state.node(place) == nil else { throw SystemError(.createExclusive, EEXIST) }
            let node = state.disk.add(.file(SimulatedDisk.File(modifiedMilliseconds: now)))
            state.change(place, to: node)
            return state.open(node, path)
        }
    }

    public func read(
        _ file: FileToken, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Int {
        try run(.read, path(file)) { state, isShort throws(SystemError) in
            let content = try state.file(file, .read).live
            guard offset >= 0 else { throw SystemError(.read, EINVAL) }
            var count = max(0, min(buffer.count, content.count - offset))
            if isShort, count > 1 { count /= 2 }
            guard count > 0 else { return 0 }
            unsafe buffer.copyBytes(from: content[offset..<offset + count])
            return count
        }
    }

    public func write(
        _ file: FileToken, at offset: Int, _ bytes: UnsafeRawBufferPointer
    ) throws(SystemError) -> Int {
        let now = clock.millisecondsSince1970
        let bytes = unsafe Array(bytes)
        return try run(.write, path(file)) { state, isShort throws(SystemError) in
            let size = try state.file(file, .write).live.count
            guard offset >= 0 else { throw SystemError(.write, EINVAL) }
            let free = state.freeByteCount()
            // What overlaps the file needs no room.
            let room = free == .max ? Int.max : max(0, size - offset) + free
            var count = min(bytes.count, room)
            if isShort, count > 1 { count /= 2 }
            guard count > 0 || bytes.isEmpty else { throw SystemError(.write, ENOSPC) }
            guard let open = state.open[file.rawValue] else { throw SystemError(.write, EBADF) }
            _ = state.disk.withFile(open.node) {
                $0.write(count == bytes.count ? bytes : Array(bytes[..<count]), at: offset)
                $0.modifiedMilliseconds = now
            }
            return count
        }
    }

    public func synchronize(_ file: FileToken) throws(SystemError) {
        try run(.synchronize, path(file)) { state in
            guard let open = state.open[file.rawValue] else { return }
            _ = state.disk.withFile(open.node) { $0.failToSynchronize() }
        } _: { state, _ throws(SystemError) in
            guard let open = state.open[file.rawValue] else {
                throw SystemError(.synchronize, EBADF)
            }
            _ = state.disk.withFile(open.node) { $0.synchronize() }
        }
    }

    public func close(_ file: FileToken) throws(SystemError) {
        try run(.close, path(file)) { state in
            state.open[file.rawValue] = nil
            state.locks = state.locks.filter { $0.value != file.rawValue }
        } _: { state, _ throws(SystemError) in
            // A handle that is closed twice is a fault of the program under test.
            precondition(state.open.removeValue(forKey: file.rawValue) != nil, "closed twice")
            state.locks = state.locks.filter { $0.value != file.rawValue }
        }
    }

    public func lock(_ file: FileToken) throws(SystemError) -> Bool {
        try run(.lock, path(file)) { state, _ throws(SystemError) in
            guard let open = state.open[file.rawValue] else { throw SystemError(.lock, EBADF) }
            if let owner = state.locks[open.node] { return owner == file.rawValue }
            state.locks[open.node] = file.rawValue
            return true
        }
    }

    public func status(of file: FileToken) throws(SystemError) -> FileStatus {
        try run(.status, path(file)) { state, _ throws(SystemError) in
            guard let open = state.open[file.rawValue] else { throw SystemError(.status, EBADF) }
            return state.status(open.node)
        }
    }

    public func status(_ path: String, followingLinks: Bool) throws(SystemError) -> FileStatus {
        try run(.status, path) { state, _ throws(SystemError) in
            state.status(try state.find(path, .status))
        }
    }

    /// The path under which a file was opened.
    private func path(_ file: FileToken) -> String {
        state.withLock { $0.open[file.rawValue]?.path ?? "a file that is not open" }
    }
}

// MARK: - Names

extension SimulatedFileSystem {
    public func rename(_ old: String, to new: String) throws(SystemError) {
        try run(.rename, old) { state, _ throws(SystemError) in
            try state.rename(old, new, .rename)
        }
    }

    public func renameExclusive(_ old: String, to new: String) throws(SystemError) {
        try run(.renameExclusive, old) { state, _ throws(SystemError) in
            try self.checkExclusiveRename()
            try state.rename(old, new, .renameExclusive)
        }
    }

    public func link(_ old: String, to new: String) throws(SystemError) {
        try run(.link, old) { state, _ throws(SystemError) in
            let node = try state.find(old, .link)
            let place = try state.place(new, .link)
            guard state.node(place) == nil else { throw SystemError(.link, EEXIST) }
            guard state.disk[file: node] != nil else { throw SystemError(.link, EPERM) }
            state.change(place, to: node)
        }
    }

    public func unlink(_ path: String) throws(SystemError) {
        try run(.unlink, path) { state, _ throws(SystemError) in
            guard state.disk[file: try state.find(path, .unlink)] != nil else {
                throw SystemError(.unlink, EISDIR)
            }
            state.change(try state.place(path, .unlink), to: nil)
        }
    }

    public func makeDirectory(_ path: String) throws(SystemError) {
        try run(.makeDirectory, path) { state, _ throws(SystemError) in
            let place = try state.place(path, .makeDirectory)
            guard state.node(place) == nil else { throw SystemError(.makeDirectory, EEXIST) }
            state.change(place, to: state.disk.add(.directory(SimulatedDisk.Directory())))
        }
    }

    public func removeDirectory(_ path: String) throws(SystemError) {
        try run(.removeDirectory, path) { state, _ throws(SystemError) in
            let directory = state.disk[directory: try state.find(path, .removeDirectory)]
            guard let directory else { throw SystemError(.removeDirectory, ENOTDIR) }
            guard directory.live.isEmpty else { throw SystemError(.removeDirectory, ENOTEMPTY) }
            state.change(try state.place(path, .removeDirectory), to: nil)
        }
    }

    public func synchronizeDirectory(_ path: String) throws(SystemError) {
        try run(.synchronizeDirectory, path) { state in
            state.withDirectory(path) { $0.failToSynchronize() }
        } _: { state, _ throws(SystemError) in
            let node = try state.find(path, .synchronizeDirectory)
            guard state.disk[directory: node] != nil else {
                throw SystemError(.synchronizeDirectory, ENOTDIR)
            }
            state.withDirectory(path) { $0.synchronize() }
        }
    }

    public func listDirectory(_ path: String) throws(SystemError) -> [DirectoryEntry] {
        try run(.listDirectory, path) { state, _ throws(SystemError) in
            let node = try state.find(path, .listDirectory)
            guard let directory = state.disk[directory: node] else {
                throw SystemError(.listDirectory, ENOTDIR)
            }
            return directory.live.map { name, node in
                DirectoryEntry(name: name, kind: state.status(node).kind)
            }
        }
    }
}

// MARK: - Pieces

extension SimulatedFileSystem.State {
    fileprivate mutating func open(_ node: Int, _ path: String) -> FileToken {
        lastToken += 1
        open[lastToken] = (node, path)
        return FileToken(rawValue: lastToken)
    }

    fileprivate func file(
        _ token: FileToken, _ call: SystemError.Call
    ) throws(SystemError) -> SimulatedDisk.File {
        guard let open = open[token.rawValue] else { throw SystemError(call, EBADF) }
        guard let file = disk[file: open.node] else { throw SystemError(call, EISDIR) }
        return file
    }

    fileprivate mutating func withDirectory(
        _ path: String, _ body: (inout SimulatedDisk.Directory) -> Void
    ) {
        guard let node = try? find(path, .synchronizeDirectory),
            var directory = disk[directory: node]
        else { return }
        body(&directory)
        disk[directory: node] = directory
    }

    fileprivate mutating func rename(
        _ old: String, _ new: String, _ call: SystemError.Call
    ) throws(SystemError) {
        // The checks are in the order of Linux, so that the error is the same.
        let source = try place(old, call)
        let target = try place(new, call)
        guard let node = self.node(source) else { throw SystemError(call, ENOENT) }
        let present = self.node(target)
        if call == .renameExclusive, present != nil { throw SystemError(call, EEXIST) }
        if contains(node, target.directory) { throw SystemError(call, EINVAL) }
        if let present, contains(present, source.directory) { throw SystemError(call, ENOTEMPTY) }
        if let present {
            // Renaming a file to its own other name does nothing, says POSIX.
            if present == node { return }
            try checkReplacement(of: present, by: node, call)
        }
        guard source.directory == target.directory else {
            change(target, to: node)
            change(source, to: nil)
            return
        }
        // Inside one directory a power cut sees both or neither, on every file system in use.
        change(target.directory, [(target.name, node), (source.name, nil)])
    }

    /// Whether a directory is another one, or lies below it.
    private func contains(_ outer: Int, _ inner: Int) -> Bool {
        var folders = [outer]
        while let folder = folders.popLast() {
            if folder == inner { return true }
            folders += disk[directory: folder]?.live.values.map { $0 } ?? []
        }
        return false
    }

    /// Throws unless one node may take the other's name.
    private func checkReplacement(
        of old: Int, by new: Int, _ call: SystemError.Call
    ) throws(SystemError) {
        switch (disk[directory: old], disk[directory: new]) {
        case (nil, nil): break
        case (nil, _): throw SystemError(call, ENOTDIR)
        case (_, nil): throw SystemError(call, EISDIR)
        case (let old?, _): if !old.live.isEmpty { throw SystemError(call, ENOTEMPTY) }
        }
    }

    fileprivate func status(_ node: Int) -> FileStatus {
        let file = disk[file: node]
        return FileStatus(
            kind: file == nil ? .directory : .file, byteCount: file?.live.count ?? 0,
            modifiedMilliseconds: file?.modifiedMilliseconds ?? 0,
            linkCount: disk.linkCount(node), inode: UInt64(node), device: 0)
    }
}
