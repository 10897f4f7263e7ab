internal import PinFormat
internal import PinTransforms

/// A run of whole chunks of one file, on its way from stage to stage.
struct ChunkBatch: Sendable {
    /// Which of the files.
    let file: Int
    let buffer: PooledBuffer
    /// Where in the buffer the first chunk begins, and the end of each one from there on.
    let start: Int
    let ends: [Int]
    /// What cutting has seen of their samples.
    let noted: NotedSamples
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
    /// Where they are in the buffer.
    var range: Range<Int> { start..<start + byteCount }
}

/// A chunk that has its name.
struct DigestedChunk: Sendable {
    let digest: Digest
    let byteCount: Int
    /// Whether the board does not have it, and nothing before it in the write is the same.
    var isNew: Bool
    /// Its features, if it is new and has any.
    var sketch: ChunkSketch?
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
    /// Where the bytes of raw chunks are, from `start` on.
    let buffer: PooledBuffer
    let start: Int
    let isLastOfFile: Bool
    let flatDigest: Digest?
    let byteCount: Int

    /// Whether a pack may keep the buffer instead of a copy: most of it is raw chunks.
    var isMostlyRaw: Bool {
        let rawByteCount = chunks.reduce(0) { sum, chunk in
            if case .raw? = chunk.frame?.body { sum + chunk.byteCount } else { sum }
        }
        return rawByteCount >= buffer.bytes.count / 8 * 5
    }
}
