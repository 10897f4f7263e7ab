internal import PinFormat

/// What lies in a folder of ``CachedFrames`` when it is opened; what is not whole is removed.
struct CachedFrameFolder {
    /// Files below this size are small; from ``smallCountMax`` on they are put together.
    static let (smallByteCount, smallCountMax) = (256 << 10, 64)
    /// The most bytes of small files that one opening puts together: what can be copied in the time
    /// of a request. The next one goes on.
    static let joinedByteCountMax = 32 << 20
    /// From so many files on that the index does not know, or that are gone, it is written again.
    static let changeCountMax = 64

    /// A file that is there.
    struct File {
        let name: ObjectName
        let tail: CachedFrameTail
        let places: [FramePlace]

        var byteCount: Int { tail.fileByteCount }
    }

    private let cache: CacheFolder
    private let folder: String
    /// All that are whole.
    private(set) var files: [File] = []

    /// - Complexity: O(*n*) in the files and frames; a look at each file that no index knows.
    init(_ cache: CacheFolder, _ folder: String) {
        self.cache = cache
        self.folder = folder
        let index = CachedFrameIndex(of: folder)
        var unknownCount = 0
        for text in CacheFolder.names(of: folder) {
            guard let name = ObjectName(text) else { continue }
            var tail = index[name]
            if tail == nil {
                unknownCount += 1
                tail = CachedFrameFile(path(name))?.tail()
            }
            if let tail, let places = tail.places(name) {
                files.append(File(name: name, tail: tail, places: places))
            } else {
                cache.remove(path(name))
            }
        }
        let goneCount = index.count - (files.count - unknownCount)
        let joinedCount = joinSmall()
        guard max(unknownCount, goneCount, joinedCount) >= Self.changeCountMax else { return }
        CachedFrameIndex.write(files.map { ($0.name, $0.tail) }, of: folder)
    }

    private func path(_ name: ObjectName) -> String { "\(folder)/\(name)" }

    /// Puts small files together where there are many, those that were used at about the same time:
    /// each takes a place in the folder, and a look if no index knows it.
    ///
    /// - Returns: How many there were.
    private mutating func joinSmall() -> Int {
        let small = files.filter { $0.byteCount < Self.smallByteCount }
        guard small.count >= Self.smallCountMax else { return 0 }
        files.removeAll { $0.byteCount < Self.smallByteCount }
        let uses = small.map { cache.lastUse(of: path($0.name)) }
        var (group, byteCount, total): ([(file: File, use: Int64)], Int, Int) = ([], 0, 0)
        for (file, use) in zip(small, uses).sorted(by: { $0.1 < $1.1 }) {
            total += file.byteCount
            guard total <= Self.joinedByteCountMax else {
                files.append(file)
                continue
            }
            if byteCount + file.byteCount > CachedFrames.fileByteCountMax / 4 {
                files += joined(group)
                (group, byteCount) = ([], 0)
            }
            group.append((file, use))
            byteCount += file.byteCount
        }
        files += joined(group)
        return small.count
    }

    /// One file in the place of several; they themselves where that does not work.
    private func joined(_ group: [(file: File, use: Int64)]) -> [File] {
        guard group.count > 1, let last = group.last else { return group.map(\.file) }
        var pack = CachedFramePack()
        for (file, _) in group {
            for frame in CachedFrameFile(path(file.name))?.frames(file.places) ?? [] {
                pack.append(frame)
            }
        }
        let parts = pack.finish()
        guard CacheFolder.writeUnsealed(path(pack.name), parts) else { return group.map(\.file) }
        cache.touch(path(pack.name), use: last.use)
        for (file, _) in group { cache.remove(path(file.name)) }
        let tail = CachedFramePack.tail(of: parts)
        return [File(name: pack.name, tail: tail, places: pack.places)]
    }
}
