internal import PinEngine
internal import PinFormat
internal import PinStorage
internal import Synchronization

/// Frames of all engine boards that one identity reads, by the digest of their plain bytes.
///
/// They lie in files of the form of packs (FORMAT.md §7.2), one for each batch that was fetched: a
/// file is written whole under a fresh name, never changed, and removed as a whole. What is in them
/// is known from their footers, which are read when the first frame is asked for. Nothing is made
/// durable: a file that a crash has cut has no footer, and one with holes has frames whose digests
/// are wrong.
final class CachedFrames: FrameCache {
    /// Files below this size are small; from ``smallCountMax`` on they are put together.
    static let (smallByteCount, smallCountMax) = (256 << 10, 64)
    /// The most bytes of frames in one file.
    static let fileByteCountMax = 32 << 20

    private struct State {
        var isLoaded = false
        var places: [Digest: [FramePlace]] = [:]
        /// What each file has.
        var files: [ObjectName: [Digest]] = [:]
        /// Files that were marked as used.
        var touched: Set<ObjectName> = []
    }

    private let folder: String
    private let cache: CacheFolder
    private let hooks: Hooks
    private let state = Mutex(State())
    /// Held while the folder is read for the first time.
    private let loading = Mutex(())

    /// What the cache as a whole wants to know.
    struct Hooks: Sendable {
        /// Bytes were added.
        let added: @Sendable (_ byteCount: Int) -> Void
        /// A file was used.
        let used: @Sendable (_ path: String) -> Void
        /// Room may have to be made.
        let settle: @Sendable () async -> Void
    }

    /// - Parameter folder: The identity's.
    init(_ cache: CacheFolder, folder: String, _ hooks: Hooks) {
        self.cache = cache
        self.folder = folder + "/frames"
        self.hooks = hooks
    }

    // MARK: - Finding

    func copies(_ digest: Digest, _ kind: FrameKind) -> [FramePlace] {
        load()
        let found = state.withLock { $0.places[digest] ?? [] }
        return found.filter { $0.header.kind == kind }
    }

    func openLocal(_ pack: ObjectName) throws(BackendError) -> (any LocalObject)? {
        guard state.withLock({ $0.files[pack] != nil }) else { return nil }
        let path = path(pack)
        guard let file = CachedFrameFile(path) else {
            forget(pack)
            throw BackendError(.ioError, "'\(path)' is gone from the cache; try again")
        }
        if state.withLock({ $0.touched.insert(pack).inserted }) { hooks.used(path) }
        return file
    }

    // MARK: - Keeping

    func keep(_ frames: [StoredFrame]) async {
        load()
        var files: [CachedFramePack] = []
        for frame in frames where !has(frame.place) {
            let isFull = files.last.map { $0.byteCount + frame.bytes.count > Self.fileByteCountMax }
            if isFull ?? true { files.append(CachedFramePack()) }
            files[files.count - 1].append(frame)
        }
        guard !files.isEmpty else { return }
        await runBlocking { [files] in for file in files { self.write(file) } }
        await hooks.settle()
    }

    /// Keeps the frames of a pack that was written to a board.
    func keep(pack bytes: [UInt8], _ name: ObjectName) async {
        guard let entries = CachedFramePack.entries(of: bytes) else { return }
        await keep(
            entries.map { entry in
                StoredFrame(
                    FramePlace(entry, in: name),
                    bytes[entry.offset..<entry.offset + entry.storedByteCount])
            })
    }

    private func has(_ place: FramePlace) -> Bool {
        state.withLock { $0.places[place.digest] ?? [] }.contains {
            $0.header == place.header && $0.bases == place.bases
        }
    }

    private func write(_ file: CachedFramePack) {
        CacheFolder.makeFolders(folder)
        let parts = file.finish()
        let path = path(file.name)
        guard CacheFolder.writeUnsealed(path, parts) else { return }
        hooks.used(path)
        state.withLock { state in
            state.touched.insert(file.name)
            Self.add(file.places, of: file.name, to: &state)
        }
        hooks.added(parts.reduce(0) { $0 + $1.count })
    }

