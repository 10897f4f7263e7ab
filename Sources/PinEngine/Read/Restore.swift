internal import PinFormat
internal import PinStorage

/// The reverse pipeline: manifest → batches of chunks → read, decode and verify on all cores →
/// bytes in order, or each batch to its own place.
///
/// While some batches are decoded the next ones are read. Memory: each of the batches in flight, at
/// most 2 × cores + 1 of them, on boards of other machines
/// ``StoreConfiguration/fetchCount`` if that is more, has its plain bytes, its stored bytes and its
/// bases, in the reader's buffers; together at most about 96 MiB, or one batch if that is more.
/// Boards of the standard chunk size need a third of it.
///
/// Frames of raw bytes go through memory like all others: the kernel could copy them from file to
/// file, but their bytes are needed for the digest, and the headers of their blocks would cut the
/// copy into unaligned pieces of 128 KiB.
struct Restore {
    /// Plain bytes of one batch at the most, unless a single chunk is larger. Each is a request or
    /// more to a remote board; larger ones would leave room for one at a time.
    private static let (localBatchByteCount, remoteBatchByteCount) = (4 << 20, 5 << 20)
    /// Chunks of one batch at the most: a version that came from elsewhere may have very small
    /// ones.
    private static let batchChunkCount = 1_024
    /// What all batches in flight may need, in bytes.
    private static let flightByteCountMax = 96 << 20
    /// Chunks and bases of ranges up to so many bytes stay in the store's cache: their neighbours
    /// may be asked for next.
    private static let keptRangeByteCountMax = 4 << 20

    let store: Store
    let frames: FrameReader
    var progress: ProgressHandler?

    /// Neighbouring chunks, and which of their bytes are asked for.
    struct Batch {
        var chunks: [ChunkReference] = []
        var byteCount = 0
        /// Within the bytes of the chunks.
        var wanted = 0..<0
        /// Where the first byte that is asked for belongs.
        var offset: UInt64 = 0
        /// What it may need while it is in flight, in bytes.
        var need = 0
    }

    /// What became of a batch. A value and not a thrown error: it crosses from task to task.
    private typealias Outcome = Result<[UInt8], EngineError>

    private struct Event {
        let index: Int
        let outcome: Outcome
    }

    // MARK: - In order

    /// Hands out a range of a file.
    func run(
        _ file: FileEntry, _ range: Range<UInt64>,
        _ body: ([UInt8]) async throws(EngineError) -> Void
    ) async throws(EngineError) {
        var early: [Int: [UInt8]] = [:]
        var delivered = 0
        try await flow(file, range) { batch in
            await self.piece(batch, file, range)
        } took: { (index, bytes) throws(EngineError) in
            early[index] = bytes
            while let bytes = early.removeValue(forKey: delivered) {
                delivered += 1
                try await body(bytes)
            }
            return delivered
        }
    }

    /// The bytes of a batch that are asked for.
    private func piece(
        _ batch: Batch, _ file: FileEntry, _ range: Range<UInt64>
    ) async -> Outcome {
        do throws(EngineError) {
            var bytes = BufferPool.uncleared(batch.byteCount)
            try await frames.fill(&bytes, with: batch.chunks, of: file, keeping: keeps(range))
            if batch.wanted.count == bytes.count { return .success(bytes) }
            return .success(Array(bytes[batch.wanted]))
        } catch {
            return .failure(error)
        }
    }

    /// A range of a file in memory.
    func bytes(_ file: FileEntry, _ range: Range<UInt64>) async throws(EngineError) -> [UInt8] {
        var out: [UInt8] = []
        try await run(file, range) { (piece) throws(EngineError) in
            if piece.count == range.count {
                out = piece
            } else {
                if out.isEmpty { out.reserveCapacity(min(range.count, 64 << 20)) }
                out += piece
            }
        }
        return out
    }

    // MARK: - Each to its place

    /// Writes a range of a file.
    func run(
        _ file: FileEntry, _ range: Range<UInt64>, into sink: any PositionedSink
    ) async throws(EngineError) {
        var written = 0
        try await flow(file, range) { batch in
            await self.write(batch, file, range, to: sink)
        } took: { (_, _) throws(EngineError) in
            written += 1
            return written
        }
    }

    private func write(
        _ batch: Batch, _ file: FileEntry, _ range: Range<UInt64>, to sink: any PositionedSink
    ) async -> Outcome {
        do throws(EngineError) {
            var bytes = frames.pool.take(batch.byteCount)
            try await frames.fill(&bytes, with: batch.chunks, of: file, keeping: keeps(range))
            // Another batch may have failed: then nobody wants this one.
            try store.checkCancellation()
            try unsafe sink.write(bytes.span.bytes.extracting(batch.wanted), at: batch.offset)
            frames.pool.give(bytes)
            return .success([])
        } catch {
            return .failure(error)
        }
    }

    func keeps(_ range: Range<UInt64>) -> Bool {
        range.count <= Self.keptRangeByteCountMax
    }

    // MARK: - The flow

