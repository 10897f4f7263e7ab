internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// One attempt to write a version: what it has uploaded, staged and left out (FORMAT.md §9.4).
///
/// Owned by the task that writes; not shared.
final class WriteSession {
    /// Up to here chunks and nodes share a pack.
    private static let mixedByteCountMax = 1 << 20

    private let store: Store
    private let identifier: [UInt8]
    /// The base of the names it gives: the commit it began with, or a later one that it has read.
    private(set) var base: UInt64
    let deduplicator: ChunkDeduplicator
    /// How many packs are on their way, or uploaded and in no commit yet, at the most. All of them
    /// are kept in memory: what a collection overtakes can then always be uploaded again.
    let heldCountMax: Int
    /// Uploaded, in no commit yet, in the order in which they were closed, with their places in it.
    private var uploadedPacks: [(order: Int, pack: FinishedPack)] = []
    /// In the log as staged packs.
    private(set) var stagedPacks: [ObjectName] = []
    /// Whether a commit that stages packs is under way.
    private(set) var isStaging = false
    /// All packs whose upload was begun and that no commit was tried with, and those of them that
    /// are on their way.
    private var begun: Set<ObjectName> = []
    private var uploading: [ObjectName: Int] = [:]
    private var nextOrder = 0
    /// Memory of packs that are stored, for those after them.
    private let memory = BufferPool(byteCountMax: 40 << 20)
    private var data: PackAssembler?
    private var nodes: PackAssembler?
    /// Features of the chunks in the open pack.
    private var sketches: [SketchEntry] = []
    /// What makes the names of this session's packs, so that they depend on nothing that runs
    /// beside it; and how many there are.
    private let nameSeed: [UInt8]
    private var nameCount: UInt64 = 0

    /// Whether what is stored are chunks of files: a stored file list is not what users count.
    var countsNewChunks = true
    private(set) var newChunkCount: UInt64 = 0
    private(set) var newByteCount: UInt64 = 0
    private(set) var storedByteCount: UInt64 = 0

    init(_ store: Store, _ snapshot: Snapshot) {
        self.store = store
        heldCountMax = store.configuration.uploadCount(
            for: store.backend, parityPercent: store.config.parityPercent)
        base = snapshot.sequence
        identifier = store.configuration.random.bytes(count: 16)
        nameSeed = store.configuration.random.bytes(count: 16)
        deduplicator = ChunkDeduplicator(snapshot.index)
    }

    // MARK: - Frames

    /// Adds a chunk, if it is new; returns a pack that is full.
    ///
    /// - Parameters:
    ///   - place: The chunk's plain bytes.
    ///   - keepsBuffer: Whether a raw chunk may stay where it is, and its buffer in memory.
    func add(
        _ chunk: ProcessedBatch.Chunk, _ place: PackPiece, keepsBuffer: Bool
    ) throws(EngineError) -> FinishedPack? {
        guard let frame = chunk.frame else { return nil }
        if countsNewChunks {
            newChunkCount += 1
            newByteCount += UInt64(chunk.byteCount)
            if let sketch = chunk.sketch {
                sketches += sketch.features.map { SketchEntry(feature: $0, chunk: chunk.digest) }
            }
        }
        let pack = data ?? assembler()
        data = pack
        let bytes = place.buffer.bytes
        let isWhole = pack.append(
            chunk.digest, frame, unsafe bytes.span.bytes.extracting(place.range),
            in: keepsBuffer ? place : nil)
        guard isWhole else {
            throw EngineError(.ioError, "a frame was not copied as it is; check the memory")
        }
        return pack.isFull(byteTarget: store.configuration.packByteTarget) ? closeData() : nil
    }

    /// Adds a chunk whose frame was made elsewhere; returns a pack that is full.
    func add(_ frame: ImportedFrame) -> FinishedPack? {
        newChunkCount += 1
        newByteCount += UInt64(frame.place.header.rawByteCount)
        sketches +=
            frame.sketch?.features.map { SketchEntry(feature: $0, chunk: frame.place.digest) } ?? []
        let pack = data ?? assembler()
        data = pack
        switch frame.form {
        case .copy(let stored): pack.append(copyOf: frame.place, stored: stored)
        case .encoded(let bytes):
            pack.append(frame.place.digest, frame.place.header, frame: bytes)
        }
        return pack.isFull(byteTarget: store.configuration.packByteTarget) ? closeData() : nil
    }

