internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Reads, decodes and verifies neighbouring chunks of a file side by side in one buffer: the quick
/// way, which finds that something is wrong and leaves it to ``FrameReader/frames(_:_:)`` to find
/// out what.
///
/// Bases are decoded once for all chunks of a batch. Their digests are compared only if they are
/// kept: a chunk whose digest is right had the right bases.
struct BatchDecoder {
    /// Raw bytes of the bases that are decoded together at the most, unless one chunk needs more.
    static let baseByteCountMax = 16 << 20

    let store: Store
    let locator: FrameLocator
    let packs: OpenPacks
    let pool: BufferPool
    /// Whether chunks go into the store's cache, and bases that are needed more than once.
    let keeps: Bool

    /// Fills the beginning of `output` with the plain bytes of chunks, one after the other.
    ///
    /// - Parameters:
    ///   - chunks: Their lengths are compared with those of their frames.
    ///   - output: At least as many bytes as the chunks have together.
    /// - Throws: ``EngineError/Code/corrupt`` and others; `output` then has no meaning.
    /// - Complexity: O(*n*) in the bytes of the chunks and their bases. Memory: the stored bytes of
    ///   both, and the plain bytes of the bases: at most 16 MiB, or the closure of one chunk.
    func decode(
        _ chunks: [ChunkReference], into output: inout [UInt8]
    ) async throws(EngineError) {
        var (next, start) = (0, 0)
        while next < chunks.count {
            var plan = try await BatchPlan(
                chunks, &next, &start, locator, store.decodedFrames)
            try await run(&plan, &output)
        }
    }

    private func run(_ plan: inout BatchPlan, _ output: inout [UInt8]) async throws(EngineError) {
        let scratch = plan.finish()
        let stored: StoredFrames
        do throws(BackendError) {
            stored = try await StoredFrames(plan.frames, packs, store.backend, pool)
        } catch {
            throw EngineError(error)
        }
        var bases: [UInt8] =
            plan.baseByteCount + scratch > 0 ? pool.take(plan.baseByteCount + scratch) : []
        let done = plan
        let outcome = store.workers.use { worker in
            unsafe output.withUnsafeMutableBytes { output in
                unsafe bases.withUnsafeMutableBytes { bases in
                    let buffers = unsafe PlainBuffers(chunks: output, bases: bases)
                    do throws(EngineError) {
                        try unsafe decode(done, stored, buffers, worker)
                        return Result<Void, EngineError>.success(())
                    } catch {
                        return .failure(error)
                    }
                }
            }
        }
        if case .success = outcome, !stored.fetched.isEmpty, let cache = store.frameCache {
            await cache.keep(stored.fetchedFrames(plan.frames))
        }
        stored.release(to: pool)
        if !bases.isEmpty { pool.give(bases) }
        try outcome.get()
    }

    /// Where the plain bytes of a plan lie, for the time of a synchronous body.
    @unsafe private struct PlainBuffers {
        let chunks: UnsafeMutableRawBufferPointer
        let bases: UnsafeMutableRawBufferPointer

        subscript(spot: BatchPlan.Spot) -> UnsafeMutableRawBufferPointer {
            unsafe UnsafeMutableRawBufferPointer(
                rebasing: (spot.isChunk ? chunks : bases)[spot.range])
        }
    }

    private func decode(
        _ plan: BatchPlan, _ stored: StoredFrames, _ buffers: PlainBuffers, _ worker: Worker
    ) throws(EngineError) {
        for (bytes, spot) in plan.known {
            unsafe bytes.withUnsafeBytes { unsafe buffers[spot].copyMemory(from: $0) }
        }
        for (index, place) in plan.frames.enumerated() {
            let (buffer, offset) = stored.places[index]
            try unsafe decode(place, stored.buffers[buffer], offset, plan, buffers, worker)
        }
        for (digest, range) in plan.repeats {
            guard let spot = plan.spots[digest] else { continue }
            let target = BatchPlan.Spot(isChunk: true, range: range)
            unsafe buffers[target].copyMemory(from: UnsafeRawBufferPointer(buffers[spot]))
        }
        try unsafe verify(plan, UnsafeRawBufferPointer(buffers.chunks), worker)
        if keeps { unsafe keep(plan, buffers, worker) }
    }

