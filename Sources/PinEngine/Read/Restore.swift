internal import PinFormat

/// The reverse pipeline: manifest → batches of chunks → read, decode and verify on all cores →
/// bytes in order.
struct Restore {
    /// Plain bytes of one batch at the most, unless a single chunk is larger.
    private static let batchByteCount = 2 << 20
    /// Chunks of one batch at the most: a version that came from elsewhere may have very small
    /// ones.
    private static let batchChunkCount = 1_024

    let store: Store
    let frames: FrameReader
    var progress: ProgressHandler?

    private typealias Event = (index: Int, bytes: Result<[UInt8], EngineError>)

    /// Hands out a range of a file.
    func run(
        _ file: FileEntry, _ range: Range<UInt64>,
        _ body: ([UInt8]) async throws(EngineError) -> Void
    ) async throws(EngineError) {
        let result = await withTaskGroup(of: Event.self) { group in
            do throws(EngineError) {
                try await pump(file, range, &group, body)
                return Result<Void, EngineError>.success(())
            } catch {
                group.cancelAll()
                return .failure(error)
            }
        }
        try result.get()
    }

    private func pump(
        _ file: FileEntry, _ range: Range<UInt64>, _ group: inout TaskGroup<Event>,
        _ body: ([UInt8]) async throws(EngineError) -> Void
    ) async throws(EngineError) {
        var cursor = try await ChunkCursor(frames, file, range)
        var (submitted, delivered, done, isAtEnd) = (0, 0, UInt64(0), false)
        var early: [Int: [UInt8]] = [:]
        while true {
            try store.checkCancellation()
            while !isAtEnd, submitted - delivered < store.workers.count * 2 + 1 {
                let batch = try await nextBatch(&cursor)
                guard !batch.isEmpty else {
                    isAtEnd = true
                    break
                }
                let index = submitted
                group.addTask { (index, await self.piece(batch, range, file)) }
                submitted += 1
            }
            guard let event = await group.next() else { break }
            early[event.index] = try event.bytes.get()
            while let bytes = early.removeValue(forKey: delivered) {
                delivered += 1
                done += UInt64(bytes.count)
                try await body(bytes)
                progress?(
                    Progress(phase: .restoring, done: done, total: UInt64(range.count)))
            }
        }
        guard done == UInt64(range.count) else {
            throw EngineError(
                .corrupt,
                "the file '\(Names.printable(file.path))' is shorter than its version says",
                object: file.path)
        }
    }

    private func nextBatch(_ cursor: inout ChunkCursor) async throws(EngineError)
        -> [ChunkReference]
    {
        var batch: [ChunkReference] = []
        var byteCount = 0
        while byteCount < Self.batchByteCount, batch.count < Self.batchChunkCount,
            let chunk = try await cursor.next()
        {
            batch.append(chunk)
            byteCount += chunk.byteCount
        }
        return batch
    }

    /// The part of `range` that a batch holds.
    private func piece(
        _ batch: [ChunkReference], _ range: Range<UInt64>, _ file: FileEntry
    ) async -> Result<[UInt8], EngineError> {
        do throws(EngineError) {
            let plain = try await frames.frames(batch.map(\.digest), .chunk)
            var out: [UInt8] = []
            out.reserveCapacity(batch.reduce(0) { $0 + $1.byteCount })
            for (chunk, bytes) in zip(batch, plain) {
                guard bytes.count == chunk.byteCount else {
                    throw EngineError(
                        .corrupt,
                        "a chunk of '\(Names.printable(file.path))' is not of the size its "
                            + "manifest says",
                        object: file.path)
                }
                let wanted = chunk.range.clamped(to: range)
                let from = Int(wanted.lowerBound - chunk.offset)
                out += bytes[from..<from + wanted.count]
            }
            return .success(out)
        } catch {
            return .failure(error)
        }
    }

    /// A range of a file in memory.
    func bytes(_ file: FileEntry, _ range: Range<UInt64>) async throws(EngineError) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(min(range.count, 64 << 20))
        try await run(file, range) { (piece) throws(EngineError) in out += piece }
        return out
    }
}
