internal import PinFormat
internal import PinStorage

/// Reading without reading: what ``fill(_:with:of:keeping:)`` would fetch.
extension FrameReader {
    /// Notes the runs that some chunks would be read by.
    ///
    /// The store must be one that nothing is read from afterwards: the places of frames that would
    /// stay in its cache are taken by zeros.
    func plan(
        _ chunks: [ChunkReference], keeping: Bool, _ meter: RehearsalBackend
    ) async throws(EngineError) {
        var (next, start) = (0, 0)
        while next < chunks.count {
            var plan = try await BatchPlan(
                chunks, &next, &start, locator, store.decodedFrames)
            _ = plan.finish()
            for run in try await StoredFrames.reads(
                of: meter.notFetched(plan.frames), packs)
            {
                await meter.noteRead(BoardKeys.pack(run.pack), run.range)
            }
            guard keeping else { continue }
            for place in plan.framesToKeep(in: store.decodedFrames) {
                store.decodedFrames.insert(
                    place.digest, .chunk,
                    [UInt8](repeating: 0, count: place.header.rawByteCount))
            }
        }
    }
}

extension Restore {
    /// Notes what reading a range of a file would fetch, but for its manifest, which is read.
    func plan(
        _ file: FileEntry, _ range: Range<UInt64>, _ meter: RehearsalBackend
    ) async throws(EngineError) {
        var cursor = try await ChunkCursor(frames, file, range)
        while let batch = try await nextBatch(&cursor, file, range) {
            try store.checkCancellation()
            try await frames.plan(batch.chunks, keeping: keeps(range), meter)
        }
    }
}
