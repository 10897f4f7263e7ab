internal import PinFormat
internal import PinTransforms

/// A run of whole chunks of one file, on its way from the reader to a worker.
struct ChunkBatch: Sendable {
    /// Its place among all batches of the write, and among those of its file.
    let index: Int
    let file: Int
    let indexInFile: Int
    let buffer: BatchBuffer
    /// The end of each chunk in the buffer, which begins with the first one.
    let ends: [Int]
    let isLastOfFile: Bool
    let flatDigester: FlatDigester?
    /// Where the batch begins in its file.
    let offset: UInt64

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
        let form: ChosenFrame?
        /// What it is a delta of, if it is one.
        let base: DeltaBase?
        let sketch: ChunkSketch?
    }

    let index: Int
    let file: Int
    /// Where the bytes of raw chunks are.
    let buffer: BatchBuffer
    let chunks: [Chunk]
    let isLastOfFile: Bool
    let byteCount: Int
}

extension ChunkBatch {
    /// Digests every chunk, and encodes those that are new: the work of one task.
    func process(
        _ workers: WorkerPool, _ deduplicator: ChunkDeduplicator, _ planner: BasePlanner?
    ) async throws(EngineError) -> ProcessedBatch {
        let digested = try workers.use { (worker) throws(EngineError) in
            try digests(worker, deduplicator, sketches: planner != nil)
        }
        var bases: [Int: DeltaBase] = [:]
        if let planner, digested.contains(where: \.isNew) {
            bases = try await planner.bases(digested, batch: indexInFile, offset: offset)
        }
        let chunks = try workers.use { (worker) throws(EngineError) in
            try encode(digested, bases, worker, planner, deduplicator)
        }
        flatDigester?.submit(indexInFile, buffer, byteCount)
        return ProcessedBatch(
            index: index, file: file, buffer: buffer, chunks: chunks, isLastOfFile: isLastOfFile,
            byteCount: byteCount)
    }

    private func digests(
        _ worker: Worker, _ deduplicator: ChunkDeduplicator, sketches: Bool
    ) throws(EngineError) -> [DigestedChunk] {
        var out: [DigestedChunk] = []
        out.reserveCapacity(ends.count)
        let bytes = buffer.bytes
        let digests = unsafe worker.chunkHasher.digests(of: bytes.span.bytes, ends: ends)
        var start = 0
        for (end, digest) in zip(ends, digests) {
            let raw = unsafe bytes.span.bytes.extracting(start..<end)
            let isNew = try deduplicator.claims(digest, .chunk)
            out.append(
                DigestedChunk(
                    digest: digest, byteCount: end - start, isNew: isNew,
                    sketch: isNew && sketches ? ChunkSketch(raw) : nil))
            start = end
        }
        return out
    }

    private func encode(
        _ digested: [DigestedChunk], _ bases: [Int: DeltaBase], _ worker: Worker,
        _ planner: BasePlanner?, _ deduplicator: ChunkDeduplicator
    ) throws(EngineError) -> [ProcessedBatch.Chunk] {
        var out: [ProcessedBatch.Chunk] = []
        out.reserveCapacity(digested.count)
        let bytes = buffer.bytes
        var start = 0
        for (number, chunk) in digested.enumerated() {
            let raw = unsafe bytes.span.bytes.extracting(start..<start + chunk.byteCount)
            start += chunk.byteCount
            var (form, base): (ChosenFrame?, DeltaBase?) = (nil, nil)
            if chunk.isNew {
                let order = ChunkOrder(batch: index, number: number)
                let candidate =
                    bases[number]
                    ?? planner?.recentBase(chunk.sketch, chunk.byteCount, before: order)
                let choice = try worker.choose(raw, against: candidate)
                form = choice
                if let candidate {
                    planner?.luck.note(candidate.source, gained: choice.isDelta)
                    if choice.isDelta {
                        deduplicator.use(candidate.packs)
                        base = candidate
                    }
                }
                if case .encoded(let frame) = choice {
                    planner?.offer(chunk, raw, frame, base, order)
                }
            }
            out.append(
                ProcessedBatch.Chunk(
                    digest: chunk.digest, byteCount: chunk.byteCount, form: form, base: base,
                    sketch: chunk.sketch))
        }
        return out
    }
}
