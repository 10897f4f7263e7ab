internal import PinFormat
internal import PinStorage
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

    /// - Parameters:
    ///   - alignment: The file that the new one most likely resembles.
    ///   - sketches: Features of chunks of the whole board.
    init(
        _ store: Store, _ snapshot: Snapshot, _ alignment: BaseAlignment?,
        _ sketches: SketchIndex?, _ frames: FrameReader,
        closureByteCountMax: Int = Limits.closureByteCount
    ) {
        self.store = store
        index = snapshot.index
        self.alignment = alignment
        self.sketches = sketches
        self.frames = frames
        self.closureByteCountMax = closureByteCountMax
    }

    /// Passes over a batch, in the order of the file; what it gives is for ``bases``.
    func pass(_ chunks: [DigestedChunk], offset: UInt64) -> Int64? {
        alignment?.pass(chunks, offset: offset)
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
    ///   - shift: What ``pass(_:offset:)`` gave for it.
    ///   - memory: What is known about bases; learns.
    func bases(
        _ chunks: [DigestedChunk], offset: UInt64, shift: Int64?, _ memory: inout BaseMemory
    ) async throws(EngineError) -> [Int: DeltaBase] {
        guard patience.withLock({ $0 > 0 }) else { return [:] }
        let places = alignment?.places(chunks, offset: offset, before: shift) ?? [:]
        let plans = await atHand(plans(chunks, places, &memory))
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

    private func plans(
        _ chunks: [DigestedChunk], _ places: [Int: BaseAlignment.Place],
        _ memory: inout BaseMemory
    ) -> [Plan] {
        var plans: [Plan] = []
        var byteCount = 0
        for (number, chunk) in chunks.enumerated() where chunk.isNew {
            let place = places[number]
            var wishes: [(source: BaseSource, bases: [WantedBase])] = []
            if let place, place.isAnchored { wishes.append((.alignment, place.bases)) }
            if let sketches, let sketch = chunk.sketch, wishes.isEmpty,
                memory.isWorthTrying(.resemblance)
            {
                wishes += sketches.chunks(sketch).map {
                    (.resemblance, [WantedBase(digest: $0, weight: 1)])
                }
            }
            if let place, !place.isAnchored { wishes.append((.alignment, place.bases)) }
            for wish in wishes {
                if wish.source == .alignment, !memory.isWorthTrying(.alignment) { continue }
                // An index that cannot be read here offers no base.
                guard let bases = try? bases(wish.bases, for: chunk.byteCount),
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

    /// The plans whose bases cost no request: on a remote board those that the local cache has.
    private func atHand(_ plans: [Plan]) async -> [Plan] {
        guard store.backend.capabilities.isRemote else { return plans }
        var chosen: [Plan] = []
        for plan in plans {
            var isAtHand = true
            for base in plan.bases where isAtHand { isAtHand = await self.isAtHand(base) }
            if isAtHand { chosen.append(plan) }
        }
        return chosen
    }

    private func isAtHand(_ base: Candidate) async -> Bool {
        if store.decodedFrames.bytes(base.digest, .chunk) != nil { return true }
        if let cache = store.frameCache {
            return FrameLocator.closure(base.digest, .chunk, copies: cache.copies) != nil
        }
        // An index that cannot be read here offers no base.
        guard let closure = try? index.closure(of: base.top)?.map({ try index.place($0) }) else {
            return false
        }
        for place in closure {
            let range = place.offset..<place.offset + place.storedByteCount
            guard await store.backend.isAtHand(BoardKeys.pack(place.pack), range: range) else {
                return false
            }
        }
        return true
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
                contents: parts,
                packs: plan.bases.flatMap(\.packs), source: plan.source,
                plainStoredByteCount: plan.bases.reduce(0) { $0 + $1.plainStoredByteCount },
                plainRawByteCount: plan.bases.reduce(0) { $0 + $1.plainRawByteCount },
                closureByteCount: plan.bases.reduce(0) { $0 + $1.closureByteCount })
        }
    }

    // MARK: - The same write

    /// Bases among the chunks that this write has stored just now: one that shares a feature, else
    /// the neighbours.
    ///
    /// - Parameter byteCount: Of the chunk that wants them.
    func recentBase(
        _ sketch: ChunkSketch?, _ byteCount: Int, _ memory: inout BaseMemory
    ) -> DeltaBase? {
        if let sketch, memory.isWorthTrying(.sibling),
            let entry = memory.similar(to: sketch),
            let base = base([entry], byteCount, .sibling)
        {
            return base
        }
        guard memory.isWorthTrying(.neighbour) else { return nil }
        return base(memory.neighbours, byteCount, .neighbour)
    }

    private func base(
        _ entries: [RecentChunks.Entry], _ byteCount: Int, _ source: BaseSource
    ) -> DeltaBase? {
        let frameCount = entries.reduce(1) { $0 + $1.header.closureFrameCount }
        let closureByteCount = entries.reduce(byteCount) { $0 + $1.closureByteCount }
        guard !entries.isEmpty, closureByteCount <= closureByteCountMax,
            frameCount <= min(store.config.closureFrameCount, Limits.closureFrameCount)
        else { return nil }
        let plain = entries.filter { $0.header.baseCount == 0 }
        return DeltaBase(
            digests: entries.map(\.digest), headers: entries.map(\.header),
            contents: entries.map(\.bytes),
            packs: entries.flatMap(\.packs), source: source,
            plainStoredByteCount: plain.reduce(0) { $0 + $1.storedByteCount },
            plainRawByteCount: plain.reduce(0) { $0 + $1.bytes.count },
            closureByteCount: entries.reduce(0) { $0 + $1.closureByteCount })
    }

    /// Offers a chunk that was encoded to those after it.
    func offer(
        _ chunk: DigestedChunk, _ raw: RawSpan, _ frame: EncodedFrame, _ base: DeltaBase?,
        _ memory: inout BaseMemory
    ) {
        let header =
            base.map { try? FrameHeader(deltaOf: $0.headers, rawByteCount: chunk.byteCount) }
            ?? FrameHeader(
                kind: .chunk, codec: frame.codec, filter: frame.filter,
                rawByteCount: chunk.byteCount)
        guard let header else { return }
        memory.add(
            RecentChunks.Entry(
                digest: chunk.digest, header: header,
                bytes: unsafe raw.withUnsafeBytes { unsafe Array($0) },
                closureByteCount: chunk.byteCount + (base?.closureByteCount ?? 0),
                packs: base?.packs ?? [], storedByteCount: frame.bytes.count), chunk.sketch)
    }

    // MARK: - Limits

    /// A base that a chunk may have.
    private struct Candidate {
        let digest: Digest
        let weight: Int64
        let top: ChunkIndex.Copy
        /// The raw bytes of its closure, and the packs that hold it.
        let closureByteCount: Int
        let packs: [ObjectName]
        let plainStoredByteCount: Int
        let plainRawByteCount: Int

        var header: FrameHeader { top.entry.header }

        func weighing(_ weight: Int64) -> Candidate {
            Candidate(
                digest: digest, weight: weight, top: top, closureByteCount: closureByteCount,
                packs: packs, plainStoredByteCount: plainStoredByteCount,
                plainRawByteCount: plainRawByteCount)
        }
    }

    /// Bases within the limits of a closure: where those wanted are too deep, their own bases, the
    /// heaviest first.
    private func bases(
        _ wanted: [WantedBase], for byteCount: Int
    ) throws(EngineError) -> [Candidate] {
        let frameCount = min(store.config.closureFrameCount, Limits.closureFrameCount) - 1
        let closureMax = closureByteCountMax - byteCount
        var bases: [Candidate] = []
        for base in wanted {
            if let found = try candidate(base) { bases.append(found) }
        }
        // Each turn goes one frame down: at most two bases, sixteen deep.
        for _ in 0...2 * Limits.depth {
            bases = Self.heaviest(bases)
            let fits =
                bases.reduce(0) { $0 + $1.header.closureFrameCount } <= frameCount
                && bases.reduce(0) { $0 + $1.closureByteCount } <= closureMax
            if fits { return bases }
            guard
                let deepest = bases.indices.max(by: {
                    bases[$0].header.closureFrameCount < bases[$1].header.closureFrameCount
                })
            else { return [] }
            let own = try index.place(bases[deepest].top).bases
            var below: [Candidate] = []
            for digest in own {
                let base = WantedBase(digest: digest, weight: bases[deepest].weight)
                if let found = try candidate(base) { below.append(found) }
            }
            // A plain frame that is too large has nothing below it: the lighter one goes.
            if own.isEmpty,
                let lightest = bases.indices.min(by: { bases[$0].weight < bases[$1].weight })
            {
                bases.remove(at: lightest)
            } else {
                bases.replaceSubrange(deepest...deepest, with: below)
            }
        }
        return []
    }

    /// The two with the greatest weight, in the order they are in; the same base twice has the
    /// weight of both.
    private static func heaviest(_ bases: [Candidate]) -> [Candidate] {
        var sums: [(index: Int, weight: Int64)] = []
        for (index, base) in bases.enumerated() {
            if let known = sums.firstIndex(where: { bases[$0.index].digest == base.digest }) {
                sums[known].weight += base.weight
            } else {
                sums.append((index, base.weight))
            }
        }
        let chosen = sums.sorted { $0.weight > $1.weight }.prefix(2)
        return chosen.sorted { $0.index < $1.index }.map { bases[$0.index].weighing($0.weight) }
    }

    private func candidate(_ base: WantedBase) throws(EngineError) -> Candidate? {
        guard let closure = try index.closure(base.digest, .chunk), let top = closure.last else {
            return nil
        }
        // A base in a condemned pack would bring all of it back.
        guard closure.allSatisfy({ $0.status != .condemned }) else { return nil }
        // A version that came from elsewhere may have larger chunks than this board cuts: as bases
        // for many small ones they would take memory out of proportion.
        guard top.entry.header.rawByteCount <= store.config.chunker.maximumByteCount else {
            return nil
        }
        let plain = closure.filter { $0.entry.header.baseCount == 0 }
        return Candidate(
            digest: base.digest, weight: base.weight, top: top,
            closureByteCount: closure.reduce(0) { $0 + $1.entry.header.rawByteCount },
            packs: closure.map(\.pack),
            plainStoredByteCount: plain.reduce(0) { $0 + $1.entry.storedByteCount },
            plainRawByteCount: plain.reduce(0) { $0 + $1.entry.header.rawByteCount })
    }
}