    private static func add(
        _ places: [FramePlace], of name: ObjectName, to state: inout State
    ) {
        state.files[name] = places.map(\.digest)
        for place in places { state.places[place.digest, default: []].append(place) }
    }

    // MARK: - Losing

    func distrust(_ pack: ObjectName) async -> Bool {
        guard forget(pack) else { return false }
        let path = path(pack)
        await runBlocking { self.cache.remove(path) }
        return true
    }

    /// Hears that a file was removed to make room.
    func removed(_ fileName: String) {
        if let name = ObjectName(fileName) { forget(name) }
    }

    /// Hears that all files were removed.
    func removedAll() { state.withLock { $0 = State() } }

    @discardableResult
    private func forget(_ pack: ObjectName) -> Bool {
        state.withLock { state in
            guard let digests = state.files.removeValue(forKey: pack) else { return false }
            for digest in digests {
                state.places[digest]?.removeAll { $0.pack == pack }
                if state.places[digest]?.isEmpty == true { state.places[digest] = nil }
            }
            return true
        }
    }

    // MARK: - The folder

    func path(_ pack: ObjectName) -> String { "\(folder)/\(pack)" }

    /// Reads the footers of all files, once.
    private func load() {
        if state.withLock({ $0.isLoaded }) { return }
        loading.withLock { _ in
            if state.withLock({ $0.isLoaded }) { return }
            let files = joiningSmall(found())
            state.withLock { state in
                for file in files { Self.add(file.places, of: file.name, to: &state) }
                state.isLoaded = true
            }
        }
    }

    /// A file that is there.
    struct Found {
        let name: ObjectName
        let places: [FramePlace]
        let byteCount: Int
        let lastUse: Int64
    }

    /// What is there; what is not whole is removed.
    private func found() -> [Found] {
        cache.entries(of: folder).compactMap { entry in
            guard let name = ObjectName(entry.name) else { return nil }
            guard let places = CachedFrameFile(entry.path)?.places(name) else {
                cache.remove(entry.path)
                return nil
            }
            return Found(
                name: name, places: places, byteCount: Int(entry.byteCount),
                lastUse: entry.lastUse)
        }
    }

    /// Puts small files together where there are many, those that were used at about the same time:
    /// each costs a look when the cache is opened.
    private func joiningSmall(_ files: [Found]) -> [Found] {
        let small = files.filter { $0.byteCount < Self.smallByteCount }
        guard small.count >= Self.smallCountMax else { return files }
        var out = files.filter { $0.byteCount >= Self.smallByteCount }
        var (group, byteCount): ([Found], Int) = ([], 0)
        for file in small.sorted(by: { $0.lastUse < $1.lastUse }) {
            if byteCount + file.byteCount > Self.fileByteCountMax / 4 {
                out += joined(group)
                (group, byteCount) = ([], 0)
            }
            group.append(file)
            byteCount += file.byteCount
        }
        return out + joined(group)
    }

    /// One file in the place of several; they themselves where that does not work.
    private func joined(_ files: [Found]) -> [Found] {
        guard files.count > 1, let last = files.last else { return files }
        var pack = CachedFramePack()
        for file in files {
            for frame in CachedFrameFile(path(file.name))?.frames(file.places) ?? [] {
                pack.append(frame)
            }
        }
        let parts = pack.finish()
        guard CacheFolder.writeUnsealed(path(pack.name), parts) else { return files }
        cache.touch(path(pack.name), use: last.lastUse)
        for file in files { cache.remove(path(file.name)) }
        return [
            Found(
                name: pack.name, places: pack.places, byteCount: parts.reduce(0) { $0 + $1.count },
                lastUse: last.lastUse)
        ]
    }
}
