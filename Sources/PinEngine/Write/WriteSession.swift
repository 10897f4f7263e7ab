internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// One attempt to write a version: what it has uploaded, staged and left out (FORMAT.md §9.4).
///
/// Owned by the task that writes; not shared.
final class WriteSession {
    /// How many packs are kept in memory, uploaded but not yet in the log, before they are staged:
    /// what a collection overtakes can then always be uploaded again.
    static let unstagedCountMax = 1

    private let store: Store
    private let identifier: [UInt8]
    /// The newest commit this session has read: the base of the names it gives.
    private(set) var base: UInt64
    let deduplicator: ChunkDeduplicator
    /// Uploaded, in no commit yet.
    private(set) var unstaged: [FinishedPack] = []
    /// In the log as staged packs.
    private(set) var stagedPacks: [ObjectName] = []
    /// All packs whose upload was begun.
    private var begun: Set<ObjectName> = []
    private var data: PackAssembler?
    private var nodes: PackAssembler?
    let isDryRun: Bool
    /// Features of chunks that are in no commit yet.
    private var sketches: [SketchEntry] = []

    /// Whether what is stored are chunks of files: a stored file list is not what users count.
    var countsNewChunks = true
    private(set) var newChunkCount: UInt64 = 0
    private(set) var newByteCount: UInt64 = 0
    private(set) var storedByteCount: UInt64 = 0

    init(_ store: Store, _ snapshot: Snapshot, isDryRun: Bool) {
        self.store = store
        self.isDryRun = isDryRun
        base = snapshot.sequence
        identifier = store.configuration.random.bytes(count: 16)
        deduplicator = ChunkDeduplicator(snapshot.index)
    }

    // MARK: - Frames

    /// Adds a new chunk; returns a pack that is full.
    ///
    /// - Parameter raw: The chunk's plain bytes.
    func add(
        _ chunk: ProcessedBatch.Chunk, _ raw: RawSpan
    ) throws(EngineError) -> FinishedPack? {
        guard let form = chunk.form else { return nil }
        if countsNewChunks {
            newChunkCount += 1
            newByteCount += UInt64(chunk.byteCount)
            // What resembles a delta resembles its base, which costs a reader less.
            if chunk.base == nil, let sketch = chunk.sketch {
                sketches += sketch.features.map { SketchEntry(feature: $0, chunk: chunk.digest) }
            }
        }
        var pack = data.take() ?? assembler()
        switch form {
        case .raw:
            guard pack.append(chunk.digest, raw: raw) else {
                throw EngineError(.ioError, "a raw frame is not its chunk; check the memory")
            }
        case .encoded(let frame):
            let header = try Self.header(of: chunk, frame)
            pack.append(chunk.digest, header, bases: chunk.base?.digests ?? [], frame: frame.bytes)
        }
        data = pack
        return pack.isFull(byteTarget: store.configuration.packByteTarget) ? closeData() : nil
    }

    /// Adds a chunk whose frame was made elsewhere; returns a pack that is full.
    func add(_ frame: ImportedFrame) -> FinishedPack? {
        newChunkCount += 1
        newByteCount += UInt64(frame.place.header.rawByteCount)
        sketches +=
            frame.sketch?.features.map { SketchEntry(feature: $0, chunk: frame.place.digest) } ?? []
        var pack = data.take() ?? assembler()
        switch frame.form {
        case .copy(let stored): pack.append(copyOf: frame.place, stored: stored)
        case .encoded(let bytes):
            pack.append(frame.place.digest, frame.place.header, frame: bytes)
        }
        data = pack
        return pack.isFull(byteTarget: store.configuration.packByteTarget) ? closeData() : nil
    }

    private static func header(
        of chunk: ProcessedBatch.Chunk, _ frame: EncodedFrame
    ) throws(EngineError) -> FrameHeader {
        guard let base = chunk.base else {
            return FrameHeader(
                kind: .chunk, codec: frame.codec, filter: frame.filter,
                rawByteCount: chunk.byteCount)
        }
        do throws(FormatError) {
            return try FrameHeader(deltaOf: base.headers, rawByteCount: chunk.byteCount)
        } catch {
            throw EngineError(error, object: "delta frame")
        }
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
        var pack = nodes.take() ?? assembler()
        pack.append(digest, header, frame: frame.bytes)
        nodes = pack
        if pack.isFull(byteTarget: store.configuration.packByteTarget), let closed = closeNodes() {
            full.append(closed)
        }
        return digest
    }

