internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// A set of frames: one bit for each entry of each index segment.
struct FrameSet: Sendable {
    private var words: [[UInt64]]

    init(_ index: ChunkIndex) {
        words = index.layers.map { Array(repeating: 0, count: ($0.entryCount + 63) / 64) }
    }

    /// Adds a frame; returns whether it was not there.
    mutating func insert(_ copy: ChunkIndex.Copy) -> Bool {
        let bit = UInt64(1) << UInt64(copy.ordinal & 63)
        guard words[copy.layer][copy.ordinal >> 6] & bit == 0 else { return false }
        words[copy.layer][copy.ordinal >> 6] |= bit
        return true
    }

    func contains(layer: Int, ordinal: Int) -> Bool {
        words[layer][ordinal >> 6] >> UInt64(ordinal & 63) & 1 == 1
    }
}

/// Marks every frame that versions need, closures included (FORMAT.md §9.5).
///
/// Memory is one bit for each entry of the index; a node that is marked is not walked twice, so the
/// work grows with what versions have of their own.
struct LivenessMarker {
    private let store: Store
    private let snapshot: Snapshot
    private var index: ChunkIndex { snapshot.index }
    private(set) var marked: FrameSet
    private(set) var frameCount = 0

    init(_ store: Store, _ snapshot: Snapshot) {
        self.store = store
        self.snapshot = snapshot
        marked = FrameSet(snapshot.index)
    }

    /// Marks what a version needs.
    ///
    /// - Throws: ``EngineError/Code/corrupt`` if a frame is missing: nothing may then be deleted.
    mutating func mark(_ version: VersionRecord) async throws(EngineError) {
        do throws(EngineError) {
            if case .stored(let list, _) = version.files { try await mark(list) }
            for file in try await store.files(of: version, snapshot) { try await mark(file) }
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
                    pending += node.entries.map(\.digest)
                } else {
                    for entry in node.entries { _ = try markFrame(entry.digest, .chunk) }
                }
            }
        }
    }

    /// Marks a frame and its bases; returns whether the frame itself was not marked before.
    private mutating func markFrame(_ digest: Digest, _ kind: FrameKind) throws(EngineError) -> Bool
    {
        guard let closure = try index.closure(digest, kind), let top = closure.last else {
            throw EngineError(
                .corrupt, "the frame \(digest.hex.prefix(16))… is in no pack", object: digest.hex)
        }
        guard marked.insert(top) else { return false }
        frameCount += 1
        for base in closure.dropLast() where marked.insert(base) { frameCount += 1 }
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