    /// Decodes one frame to its place.
    private func decode(
        _ place: FramePlace, _ stored: [UInt8], _ offset: Int, _ plan: BatchPlan,
        _ buffers: PlainBuffers, _ worker: Worker
    ) throws(EngineError) {
        guard let spot = plan.spots[place.digest] else { throw Self.damaged(place) }
        let record: FrameRecord
        do throws(FormatError) {
            record = try FrameRecord.decode(
                stored, at: offset, end: offset + place.storedByteCount, .standard
            ).record
        } catch {
            throw Self.damaged(place)
        }
        guard record.header == place.header, record.bases == place.bases else {
            throw Self.damaged(place)
        }
        do throws(TransformError) {
            let frame = unsafe stored.span.bytes.extracting(record.frame)
            if record.bases.isEmpty {
                try unsafe worker.decoder.decode(
                    frame, codec: record.header.codec, filter: record.header.filter,
                    into: buffers[spot])
            } else {
                let prefix = unsafe prefix(of: place, plan, buffers)
                try unsafe worker.decoder.decode(
                    frame, codec: record.header.codec, filter: record.header.filter,
                    into: buffers[spot], prefix: prefix.bytes)
            }
        } catch {
            throw Self.damaged(place)
        }
    }

    /// The bases of a frame one after the other: where they lie, or side by side behind all bases.
    private func prefix(
        of place: FramePlace, _ plan: BatchPlan, _ buffers: PlainBuffers
    ) -> UnsafeRawBufferPointer {
        if let spot = plan.prefix(of: place) { return unsafe UnsafeRawBufferPointer(buffers[spot]) }
        let start = plan.baseByteCount
        var end = start
        for base in place.bases {
            guard let spot = plan.spots[base] else { continue }
            let target = BatchPlan.Spot(isChunk: false, range: end..<end + spot.range.count)
            unsafe buffers[target].copyMemory(from: UnsafeRawBufferPointer(buffers[spot]))
            end = target.range.upperBound
        }
        return unsafe UnsafeRawBufferPointer(
            buffers[BatchPlan.Spot(isChunk: false, range: start..<end)])
    }

    // MARK: - Digests

    /// Compares the digests of the chunks that were decoded, neighbours together.
    private func verify(
        _ plan: BatchPlan, _ chunks: UnsafeRawBufferPointer, _ worker: Worker
    ) throws(EngineError) {
        var index = 0
        while index < plan.unverified.count {
            let start = plan.unverified[index].range.lowerBound
            var (ends, expected): ([Int], [Digest]) = ([], [])
            while index < plan.unverified.count,
                plan.unverified[index].range.lowerBound == start + (ends.last ?? 0)
            {
                ends.append(plan.unverified[index].range.upperBound - start)
                expected.append(plan.unverified[index].digest)
                index += 1
            }
            let end = start + (ends.last ?? 0)
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: chunks[start..<end])
            guard unsafe Self.verify(bytes.bytes, ends: ends, expected, worker) else {
                throw EngineError(.corrupt, "a chunk has other bytes than its digest says")
            }
        }
    }

    /// Whether pieces of `bytes`, each up to the next of `ends`, have the digests expected.
    private static func verify(
        _ bytes: RawSpan, ends: [Int], _ expected: [Digest], _ worker: Worker
    ) -> Bool {
        Check.chunkDigest.isOff || worker.chunkHasher.digests(of: bytes, ends: ends) == expected
    }

    /// Adds chunks to the cache, and bases that are needed again and again, after their digests are
    /// compared.
    private func keep(_ plan: BatchPlan, _ buffers: PlainBuffers, _ worker: Worker) {
        for place in plan.framesToKeep(in: store.decodedFrames) {
            guard let spot = plan.spots[place.digest] else { continue }
            let bytes = unsafe [UInt8](buffers[spot])
            if !spot.isChunk {
                guard
                    unsafe Check.baseDigest.isOff
                        || worker.hasher.digest(bytes.span.bytes) == place.digest
                else {
                    continue
                }
            }
            store.decodedFrames.insert(place.digest, .chunk, bytes)
        }
    }

    private static func damaged(_ place: FramePlace) -> EngineError {
        EngineError(
            .corrupt, "a frame of '\(BoardKeys.pack(place.pack))' is damaged",
            object: BoardKeys.pack(place.pack).description)
    }
}
