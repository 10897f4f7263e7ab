internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Makes the new packs of a collection: of frames worth keeping of sparse packs, and of frames that
/// are encoded again (FORMAT.md §9.5).
struct Repacker {
    let store: Store
    let base: UInt64
    /// The new packs, and where each frame went.
    private(set) var rows: [(name: ObjectName, row: PackRow)] = []
    private(set) var places: [FramePlace] = []
    /// Features of frames that need no base any more: those of their old bases go (§7.9).
    private(set) var sketches: [SketchEntry] = []
    private(set) var moved: [FrameKey: [ObjectName]] = [:]
    private var open: [FrameKind: PackAssembler] = [:]

    init(_ store: Store, base: UInt64) {
        self.store = store
        self.base = base
    }

    /// Copies frames of one pack, given in the order of their offsets, after checking each.
    mutating func copy(_ frames: [FramePlace], from pack: ObjectName) async throws(EngineError) {
        let key = BoardKeys.pack(pack)
        for place in frames {
            let bytes: [UInt8]
            do throws(BackendError) {
                bytes = try await store.backend.get(
                    key, range: place.offset..<place.offset + place.storedByteCount)
            } catch {
                throw EngineError(error)
            }
            try check(bytes, place, key)
            let target = take(place.header.kind)
            target.append(copyOf: place, stored: bytes)
            try await put(back: target, place.header.kind)
        }
    }

    /// Adds a frame that was encoded again.
    mutating func append(
        _ digest: Digest, _ header: FrameHeader, _ bases: [Digest], _ frame: [UInt8]
    ) async throws(EngineError) {
        let target = take(header.kind)
        target.append(digest, header, bases: bases, frame: frame)
        try await put(back: target, header.kind)
    }

    /// Notes the features of a chunk that was encoded again, without a base.
    mutating func note(_ digest: Digest, _ sketch: ChunkSketch?) {
        sketches += sketch?.features.map { SketchEntry(feature: $0, chunk: digest) } ?? []
    }

    /// The pack that is open for a kind of frames, moved out so that it is not copied.
    private mutating func take(_ kind: FrameKind) -> PackAssembler {
        let target =
            open[kind]
            ?? PackAssembler(name: store.freshName(base: base))
        open[kind] = nil
        return target
    }

    private mutating func put(
        back target: consuming PackAssembler, _ kind: FrameKind
    ) async throws(EngineError) {
        if target.isFull(byteTarget: store.configuration.packByteTarget) {
            try await close(target)
        } else {
            open[kind] = target
        }
    }

    /// Closes what is open.
    mutating func finish() async throws(EngineError) {
        let rest = open
        open = [:]
        for kind in FrameKind.allCases { if let pack = rest[kind] { try await close(pack) } }
    }

    /// A frame without bases is decoded and compared with its digest; a delta's CRC is checked, its
    /// bases are checked where they are copied or read.
    private func check(
        _ bytes: [UInt8], _ place: FramePlace, _ key: ObjectKey
    ) throws(EngineError) {
        if place.header.baseCount == 0 {
            _ = try store.decode(bytes, at: 0, place, [:])
            return
        }
        do throws(FormatError) {
            let record = try FrameRecord.decode(bytes, at: 0, .standard).record
            guard record.header == place.header, record.bases == place.bases else {
                throw FormatError(.invalidValue, section: "7.2", "another frame stands here")
            }
        } catch {
            throw EngineError(error, object: key.description)
        }
    }

    private mutating func close(_ pack: consuming PackAssembler) async throws(EngineError) {
        let finished = pack.finish(producer: store.configuration.producer)
        try await store.upload(finished)
        rows.append((finished.name, finished.row))
        places += finished.places
        for place in finished.places {
            moved[FrameKey(digest: place.digest, kind: place.header.kind), default: []]
                .append(finished.name)
        }
    }
}
