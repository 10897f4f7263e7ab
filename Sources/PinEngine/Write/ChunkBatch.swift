internal import PinFormat
internal import PinTransforms

/// A run of whole chunks of one file, on its way from the reader to a worker.
struct ChunkBatch: Sendable {
    /// Its place among all batches of the write, and among those of its file.
    let index: Int
    let file: Int
    let indexInFile: Int
    let bytes: [UInt8]
    /// The end of each chunk in `bytes`; the last one is the end of `bytes`.
    let ends: [Int]
    let isLastOfFile: Bool
    let flatDigester: FlatDigester?
    /// Where the batch begins in its file.
    let offset: UInt64
}

/// What a worker made of a batch.
struct ProcessedBatch: Sendable {
    struct Chunk: Sendable {
        let digest: Digest
        let byteCount: Int
        /// The encoded chunk, if it is new.
        let frame: EncodedFrame?
        /// What it is a delta of, if it is one.
        let base: DeltaBase?
    }

    let index: Int
    let file: Int
    let chunks: [Chunk]
    let isLastOfFile: Bool
    let byteCount: Int
}

extension ChunkBatch {
    /// Digests every chunk, and encodes those that are new: the work of one task.
    func process(
        _ workers: WorkerPool, _ deduplicator: ChunkDeduplicator, _ planner: DeltaPlanner?
    ) async throws(EngineError) -> ProcessedBatch {
        let digested = try workers.use { (worker) throws(EngineError) in
            try digests(worker, deduplicator)
        }
        var bases: [Int: DeltaBase] = [:]
        if let planner, digested.contains(where: \.isNew) {
            bases = try await planner.bases(digested, batch: indexInFile, offset: offset)
        }
        let chunks = try workers.use { (worker) throws(EngineError) in
            try encode(digested, bases, worker)
        }
        flatDigester?.submit(indexInFile, bytes)
        return ProcessedBatch(
            index: index, file: file, chunks: chunks, isLastOfFile: isLastOfFile,
            byteCount: bytes.count)
    }

    private func digests(
        _ worker: Worker, _ deduplicator: ChunkDeduplicator
    ) throws(EngineError) -> [(digest: Digest, byteCount: Int, isNew: Bool)] {
        var out: [(digest: Digest, byteCount: Int, isNew: Bool)] = []
        out.reserveCapacity(ends.count)
        var start = 0
        for end in ends {
            let raw = unsafe bytes.span.bytes.extracting(start..<end)
            let digest = worker.hasher.digest(raw)
            out.append((digest, end - start, try deduplicator.claims(digest, .chunk)))
            start = end
        }
        return out
    }

    private func encode(
        _ digested: [(digest: Digest, byteCount: Int, isNew: Bool)], _ bases: [Int: DeltaBase],
        _ worker: Worker
    ) throws(EngineError) -> [ProcessedBatch.Chunk] {
        var out: [ProcessedBatch.Chunk] = []
        out.reserveCapacity(digested.count)
        var start = 0
        for (number, chunk) in digested.enumerated() {
            let raw = unsafe bytes.span.bytes.extracting(start..<start + chunk.byteCount)
            start += chunk.byteCount
            var (frame, base): (EncodedFrame?, DeltaBase?) = (nil, nil)
            if chunk.isNew {
                frame = try worker.encode(raw)
                if let candidate = bases[number], let plain = frame,
                    let delta = try worker.encode(raw, candidate, smallerThan: plain.bytes.count)
                {
                    (frame, base) = (delta, candidate)
                }
            }
            out.append(
                ProcessedBatch.Chunk(
                    digest: chunk.digest, byteCount: chunk.byteCount, frame: frame, base: base))
        }
        return out
    }
}
