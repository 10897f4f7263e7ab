internal import PinFormat
internal import PinTransforms

/// A batch whose chunks have names.
///
/// Naming and encoding run side by side with those of other batches. What depends on the order of
/// batches stands between, in ``claim(_:)``, which is called for one after the other.
struct NamedBatch: Sendable {
    private let batch: ChunkBatch
    private var chunks: [DigestedChunk]
    /// The index that was asked.
    private let generation: Int
    /// How far old offsets are from the new ones before it.
    private var shift: Int64?

    /// Whether a chunk has to be encoded.
    var hasNew: Bool { chunks.contains(where: \.isNew) }

    /// Digests every chunk, and asks the index for it.
    init(
        _ batch: ChunkBatch, _ workers: WorkerPool, _ deduplicator: ChunkDeduplicator
    ) throws(EngineError) {
        self.batch = batch
        let bytes = batch.buffer.bytes
        let digests =
            batch.digests
            ?? workers.use { worker in
                unsafe worker.chunkHasher.digests(
                    of: bytes.span.bytes.extracting(batch.range), ends: batch.ends)
            }
        var start = 0
        let question = deduplicator.question
        generation = question.generation
        chunks = []
        chunks.reserveCapacity(batch.ends.count)
        for (end, digest) in zip(batch.ends, digests) {
            let isKnown = try deduplicator.knows(digest, .chunk, question)
            chunks.append(
                DigestedChunk(
                    digest: digest, byteCount: end - start, isNew: !isKnown, sketch: nil))
            start = end
        }
    }

    /// Decides which chunks are stored here. To be called in the order of batches.
    mutating func claim(_ deduplicator: ChunkDeduplicator) throws(EngineError) {
        for index in chunks.indices where chunks[index].isNew {
            chunks[index].isNew = try deduplicator.claims(
                chunks[index].digest, .chunk, unlessKnownSince: generation)
        }
        shift = batch.planner?.pass(chunks, offset: batch.offset)
    }

    /// Encodes what is new.
    ///
    /// - Parameter memory: What is known about bases; learns.
    func encoded(
        _ workers: WorkerPool, _ deduplicator: ChunkDeduplicator, _ memory: inout BaseMemory
    ) async throws(EngineError) -> ProcessedBatch {
        var chunks = chunks
        var bases: [Int: DeltaBase] = [:]
        if let planner = batch.planner, hasNew {
            sketch(&chunks)
            bases = try await planner.bases(
                chunks, offset: batch.offset, shift: shift, &memory)
        }
        var learned = memory
        let encoded = try workers.use { (worker) throws(EngineError) in
            try frames(chunks, bases, worker, deduplicator, &learned)
        }
        memory = learned
        return processed(encoded)
    }

    /// As it is, if there is nothing to encode.
    var processed: ProcessedBatch {
        processed(
            chunks.map {
                ProcessedBatch.Chunk(
                    digest: $0.digest, byteCount: $0.byteCount, frame: nil, sketch: nil)
            })
    }

    private func processed(_ chunks: [ProcessedBatch.Chunk]) -> ProcessedBatch {
        ProcessedBatch(
            file: batch.file, chunks: chunks, buffer: batch.buffer, start: batch.start,
            isLastOfFile: batch.isLastOfFile, flatDigest: batch.flatDigest,
            byteCount: batch.byteCount)
    }

    private func sketch(_ chunks: inout [DigestedChunk]) {
        let bytes = batch.buffer.bytes
        var start = batch.start
        for index in chunks.indices {
            let end = start + chunks[index].byteCount
            if chunks[index].isNew {
                chunks[index].sketch = unsafe ChunkSketch(
                    bytes.span.bytes.extracting(start..<end), noted: batch.noted,
                    start: start - batch.start)
            }
            start = end
        }
    }

    private func frames(
        _ chunks: [DigestedChunk], _ bases: [Int: DeltaBase], _ worker: Worker,
        _ deduplicator: ChunkDeduplicator, _ memory: inout BaseMemory
    ) throws(EngineError) -> [ProcessedBatch.Chunk] {
        var out: [ProcessedBatch.Chunk] = []
        out.reserveCapacity(chunks.count)
        let bytes = batch.buffer.bytes
        var start = batch.start
        for (number, chunk) in chunks.enumerated() {
            let raw = unsafe bytes.span.bytes.extracting(start..<start + chunk.byteCount)
            start += chunk.byteCount
            var (frame, sketch): (PackedFrame?, ChunkSketch?)
            if chunk.isNew {
                let candidate =
                    bases[number]
                    ?? batch.planner?.recentBase(chunk.sketch, chunk.byteCount, &memory)
                let choice = try worker.choose(raw, against: candidate)
                let base = choice.isDelta ? candidate : nil
                if let candidate {
                    memory.note(candidate.source, gained: choice.isDelta)
                    if choice.isDelta { deduplicator.use(candidate.packs) }
                }
                if case .encoded(let frame) = choice {
                    batch.planner?.offer(chunk, raw, frame, base, &memory)
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
