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
}

/// What a worker made of a batch.
struct ProcessedBatch: Sendable {
    struct Chunk: Sendable {
        let digest: Digest
        let byteCount: Int
        /// The encoded chunk, if it is new.
        let frame: EncodedFrame?
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
        _ worker: Worker, _ deduplicator: ChunkDeduplicator
    ) throws(EngineError) -> ProcessedBatch {
        var chunks: [ProcessedBatch.Chunk] = []
        chunks.reserveCapacity(ends.count)
        var start = 0
        for end in ends {
            let raw = unsafe bytes.span.bytes.extracting(start..<end)
            let digest = worker.hasher.digest(raw)
            let frame = try deduplicator.claims(digest, .chunk) ? try worker.encode(raw) : nil
            chunks.append(
                ProcessedBatch.Chunk(digest: digest, byteCount: end - start, frame: frame))
            start = end
        }
        flatDigester?.submit(indexInFile, bytes)
        return ProcessedBatch(
            index: index, file: file, chunks: chunks, isLastOfFile: isLastOfFile,
            byteCount: bytes.count)
    }
}