    private func assembler() -> PackAssembler {
        // Reserved at once, so that growing never holds two copies; pages not used are not taken.
        let byteCount = store.configuration.packByteTarget + 1 << 20
        return PackAssembler(
            name: store.freshName(base: base), memory: BufferPool.uncleared(byteCount))
    }

    private func closeData() -> FinishedPack? { close(data.take()) }

    private func closeNodes() -> FinishedPack? { close(nodes.take()) }

    private func close(_ pack: PackAssembler?) -> FinishedPack? {
        guard let pack, !pack.isEmpty else { return nil }
        return pack.finish(producer: store.configuration.producer)
    }

    /// Closes what is open: one mixed pack if it is small, else chunks and nodes apart.
    func closeRemaining() -> [FinishedPack] {
        if var mixed = data, let some = nodes, mixed.byteCount + some.byteCount <= 1 << 20 {
            (data, nodes) = (nil, nil)
            mixed.append(contentsOf: some)
            return [close(mixed)].compactMap { $0 }
        }
        return [closeData(), closeNodes()].compactMap { $0 }
    }

    // MARK: - Log

    /// Notes a pack that is about to be uploaded.
    func begin(_ pack: FinishedPack) { begun.insert(pack.name) }

    /// Notes a pack that has become durable.
    func uploaded(_ pack: FinishedPack) {
        storedByteCount += UInt64(pack.bytes.count)
        unstaged.append(pack)
    }

    /// Removes packs of a write that ends before its commit was tried: no state can name them.
    func abandon() async {
        for name in begun.subtracting(stagedPacks) {
            // What cannot be removed now is an orphan, which a collection frees.
            try? await store.backend.delete(BoardKeys.pack(name))
        }
    }

    /// Stages what is durable, once it is enough to be worth a commit (FORMAT.md §9.4, Staging).
    func stageIfNeeded() async throws(EngineError) {
        guard !isDryRun, unstaged.count >= Self.unstagedCountMax else { return }
        // From here on the log may name them, even if the answer is an error.
        begun.subtract(unstaged.map(\.name))
        let outcome = try await store.commit { (snapshot) throws(EngineError) in
            try await self.raiseFloor(snapshot)
            var change = StateChange(.stage)
            self.name(&change, .staged, snapshot)
            return change
        }
        storedByteCount += UInt64(outcome.storedByteCount)
        stagedPacks += unstaged.map(\.name)
        deduplicator.advance(to: outcome.snapshot.index, staged: unstaged.flatMap(\.places))
        unstaged = []
        sketches = []
        base = outcome.snapshot.sequence
    }

    /// §9.4, Floor: packs that a collection may have deleted are uploaded again under fresh names.
    func raiseFloor(_ snapshot: Snapshot) async throws(EngineError) {
        for index in unstaged.indices where unstaged[index].name.base < snapshot.commit.orphanFloor
        {
            let again = unstaged[index].renamed(store.freshName(base: snapshot.sequence))
            try await store.upload(again)
            unstaged[index] = again
        }
    }

    /// Adds rows and places of the packs that are in no commit yet.
    func name(_ change: inout StateChange, _ status: PackRow.Status, _ snapshot: Snapshot) {
        for pack in unstaged {
            var row = pack.row
            row.status = status
            if status == .staged {
                row.since = snapshot.sequence + 1
                row.timeSeconds = store.configuration.clock.secondsSince1970
                row.session = identifier
            }
            change.set(RowKey.pack(pack.name), row.encoded)
            change.places += pack.places
        }
        change.sketches += sketches
    }

    /// §9.4, Presence: every pack this version needs has a row; those condemned or staged become
    /// live.
    ///
    /// - Returns: `false` if one is gone: the write has to be done again.
    func checkPresence(
        _ change: inout StateChange, _ snapshot: Snapshot
    ) throws(EngineError) -> Bool {
        for name in deduplicator.usedPacks.union(stagedPacks) {
            guard var row = try snapshot.index.packs.row(name) else { return false }
            guard row.status != .live else { continue }
            row.status = .live
            (row.since, row.timeSeconds, row.session) = (nil, nil, nil)
            change.set(RowKey.pack(name), row.encoded)
        }
        return true
    }

    /// All packs that reading the version needs, ascending.
    var packs: [ObjectName] {
        deduplicator.usedPacks.union(stagedPacks).union(unstaged.map(\.name)).sorted()
    }
}

extension Optional {
    /// Moves the value out, so that it is not copied when it is changed.
    fileprivate mutating func take() -> Wrapped? {
        defer { self = nil }
        return self
    }
}
