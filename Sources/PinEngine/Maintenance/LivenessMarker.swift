internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Marks every frame that versions need, closures included (FORMAT.md §9.5).
///
/// Memory is two bits for each entry of the index, and four bytes where frames are numbered; a node
/// that is marked is not walked twice, so the work grows with what versions have of their own.
struct LivenessMarker {
    private let store: Store
    private let snapshot: Snapshot
    private var index: ChunkIndex { snapshot.index }
    private(set) var marked: FrameSet
    /// Those that a version names, not only a frame that is compressed against them.
    private(set) var direct: FrameSet
    /// The frames that versions name, in the order in which versions first name them, from 1 on.
    private(set) var order: FrameNumbers?
    /// The number of the last frame that each version was the first to name.
    private(set) var versionEnds: [UInt32] = []
    private var directCount: UInt32 = 0
    private var markedCount: UInt32 = 0

    /// Whether frames are needed that no version names.
    var hasCarried: Bool { markedCount > directCount }

    /// - Parameter isNumbering: Whether ``order`` is wanted.
    init(_ store: Store, _ snapshot: Snapshot, isNumbering: Bool = false) {
        self.store = store
        self.snapshot = snapshot
        marked = FrameSet(snapshot.index)
        direct = marked
        if isNumbering { order = FrameNumbers(snapshot.index) }
    }

    /// Marks what a version needs.
    ///
    /// - Throws: ``EngineError/Code/corrupt`` if a frame is missing: nothing may then be deleted.
    mutating func mark(_ version: VersionRecord) async throws(EngineError) {
        do throws(EngineError) {
            if case .stored(let list, _) = version.files { try await mark(list) }
            for file in try await store.files(of: version, snapshot) { try await mark(file) }
            versionEnds.append(directCount)
        } catch  where error.code == .corrupt {
            throw EngineError(
                .corrupt,
                "version '\(version.versionName)' of pin '\(version.pinName)' is damaged, "
                    + "nothing is collected: \(error.message)",
                object: version.pinName)
        }
    }

    private mutating func mark(_ file: FileEntry) async throws(EngineError) {
        switch file.content {
        case .empty: return
        case .chunk(let digest): _ = try markFrame(digest, .chunk)
        case .tree(let root):
            // An explicit stack: at most 256 entries for each of eight levels.
            var pending = [root]
            while let digest = pending.popLast() {
                guard try markFrame(digest, .node) else { continue }
                let node = try await store.node(digest, index)
                if node.level > 0 {
                    pending += node.entries.map(\.digest).reversed()
                } else {
                    for entry in node.entries { _ = try markFrame(entry.digest, .chunk) }
                }
            }
        }
    }

    /// Marks a frame and its bases; returns whether no version had named it before.
    private mutating func markFrame(_ digest: Digest, _ kind: FrameKind) throws(EngineError) -> Bool
    {
        guard let closure = try index.closure(digest, kind), let top = closure.last else {
            throw EngineError(
                .corrupt, "the frame \(digest.hex.prefix(16))… is in no pack", object: digest.hex)
        }
        guard direct.insert(top) else { return false }
        directCount += 1
        order?[top.number] = directCount
        for copy in closure where marked.insert(copy) { markedCount += 1 }
        return true
    }
}

extension Store {
    /// A node, read through the index and verified.
    func node(_ digest: Digest, _ index: ChunkIndex) async throws(EngineError) -> ManifestNode {
        guard let copy = try index.closure(digest, .node)?.last else {
            throw EngineError(.corrupt, "the node \(digest.hex.prefix(16))… is in no pack")
        }
        let place = try index.place(copy)
        let key = BoardKeys.pack(place.pack)
        let bytes: [UInt8]
        do throws(BackendError) {
            bytes = try await backend.get(
                key, range: place.offset..<place.offset + place.storedByteCount)
        } catch  where error.code == .notFound || error.code == .rangeNotSatisfiable {
            throw EngineError(
                .corrupt, "'\(key)' is missing or too short: \(error.message)",
                object: key.description)
        } catch {
            throw EngineError(error)
        }
        let plain = try decode(bytes, at: 0, place, [:])
        do throws(FormatError) {
            return try ManifestNode(plain)
        } catch {
            throw EngineError(error, object: key.description)
        }
    }

    /// The files of a version; a list that is stored like a file is read.
    func files(
        of version: VersionRecord, _ snapshot: Snapshot
    ) async throws(EngineError) -> [FileEntry] {
        guard case .stored(let list, _) = version.files else {
            guard case .inline(let list) = version.files else { return [] }
            return list.files
        }
        let reader = FrameReader(
            self, snapshot, pin: version.pinName, version: version.versionName, packs: [])
        let bytes = try await Restore(store: self, frames: reader).bytes(list, 0..<list.byteCount)
        do throws(FormatError) {
            return try FileList(bytes).files
        } catch {
            throw EngineError(error, object: "file list of pin '\(version.pinName)'")
        }
    }
}