    /// Stores the plain bytes of a node, if it is new, and gives its digest; a full pack goes to
    /// `full`.
    func addNode(_ bytes: [UInt8], full: inout [FinishedPack]) throws(EngineError) -> Digest {
        let deduplicator = deduplicator
        let (digest, frame) = try store.workers.use { (worker) throws(EngineError) in
            let digest = unsafe worker.hasher.digest(domain: .node, bytes.span.bytes)
            let isNew = try deduplicator.claims(digest, .node)
            return (digest, isNew ? try unsafe worker.encode(bytes.span.bytes) : nil)
        }
        guard let frame else { return digest }
        let header = FrameHeader(
            kind: .node, codec: frame.codec, filter: frame.filter, rawByteCount: bytes.count)
        let pack = nodes ?? assembler()
        nodes = pack
        pack.append(digest, header, frame: frame.bytes)
        if pack.isFull(byteTarget: store.configuration.packByteTarget), let closed = closeNodes() {
            full.append(closed)
        }
        return digest
    }

    private func assembler() -> PackAssembler {
        let number = (0..<8).map { UInt8(truncatingIfNeeded: nameCount >> (8 * UInt64($0))) }
        nameCount += 1
        let bytes = nameSeed + number
        let digest = Checksums.standard.sha256(bytes, 0..<bytes.count)
        let name = ObjectName(base: base, random: Array(digest.bytes.prefix(16)))
        return PackAssembler(name: name, memory: memory)
    }

    private func closeData() -> FinishedPack? {
        defer { data = nil }
        var pack = close(data)
        pack?.sketches = sketches
        sketches = []
        return pack
    }

    private func closeNodes() -> FinishedPack? {
        defer { nodes = nil }
        return close(nodes)
    }

    private func close(_ pack: PackAssembler?) -> FinishedPack? {
        guard let pack, !pack.isEmpty else { return nil }
        return pack.finish(producer: store.configuration.producer)
    }

    /// Closes the packs that are large enough to be alone, when nothing more comes to them.
    func closeLarge() -> [FinishedPack] {
        let isLarge = { (pack: PackAssembler?) in (pack?.byteCount ?? 0) > Self.mixedByteCountMax }
        return [isLarge(data) ? closeData() : nil, isLarge(nodes) ? closeNodes() : nil]
            .compactMap { $0 }
    }

    /// Closes what is open: one mixed pack if it is small, else chunks and nodes apart.
    func closeRemaining() -> [FinishedPack] {
        if let mixed = data, let some = nodes,
            mixed.byteCount + some.byteCount <= Self.mixedByteCountMax
        {
            mixed.append(contentsOf: some)
            nodes = nil
        }
        return [closeData(), closeNodes()].compactMap { $0 }
    }

    // MARK: - Log

    /// Uploaded, in no commit yet.
    var unstaged: [FinishedPack] { uploadedPacks.map(\.pack) }

    /// Whether another pack may be uploaded.
    var hasRoom: Bool { uploading.count + uploadedPacks.count < heldCountMax }

    /// Notes a pack that is about to be uploaded: in the order in which packs were closed.
    func begin(_ pack: FinishedPack) {
        begun.insert(pack.name)
        uploading[pack.name] = nextOrder
        nextOrder += 1
    }

    /// Notes a pack that has become durable.
    func uploaded(_ pack: FinishedPack) {
        guard let order = uploading.removeValue(forKey: pack.name) else {
            preconditionFailure("its upload was begun")
        }
        storedByteCount += UInt64(pack.byteCount)
        let place = uploadedPacks.firstIndex { $0.order > order } ?? uploadedPacks.endIndex
        uploadedPacks.insert((order, pack), at: place)
    }

    /// How many of the uploaded packs the log may name: those before the first that is on its way,
    /// whose frames they may have as bases.
    private var stageableCount: Int {
        guard let first = uploading.values.min() else { return uploadedPacks.count }
        return uploadedPacks.count { $0.order < first }
    }

    /// Removes packs of a write that ends before its commit was tried: no state can name them.
    func abandon() async {
        for name in begun.subtracting(stagedPacks) {
            // What cannot be removed now is an orphan, which a collection frees.
            try? await store.backend.delete(BoardKeys.pack(name))
            guard store.config.parityPercent != nil else { continue }
            try? await store.backend.delete(BoardKeys.parity(name))
        }
    }

