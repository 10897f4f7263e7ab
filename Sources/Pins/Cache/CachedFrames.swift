internal import PinEngine
internal import PinFormat
internal import PinStorage
internal import Synchronization

/// Frames of all engine boards that one identity reads, by the digest of their plain bytes.
///
/// They lie in files of the form of packs (FORMAT.md §7.2), one for each batch that was fetched: a
/// file is written whole under a fresh name, never changed, and removed as a whole. What is in them
/// is known from their footers, which are read when the first frame is asked for
/// (``CachedFrameFolder``). Nothing is made durable: a file that a crash has cut has no footer, and
/// one with holes has frames whose digests are wrong.
final class CachedFrames: FrameCache {
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
    private let objects: CachedObjects
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

    /// - Parameters:
    ///   - folder: The identity's.
    ///   - objects: Where footers are kept.
    init(_ cache: CacheFolder, folder: String, _ objects: CachedObjects, _ hooks: Hooks) {
        self.cache = cache
        self.objects = objects
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

    // MARK: - Footers

    private static func name(ofFooter digest: Digest) -> String {
        CacheName.of("footer", digest.hex)
    }

    func footer(_ digest: Digest) async -> [UInt8]? {
        await runBlocking { [objects] in objects.bytes(Self.name(ofFooter: digest)) }
    }

    func keep(footer: [UInt8], _ digest: Digest) async {
        await runBlocking { [objects] in objects.keep(Self.name(ofFooter: digest), footer) }
        await hooks.settle()
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

    /// Learns what is there, once.
    private func load() {
        if state.withLock({ $0.isLoaded }) { return }
        loading.withLock { _ in
            if state.withLock({ $0.isLoaded }) { return }
            let found = CachedFrameFolder(cache, folder)
            state.withLock { state in
                for file in found.files { Self.add(file.places, of: file.name, to: &state) }
                state.isLoaded = true
            }
        }
    }

    /// How many frames there are, each counted once.
    var frameCount: Int {
        load()
        return state.withLock { $0.places.count }
    }
}
