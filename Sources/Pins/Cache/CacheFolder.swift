internal import PinFormat
internal import PinStorage
internal import PinTransforms

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Files of the cache: written whole, checked when they are read, marked when they are used.
///
/// Nothing here is worth an error: what cannot be read is absent, what cannot be written is not
/// kept. A file is its content and the SHA-256 of its name and content.
///
/// *Use.* Each opening of the cache takes the next number of a counter, and each file that is
/// written or read has the last such number as its time of modification, in seconds: no clock says
/// what was used last. Numbers that cannot be, because a file was brought from elsewhere, count as
/// never.
struct CacheFolder: Sendable {
    /// Parts below this size are put together before they are written.
    private static let joinedByteCount = 256 << 10
    /// Bytes behind the content of each file.
    static let sealByteCount = 32
    /// The largest file that is read.
    static let fileByteCountMax = 256 << 20
    private static let marker = "pins-cache"

    let path: String
    /// The number of this opening.
    let use: Int64
    private static var system: PosixFileSystem { PosixFileSystem() }

    /// Opens the cache, and makes its folder where there is none; readable by its owner only,
    /// because what it holds may not be for everybody.
    init(path: String) {
        self.path = path
        Self.makeFolders(path)
        let counter = Self.file(path + "/" + Self.marker, name: Self.marker)
        let last = counter.flatMap { Int64(String(decoding: $0, as: UTF8.self)) } ?? 0
        use = max(0, min(last, 1 << 40)) + 1
        Self.write(path + "/" + Self.marker, name: Self.marker, Array("\(use)".utf8))
    }

    /// Whether a folder is one of a cache, so that it may be emptied.
    static func isCache(_ path: String) -> Bool {
        (try? system.status(path + "/" + marker, followingLinks: false))?.kind == .file
    }

    /// Makes a folder of the cache, and those above it.
    static func makeFolders(_ path: String) {
        guard (try? system.status(path, followingLinks: true)) == nil else { return }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            makeFolders(String(path[..<slash]))
        }
        _ = unsafe mkdir(path, 0o700)
    }

    // MARK: - Files

    /// The content of a file, or `nil` if there is none or it is not whole.
    static func file(_ path: String, name: String) -> [UInt8]? {
        guard var bytes = raw(path), bytes.count >= sealByteCount else { return nil }
        let seal = Array(bytes.suffix(sealByteCount))
        bytes.removeLast(sealByteCount)
        return Self.seal(name, bytes) == seal || Check.cacheSeal.isOff ? bytes : nil
    }

    /// Writes a file under its name in one step.
    ///
    /// - Returns: Whether it is there.
    @discardableResult
    static func write(_ path: String, name: String, _ bytes: [UInt8]) -> Bool {
        write(path, [bytes[...], seal(name, bytes)[...]])
    }

    /// Writes a file that has its own checks under its name in one step.
    ///
    /// - Returns: Whether it is there.
    static func writeUnsealed(_ path: String, _ parts: [ArraySlice<UInt8>]) -> Bool {
        write(path, parts)
    }

    private static func write(_ path: String, _ parts: [ArraySlice<UInt8>]) -> Bool {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let temporary = "\(path[...slash])tmp-\(Hex.encode(SystemRandom().bytes(count: 8)))"
        do throws(SystemError) {
            let file = try OwnedFile.createExclusive(temporary, of: system)
            var offset = 0
            var waiting: [UInt8] = []
            for part in parts {
                waiting += part
                guard waiting.count >= joinedByteCount else { continue }
                try file.write(waiting, at: offset)
                offset += waiting.count
                waiting.removeAll(keepingCapacity: true)
            }
            try file.write(waiting, at: offset)
            try file.close()
            try system.rename(temporary, to: path)
            return true
        } catch {
            try? system.unlink(temporary)
            return false
        }
    }

    private static func seal(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
        var hasher = SHA256()
        unsafe hasher.update(Array(name.utf8).span.bytes)
        unsafe hasher.update(bytes.span.bytes)
        return hasher.finish().bytes
    }

    private static func raw(_ path: String) -> [UInt8]? {
        guard let file = try? OwnedFile.openForReading(path, of: system),
            let status = try? file.status(), status.kind == .file,
            status.byteCount <= fileByteCountMax + sealByteCount
        else { return nil }
        var count = 0
        let size = status.byteCount
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            let target = UnsafeMutableRawBufferPointer(buffer)
            count = unsafe (try? file.read(at: 0, into: target)) ?? 0
            filled = count
        }
        return count == size ? bytes : nil
    }

    // MARK: - Use

    /// Marks a file as used by this opening, or by another one.
    func touch(_ path: String, use: Int64? = nil) {
        let time = timespec(tv_sec: time_t(use ?? self.use), tv_nsec: 0)
        let times = [time, time]
        _ = unsafe utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW)
    }

    /// What lies in a folder of the cache.
    ///
    /// - Complexity: O(*n*) in the names, and a system call for each.
    func entries(of folder: String) -> [CacheEntry] {
        Self.names(of: folder).compactMap { name in
            let path = "\(folder)/\(name)"
            guard let status = Self.status(path), status.kind == .file else { return nil }
            return CacheEntry(
                path: path, name: name, byteCount: UInt64(max(0, status.byteCount)),
                lastUse: use(of: status))
        }
    }

    /// The number of the opening that used a file last; 0 where nothing says.
    func lastUse(of path: String) -> Int64 { Self.status(path).map(use) ?? 0 }

    private func use(of status: FileStatus) -> Int64 {
        let time = status.modifiedMilliseconds / 1_000
        return (0...use).contains(time) ? time : 0
    }

    private static func status(_ path: String) -> FileStatus? {
        try? system.status(path, followingLinks: false)
    }

    /// The names in a folder that no folder has, in no order.
    ///
    /// - Complexity: O(*n*), without a look at any.
    static func names(of folder: String) -> [String] {
        ((try? system.listDirectory(folder)) ?? [])
            .filter { $0.isExact && $0.kind != .directory }.map(\.name)
    }

    /// The sub-folders of a folder of the cache.
    func folders(of folder: String) -> [String] {
        let entries = (try? Self.system.listDirectory(folder)) ?? []
        return entries.filter { entry in
            switch entry.kind {
            case .directory: true
            case .unknown: Self.status("\(folder)/\(entry.name)")?.kind == .directory
            case .file, .symbolicLink, .special: false
            }
        }.map(\.name).sorted()
    }

    /// The bytes of all files in a folder and those below it.
    func byteCount(of folder: String) -> UInt64 {
        var (total, position, pending): (UInt64, Int, [String]) = (0, 0, [folder])
        while position < pending.count {
            let folder = pending[position]
            position += 1
            total += entries(of: folder).reduce(0) { $0 + $1.byteCount }
            pending += folders(of: folder).map { "\(folder)/\($0)" }
        }
        return total
    }

    /// Removes a file, if it is there.
    func remove(_ path: String) { try? Self.system.unlink(path) }

    /// Removes a folder with all there is in it, as far as that works.
    func removeTree(_ folder: String) {
        for name in folders(of: folder) { removeTree("\(folder)/\(name)") }
        for entry in (try? Self.system.listDirectory(folder)) ?? [] {
            remove("\(folder)/\(entry.name)")
        }
        try? Self.system.removeDirectory(folder)
    }
}

/// A file of the cache.
struct CacheEntry: Sendable {
    let path: String
    let name: String
    let byteCount: UInt64
    /// The number of the opening that used it last.
    let lastUse: Int64
}
