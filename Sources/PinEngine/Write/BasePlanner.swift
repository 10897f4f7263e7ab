internal import PinFormat
internal import PinTransforms
internal import Synchronization

/// Chooses bases for the new chunks of one file (FORMAT.md §6.1): first what stood at their place
/// in the previous version, as the neighbours that did not change tell where that is; then whatever
/// chunk of the board shares a feature with them (§6.4).
final class BasePlanner: Sendable {
    /// Plain bytes of all bases of one batch at the most.
    private static let batchByteCountMax = 16 << 20

    private let store: Store
    private let index: ChunkIndex
    private let alignment: BaseAlignment?
    private let sketches: SketchIndex?
    private let frames: FrameReader
    private let closureByteCountMax: Int
    /// How many more bases may turn out to be unreadable before no more are tried.
    private let patience = Mutex(8)
    let luck: BaseLuck

    /// - Parameters:
    ///   - alignment: The file that the new one most likely resembles.
    ///   - sketches: Features of chunks of the whole board.
    init(
        _ store: Store, _ snapshot: Snapshot, _ alignment: BaseAlignment?,
        _ sketches: SketchIndex?, _ frames: FrameReader, _ luck: BaseLuck = BaseLuck(),
        closureByteCountMax: Int = Limits.closureByteCount
    ) {
        self.store = store
        index = snapshot.index
        self.alignment = alignment
        self.sketches = sketches
        self.frames = frames
        self.luck = luck
        self.closureByteCountMax = closureByteCountMax
    }

    /// A chunk of the batch and the bases it may have.
    private struct Plan {
        let number: Int
        let source: BaseSource
        let bases: [Candidate]
    }

    /// Bases for the new chunks of a batch, by their number in it.
    ///
    /// - Parameters:
    ///   - chunks: The whole batch in order.
    ///   - offset: Where the batch begins in the file.
    func bases(
        _ chunks: [DigestedChunk], batch: Int, offset: UInt64
    ) async throws(EngineError) -> [Int: DeltaBase] {
        guard patience.withLock({ $0 > 0 }) else { return [:] }
        let plans = plans(chunks, alignment?.places(chunks, batch: batch, offset: offset) ?? [:])
        guard !plans.isEmpty else { return [:] }
        var out: [Int: DeltaBase] = [:]
        do throws(EngineError) {
            try await read(plans, into: &out)
        } catch  where error.code != .cancelled {
            // A base that is damaged or gone is none: deltas are an economy, and new data must be
            // storable. The others are read one by one.
            for plan in plans where patience.withLock({ $0 > 0 }) {
                do throws(EngineError) {
                    try await read([plan], into: &out)
                } catch  where error.code != .cancelled {
                    patience.withLock { $0 -= 1 }
                }
            }
        }
        return out
    }

    private func plans(_ chunks: [DigestedChunk], _ places: [Int: BaseAlignment.Place]) -> [Plan] {
        var plans: [Plan] = []
        var byteCount = 0
        for (number, chunk) in chunks.enumerated() where chunk.isNew {
            let place = places[number]
            var wishes: [(source: BaseSource, digests: [Digest])] = []
            if let place, place.isAnchored { wishes.append((.alignment, place.digests)) }
            if let sketches, let sketch = chunk.sketch, wishes.isEmpty,
                luck.isWorthTrying(.resemblance)
            {
                wishes += sketches.chunks(sketch).map { (.resemblance, [$0]) }
            }
            if let place, !place.isAnchored { wishes.append((.alignment, place.digests)) }
            for wish in wishes where wish.source != .alignment || luck.isWorthTrying(.alignment) {
                // An index that cannot be read here offers no base.
                guard let bases = try? candidates(wish.digests, for: chunk.byteCount),
                    !bases.isEmpty
                else { continue }
                byteCount += bases.reduce(0) { $0 + $1.header.rawByteCount }
                guard byteCount <= Self.batchByteCountMax else { return plans }
                plans.append(Plan(number: number, source: wish.source, bases: bases))
                break
            }
        }
        return plans
    }

    /// Reads the bytes of all bases together.
    private func read(_ plans: [Plan], into out: inout [Int: DeltaBase]) async throws(EngineError) {
        var wanted: [Digest] = []
        var known: Set<Digest> = []
        for base in plans.flatMap(\.bases) where known.insert(base.digest).inserted {
            wanted.append(base.digest)
        }
        var plain: [Digest: [UInt8]] = [:]
        for (digest, bytes) in zip(wanted, try await frames.frames(wanted, .chunk)) {
            plain[digest] = bytes
        }
        for plan in plans {
            let parts = plan.bases.compactMap { plain[$0.digest] }
            out[plan.number] = DeltaBase(
                digests: plan.bases.map(\.digest), headers: plan.bases.map(\.header),
                prefix: parts.count == 1 ? parts[0] : Array(parts.joined()),
                packs: plan.bases.flatMap(\.packs), source: plan.source,
                plainStoredByteCount: plan.bases.reduce(0) { $0 + $1.plainStoredByteCount },
                plainRawByteCount: plan.bases.reduce(0) { $0 + $1.plainRawByteCount })
        }
    }

    // MARK: - Limits

    /// A base that a chunk may have.
    private struct Candidate {
        let digest: Digest
        let header: FrameHeader
        /// The raw bytes of its closure, and the packs that hold it.
        let closureByteCount: Int
        let packs: [ObjectName]
        let plainStoredByteCount: Int
        let plainRawByteCount: Int
    }

    /// Bases within the limits of a closure.
    private func candidates(
        _ wanted: [Digest], for byteCount: Int
    ) throws(EngineError) -> [Candidate] {
        var frameCount = min(store.config.closureFrameCount, Limits.closureFrameCount) - 1
        var byteCount = closureByteCountMax - byteCount
        var bases: [Candidate] = []
        for digest in wanted {
            guard let usable = try shallow(digest, frameCount, byteCount),
                !bases.contains(where: { $0.digest == usable.digest })
            else { continue }
            frameCount -= usable.header.closureFrameCount
            byteCount -= usable.closureByteCount
            bases.append(usable)
        }
        return bases
    }

    /// The frame itself, or the base of its base …, whose closure has at most so many frames and
    /// raw bytes.
    private func shallow(
        _ digest: Digest, _ frameCount: Int, _ byteCount: Int
    ) throws(EngineError) -> Candidate? {
        var digest = digest
        for _ in 0...Limits.depth {
            guard let closure = try index.closure(digest, .chunk), let top = closure.last else {
                return nil
            }
            let header = top.entry.header
            // A version that came from elsewhere may have larger chunks than this board cuts: as
            // bases for many small ones they would take memory out of proportion.
            guard header.kind == .chunk,
                header.rawByteCount <= store.config.chunker.maximumByteCount
            else { return nil }
            let closureByteCount = closure.reduce(0) { $0 + $1.entry.header.rawByteCount }
            if header.closureFrameCount <= frameCount, closureByteCount <= byteCount {
                let plain = closure.filter { $0.entry.header.baseCount == 0 }
                return Candidate(
                    digest: digest, header: header, closureByteCount: closureByteCount,
                    packs: closure.map(\.pack),
                    plainStoredByteCount: plain.reduce(0) { $0 + $1.entry.storedByteCount },
                    plainRawByteCount: plain.reduce(0) { $0 + $1.entry.header.rawByteCount })
            }
            guard let base = try index.place(top).bases.first else { return nil }
            digest = base
        }
        return nil
    }
}
