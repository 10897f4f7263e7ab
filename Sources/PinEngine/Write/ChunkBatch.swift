internal import PinFormat
internal import PinTransforms

/// A run of whole chunks of one file, on its way from stage to stage.
struct ChunkBatch: Sendable {
    /// Its place among all batches of the write, and among those of its file.
    let index: Int
    let file: Int
    let indexInFile: Int
    let buffer: PooledBuffer
    /// The end of each chunk in the buffer, which begins with the first one.
    let ends: [Int]
    let isLastOfFile: Bool
    /// Where the batch begins in its file.
    let offset: UInt64
    /// Where its new chunks find bases.
    let planner: BasePlanner?
    /// Of its chunks, where they were found on the way.
    var digests: [Digest]?
    /// Of the file that it ends, if that was asked for.
    var flatDigest: Digest?

    /// Bytes of its chunks together.
    var byteCount: Int { ends.last ?? 0 }
}

/// A chunk that has its name.
struct DigestedChunk: Sendable {
    let digest: Digest
    let byteCount: Int
    /// Whether the board does not have it.
    let isNew: Bool
    /// Its features, if it is new and has any.
    let sketch: ChunkSketch?
}

/// What a worker made of a batch.
struct ProcessedBatch: Sendable {
    struct Chunk: Sendable {
        let digest: Digest
        let byteCount: Int
        /// How it is stored, if it is new.
        let frame: PackedFrame?
        let sketch: ChunkSketch?
    }

    let file: Int
    let chunks: [Chunk]
    /// Where the bytes of raw chunks are.
    let buffer: PooledBuffer
    let isLastOfFile: Bool
    let flatDigest: Digest?
    let byteCount: Int

    /// Whether a pack may keep the buffer instead of a copy: most of it is raw chunks.
    var isMostlyRaw: Bool {
        let rawByteCount = chunks.reduce(0) { sum, chunk in
            if case .raw? = chunk.frame?.body { sum + chunk.byteCount } else { sum }
        }
        return rawByteCount >= buffer.bytes.count / 8 * 7
    }
}

extension ChunkBatch {
    /// Digests every chunk, and encodes those that are new.
    func process(
        _ workers: WorkerPool, _ deduplicator: ChunkDeduplicator
    ) async throws(EngineError) -> ProcessedBatch {
        let digested = try workers.use { (worker) throws(EngineError) in
            try self.digested(worker, deduplicator)
        }
        var bases: [Int: DeltaBase] = [:]
        if let planner, digested.contains(where: \.isNew) {
            bases = try await planner.bases(digested, batch: indexInFile, offset: offset)
        }
        let chunks = try workers.use { (worker) throws(EngineError) in
            try encode(digested, bases, worker, deduplicator)
        }
        return ProcessedBatch(
            file: file, chunks: chunks, buffer: buffer, isLastOfFile: isLastOfFile,
            flatDigest: flatDigest, byteCount: byteCount)
    }

    private func digested(
        _ worker: Worker, _ deduplicator: ChunkDeduplicator
    ) throws(EngineError) -> [DigestedChunk] {
        var out: [DigestedChunk] = []
        out.reserveCapacity(ends.count)
        let bytes = buffer.bytes
        let digests = unsafe digests ?? worker.chunkHasher.digests(of: bytes.span.bytes, ends: ends)
        var start = 0
        for (end, digest) in zip(ends, digests) {
            let raw = unsafe bytes.span.bytes.extracting(start..<end)
            let isNew = try deduplicator.claims(digest, .chunk)
            out.append(
                DigestedChunk(
                    digest: digest, byteCount: end - start, isNew: isNew,
                    sketch: isNew && planner != nil ? ChunkSketch(raw) : nil))
            start = end
        }
        return out
    }

    private func encode(
        _ digested: [DigestedChunk], _ bases: [Int: DeltaBase], _ worker: Worker,
        _ deduplicator: ChunkDeduplicator
    ) throws(EngineError) -> [ProcessedBatch.Chunk] {
        var out: [ProcessedBatch.Chunk] = []
        out.reserveCapacity(digested.count)
        let bytes = buffer.bytes
        var start = 0
        for (number, chunk) in digested.enumerated() {
            let raw = unsafe bytes.span.bytes.extracting(start..<start + chunk.byteCount)
            start += chunk.byteCount
            var (frame, sketch): (PackedFrame?, ChunkSketch?)
            if chunk.isNew {
                let order = ChunkOrder(batch: index, number: number)
                let candidate =
                    bases[number]
                    ?? planner?.recentBase(chunk.sketch, chunk.byteCount, before: order)
                let choice = try worker.choose(raw, against: candidate)
                let base = choice.isDelta ? candidate : nil
                if let candidate {
                    planner?.luck.note(candidate.source, gained: choice.isDelta)
                    if choice.isDelta { deduplicator.use(candidate.packs) }
                }
                if case .encoded(let frame) = choice {
                    planner?.offer(chunk, raw, frame, base, order)
                }
                frame = try PackedFrame(choice, of: raw, base)
                // What resembles a delta resembles its base, which costs a reader less.
                sketch = base == nil ? chunk.sketch : nil
            }
            out.append(
                ProcessedBatch.Chunk(
                    digest: chunk.digest, byteCount: chunk.byteCount, frame: frame,
                    sketch: sketch))
        }
        return out
    }
}
