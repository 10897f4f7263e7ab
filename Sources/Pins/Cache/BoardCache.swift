internal import PinEngine
internal import PinFormat
public import PinStorage
internal import Synchronization

/// The local cache of remote boards: what was read once is read from here.
///
/// - Of engine boards it keeps the chunks and pages of manifests that were read or written, by
///   their digest, as the frames they stood in, so that versions and boards share what they have in
///   common; and segments whole (``backend(_:identity:board:)``).
/// - Of other boards it keeps versions in an engine store
///   (``version(identity:board:pin:version:fetch:)``), with the same effect.
///
/// All of it is verified when it is read, bounded in size, kept apart for each identity, and safe
/// to delete at any time: what is missing or damaged is fetched again. Several processes may use it
/// at once.
public final class BoardCache: Sendable {
    /// When there is too much, it is brought down to this share of the bound.
    private static let roomPercent: UInt64 = 90

    /// What is kept for one identity and used by this process.
    struct Place {
        let folder: String
        let objects: CachedObjects
        let frames: CachedFrames
        var store: Store?
    }

    private struct State {
        var folder: CacheFolder?
        var places: [String: Place] = [:]
        /// The bytes of all files, as far as this process knows; `nil` before it has looked.
        var byteCount: UInt64?
        var isMakingRoom = false
        /// Files in the order in which this process used them.
        var recent: [String: Int] = [:]
        var useCount = 0
    }

    /// Where it is and how large it may get.
    public let settings: CacheSettings
    private let state = Mutex(State())

    /// A cache; touches nothing before it is needed.
    public init(_ settings: CacheSettings) { self.settings = settings }

    // MARK: - Engine boards

    /// A backend that reads a remote board through the cache.
    ///
    /// - Parameters:
    ///   - base: The remote one.
    ///   - board: Its URL, without secrets.
    public func backend(
        _ base: any BoardBackend, identity: CacheIdentity, board: String
    ) -> any BoardBackend {
        guard settings.byteCountMax > 0 else { return base }
        let place = place(identity)
        return CachingBackend(base, place.objects, place.frames, board: board) {
            await self.settle()
        }
    }

    // MARK: - Small files

    /// What was kept under a name, if it is whole: for layers that keep answers of servers.
    public func bytes(named name: String, identity: CacheIdentity) async -> [UInt8]? {
        await runBlocking {
            let (path, file) = self.smallFile(name, identity)
            guard let bytes = CacheFolder.file(path, name: file) else { return nil }
            self.touch(path)
            return bytes
        }
    }

    /// Keeps bytes under a name.
    public func keep(_ bytes: [UInt8], named name: String, identity: CacheIdentity) async {
        guard settings.byteCountMax > 0 else { return }
        let isKept = await runBlocking {
            let (path, file) = self.smallFile(name, identity)
            CacheFolder.makeFolders(self.place(identity).folder + "/answers")
            guard CacheFolder.write(path, name: file, bytes) else { return false }
            self.touch(path)
            return true
        }
        guard isKept else { return }
        add(bytes.count)
        await settle()
    }

    private func smallFile(_ name: String, _ identity: CacheIdentity) -> (String, String) {
        let file = CacheName.of(name)
        return ("\(place(identity).folder)/answers/\(file)", file)
    }

    // MARK: - Places

    func folder() -> CacheFolder {
        state.withLock { state in
            if let folder = state.folder { return folder }
            let folder = CacheFolder(path: settings.path)
            state.folder = folder
            return folder
        }
    }

    func place(_ identity: CacheIdentity) -> Place { place(named: identity.folderName) }

    func place(named name: String) -> Place {
        let folder = folder()
        return state.withLock { state in
            if let place = state.places[name] { return place }
            let path = "\(folder.path)/\(name)"
            let objects = CachedObjects(folder, folder: path) { self.add($0) }
            let hooks = CachedFrames.Hooks(
                added: { self.add($0) }, used: { self.touch($0) }, settle: { await self.settle() })
            let frames = CachedFrames(folder, folder: path, objects, hooks)
            let place = Place(folder: path, objects: objects, frames: frames)
            state.places[name] = place
            return place
        }
    }