    /// Runs batches side by side. A single one is run by the caller's own task.
    ///
    /// - Parameters:
    ///   - work: Makes the bytes of a batch, or writes them.
    ///   - took: Takes what was made, by its number, in any order; says how many batches are now
    ///     out of the way.
    private func flow(
        _ file: FileEntry, _ range: Range<UInt64>,
        _ work: @escaping @Sendable (Batch) async -> Outcome,
        took: (Int, [UInt8]) async throws(EngineError) -> Int
    ) async throws(EngineError) {
        defer { frames.pool.trim(to: FrameReader.idleByteCountMax) }
        var cursor = try await ChunkCursor(frames, file, range)
        var done: UInt64 = 0
        try store.checkCancellation()
        if let first = try await nextBatch(&cursor, file, range) {
            if UInt64(first.wanted.count) == UInt64(range.count) {
                _ = try await took(0, try await work(first).get())
                done = UInt64(first.wanted.count)
                progress?(Progress(phase: .restoring, done: done, total: done))
            } else {
                let result = await withTaskGroup(of: Event.self) { group in
                    do throws(EngineError) {
                        return Result<UInt64, EngineError>.success(
                            try await pump(first, &cursor, file, range, &group, work, took))
                    } catch {
                        group.cancelAll()
                        return .failure(error)
                    }
                }
                done = try result.get()
            }
        }
        guard done == UInt64(range.count) else {
            throw EngineError(
                .corrupt,
                "the file '\(Names.printable(file.path))' is shorter than its version says",
                object: file.path)
        }
    }

    private func pump(
        _ first: Batch, _ cursor: inout ChunkCursor, _ file: FileEntry, _ range: Range<UInt64>,
        _ group: inout TaskGroup<Event>,
        _ work: @escaping @Sendable (Batch) async -> Outcome,
        _ took: (Int, [UInt8]) async throws(EngineError) -> Int
    ) async throws(EngineError) -> UInt64 {
        var next: Batch? = first
        // What each batch that is not out of the way holds, and how many bytes it is for.
        var sizes: [(held: Int, wanted: Int)] = []
        var (out, held, done) = (0, 0, UInt64(0))
        while true {
            try store.checkCancellation()
            while let batch = next, sizes.count - out < flightCountMax,
                out == sizes.count || held + batch.need <= Self.flightByteCountMax
            {
                let index = sizes.count
                sizes.append((batch.need, batch.wanted.count))
                held += batch.need
                group.addTask { Event(index: index, outcome: await work(batch)) }
                next = try await nextBatch(&cursor, file, range)
            }
            guard let event = await group.next() else { return done }
            let cleared = try await took(event.index, try event.outcome.get())
            // Which of them are out of the way does not matter: they are of one size, or nearly.
            while out < cleared {
                held -= sizes[out].held
                out += 1
            }
            done += UInt64(sizes[event.index].wanted)
            progress?(Progress(phase: .restoring, done: done, total: UInt64(range.count)))
        }
    }

    private var isRemote: Bool { store.backend.capabilities.isRemote }

    /// How many batches are in flight at the most.
    private var flightCountMax: Int {
        let count = store.workers.count * 2 + 1
        return isRemote ? max(count, store.configuration.remoteFetchCount) : count
    }

    /// What chunks may need while they are in flight, in bytes: their plain bytes, and for each
    /// the closure of a board of this kind.
    ///
    /// On boards of other machines it is worth looking the closures up: mostly there are none, and
    /// then more requests may be under way.
    private func need(_ chunks: [ChunkReference], _ byteCount: Int) -> Int {
        let most = byteCount * (1 + store.config.closureFrameCount)
        guard isRemote else { return most }
        let index = frames.locator.snapshot.index
        var (stored, bases, largest) = (0, 0, 0)
        var known: Set<Digest> = []
        for chunk in chunks {
            guard let closure = try? index.closure(chunk.digest, .chunk) else { return most }
            var own = 0
            for copy in closure where known.insert(copy.entry.digest).inserted {
                stored += copy.entry.storedByteCount
                if copy.entry.digest != chunk.digest { own += copy.entry.header.rawByteCount }
            }
            bases += own
            largest = max(largest, own)
        }
        return byteCount + stored + min(bases, BatchDecoder.baseByteCountMax + largest)
    }

    func nextBatch(
        _ cursor: inout ChunkCursor, _ file: FileEntry, _ range: Range<UInt64>
    ) async throws(EngineError) -> Batch? {
        let byteCountMax = isRemote ? Self.remoteBatchByteCount : Self.localBatchByteCount
        var batch = Batch()
        var end = range.lowerBound
        while batch.byteCount < byteCountMax, batch.chunks.count < Self.batchChunkCount,
            let chunk = try await cursor.next()
        {
            // A version that came from elsewhere may say anything of its only chunk.
            guard chunk.byteCount <= Limits.frameRawByteCount else {
                throw EngineError(
                    .corrupt,
                    "a chunk of '\(Names.printable(file.path))' is larger than a chunk can be",
                    object: file.path)
            }
            batch.chunks.append(chunk)
            batch.byteCount += chunk.byteCount
            end = chunk.range.upperBound
        }
        guard let first = batch.chunks.first else { return nil }
        let wanted = (first.offset..<end).clamped(to: range)
        let start = Int(wanted.lowerBound - first.offset)
        batch.wanted = start..<start + wanted.count
        batch.offset = wanted.lowerBound - range.lowerBound
        batch.need = need(batch.chunks, batch.byteCount)
        return batch
    }
}