    /// What is to be staged before more is uploaded (FORMAT.md §9.4, Staging);
    /// ``endStaging(_:)`` ends it.
    ///
    /// Always as many packs as share a commit, whichever uploads are faster: what a write stores,
    /// and in how many requests, is then what a dry run foretold.
    func beginStaging() -> PackStaging? {
        let count = max(1, heldCountMax / 2)
        guard !isStaging, stageableCount >= count else { return nil }
        isStaging = true
        let packs = Array(unstaged.prefix(count))
        // From here on the log may name them, even if the answer is an error.
        begun.subtract(packs.map(\.name))
        return PackStaging(store: store, session: identifier, packs: packs)
    }

    /// Notes what became of it: staged are the packs that were uploaded when it began, and none
    /// that has been since.
    func endStaging(_ result: Result<StagedPacks, EngineError>) throws(EngineError) {
        isStaging = false
        let staged = try result.get()
        storedByteCount += UInt64(staged.outcome.storedByteCount)
        stagedPacks += staged.packs.map(\.name)
        let absent = deduplicator.index.absent
        deduplicator.advance(
            to: staged.outcome.snapshot.index.passingOver(absent),
            staged: staged.packs.flatMap(\.places))
        uploadedPacks.removeFirst(staged.packs.count)
        // As long as no collection has passed by, names do not depend on who is faster.
        if staged.outcome.snapshot.commit.orphanFloor > base {
            base = staged.outcome.snapshot.sequence
        }
    }

    /// §9.4, Floor: packs that a collection may have deleted are uploaded again under fresh names.
    func raiseFloor(_ snapshot: Snapshot) async throws(EngineError) {
        var packs = unstaged
        try await store.raiseFloor(&packs, snapshot)
        for index in packs.indices { uploadedPacks[index].pack = packs[index] }
    }

    /// Adds rows and places of the packs that are in no commit yet.
    func name(_ change: inout StateChange) {
        for pack in unstaged {
            change.set(RowKey.pack(pack.name), pack.row.encoded)
            change.places += pack.places
            change.sketches += pack.sketches
        }
    }

    /// §9.4, Presence: every pack this version needs has a row; those condemned or staged become
    /// live.
    ///
    /// - Returns: `false` if one is gone: the write has to be done again.
    func checkPresence(
        _ change: inout StateChange, _ snapshot: Snapshot
    ) throws(EngineError) -> Bool {
        for name in deduplicator.usedPacks.union(stagedPacks) {
            guard var row = try snapshot.index.packs.row(name) else {
                if Check.presence.isOff { continue }
                return false
            }
            guard row.status != .live, !Check.resurrection.isOff else { continue }
            row.status = .live
            (row.since, row.timeSeconds, row.session) = (nil, nil, nil)
            change.set(RowKey.pack(name), row.encoded)
        }
        return true
    }

    /// §7.5: what was lost and is stored again is found by every version that needs it: those that
    /// name a pack which should have held it name the packs of this session too.
    ///
    /// - Complexity: nothing on a board without damage; O(*n*) in versions and entries of the index
    ///   where something is healed.
    func heal(_ change: inout StateChange, _ snapshot: Snapshot) throws(EngineError) {
        let lost = deduplicator.lostPacks
        guard !lost.isEmpty, !Check.healedRows.isOff else { return }
        let fresh = Set(stagedPacks).union(unstaged.map(\.name))
        guard !fresh.isEmpty else { return }
        var stored: Set<FrameKey> = []
        for place in unstaged.flatMap(\.places) {
            stored.insert(FrameKey(digest: place.digest, kind: place.header.kind))
        }
        var gone: Set<ObjectName> = []
        for pack in lost where try snapshot.index.packs.row(pack)?.isLost == true {
            var isHealed = true
            for place in try snapshot.index.places(in: pack) where isHealed {
                let kind = place.header.kind
                if stored.contains(FrameKey(digest: place.digest, kind: kind)) { continue }
                isHealed = try snapshot.index.closure(place.digest, kind) != nil
            }
            guard isHealed || Check.healedWhole.isOff else { continue }
            gone.insert(pack)
            change.set(RowKey.pack(pack), nil)
        }
        for version in try snapshot.versions() where !lost.isDisjoint(with: version.row.packs) {
            var row = version.row
            row.packs = Set(row.packs).union(fresh).subtracting(gone).sorted()
            change.set(
                RowKey.version(version.record.versionName, of: version.record.pinName),
                row.encoded)
        }
    }

    /// All packs that reading the version needs, ascending.
    var packs: [ObjectName] {
        deduplicator.usedPacks.union(stagedPacks).union(unstaged.map(\.name)).sorted()
    }
}