    /// Forgets what is known of the files: they are gone.
    func forgetPlaces() {
        let gone = state.withLock { state in
            defer { (state.places, state.recent, state.byteCount) = ([:], [:], nil) }
            return Array(state.places.values)
        }
        for place in gone { place.frames.removedAll() }
    }

    func setStore(_ store: Store?, _ name: String) {
        state.withLock { $0.places[name]?.store = store }
    }

    /// Marks a file as used now.
    func touch(_ path: String) {
        folder().touch(path)
        state.withLock { state in
            state.useCount += 1
            state.recent[path] = state.useCount
        }
    }

    func add(_ byteCount: Int) {
        state.withLock { state in
            if let known = state.byteCount { state.byteCount = known + UInt64(byteCount) }
        }
    }

    // MARK: - Room

    /// Brings the cache below its bound, if it is above it. One task does it, the others go on.
    func settle() async {
        let folder = folder()
        if state.withLock({ $0.byteCount }) == nil {
            let found = await runBlocking { folder.byteCount(of: folder.path) }
            state.withLock { $0.byteCount = found }
        }
        let isMine = state.withLock { state in
            guard (state.byteCount ?? 0) > settings.byteCountMax, !state.isMakingRoom else {
                return false
            }
            state.isMakingRoom = true
            return true
        }
        guard isMine else { return }
        let target = settings.byteCountMax / 100 * Self.roomPercent
        let left = await makeRoom(to: target, in: folder)
        state.withLock { state in
            state.byteCount = left
            state.isMakingRoom = false
        }
    }

    /// Removes what was used longest ago until no more than `target` bytes are left.
    ///
    /// - Returns: The bytes that are left.
    /// - Complexity: two system calls for each file of the cache, one for each that goes.
    func makeRoom(to target: UInt64, in folder: CacheFolder) async -> UInt64 {
        var total = await runBlocking { folder.byteCount(of: folder.path) }
        var candidates = await runBlocking { self.candidates(folder) }[...]
        while total > target, !candidates.isEmpty {
            var stores: Set<String> = []
            while total > target, let next = candidates.popFirst() {
                folder.remove(next.entry.path)
                total -= min(total, next.freedByteCount)
                if next.isVersion {
                    await removeVersion(next.entry.name, of: next.identity)
                    stores.insert(next.identity)
                } else if next.isFrames {
                    place(named: next.identity).frames.removed(next.entry.name)
                }
            }
            // What a store gives back, only its folder tells.
            if stores.isEmpty { break }
            for identity in stores.sorted() { await collect(identity) }
            total = await runBlocking { folder.byteCount(of: folder.path) }
        }
        return total
    }

    /// Something that can be removed.
    struct Candidate {
        let identity: String
        let entry: CacheEntry
        let isVersion: Bool
        let isFrames: Bool
        let freedByteCount: UInt64
    }

    /// All that can be removed, what was used longest ago first. The version that was used last is
    /// not among them: somebody is about to read it.
    func candidates(_ folder: CacheFolder) -> [Candidate] {
        var all: [Candidate] = []
        for identity in folder.folders(of: folder.path) {
            for kind in ["objects", "frames", "answers", "versions"] {
                for entry in folder.entries(of: "\(folder.path)/\(identity)/\(kind)") {
                    let isVersion = kind == "versions"
                    let stored = isVersion ? Self.storedByteCount(entry) : 0
                    all.append(
                        Candidate(
                            identity: identity, entry: entry, isVersion: isVersion,
                            isFrames: kind == "frames", freedByteCount: entry.byteCount + stored))
                }
            }
        }
        let recent = state.withLock { $0.recent }
        all.sort { left, right in
            let (first, second) = (left.entry, right.entry)
            return (first.lastUse, recent[first.path] ?? 0, first.path)
                < (second.lastUse, recent[second.path] ?? 0, second.path)
        }
        if let last = all.lastIndex(where: { $0.isVersion && recent[$0.entry.path] != nil }) {
            all.remove(at: last)
        }
        return all
    }
}
