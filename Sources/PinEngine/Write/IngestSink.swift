internal import PinFormat

/// Takes processed batches in order: new chunks to the session, all chunks to their file's
/// manifest.
struct IngestSink {
    private let session: WriteSession
    private let files: [InputFile]
    /// Bytes of all batches so far.
    private(set) var byteCount: UInt64 = 0
    /// What is known about the files that are complete.
    private(set) var outcome = Ingest.Outcome()
    private var manifest = ManifestBuilder()

    init(_ session: WriteSession, _ files: [InputFile]) {
        self.session = session
        self.files = files
    }

    /// Takes the next batch.
    ///
    /// - Returns: The packs that it has filled.
    mutating func take(_ batch: ProcessedBatch) throws(EngineError) -> [FinishedPack] {
        var full: [FinishedPack] = []
        let session = session
        let keepsBuffer = batch.isMostlyRaw
        var start = batch.start
        for chunk in batch.chunks {
            let place = PackPiece(buffer: batch.buffer, range: start..<start + chunk.byteCount)
            start += chunk.byteCount
            if let pack = try session.add(chunk, place, keepsBuffer: keepsBuffer) {
                full.append(pack)
            }
            try manifest.add(chunk.digest, byteCount: chunk.byteCount) {
                (node) throws(EngineError) in try session.addNode(node, full: &full)
            }
        }
        byteCount += UInt64(batch.byteCount)
        outcome.chunkCount += UInt64(batch.chunks.count)
        if batch.isLastOfFile {
            let content = try manifest.finish { (node) throws(EngineError) in
                try session.addNode(node, full: &full)
            }
            outcome.files.append(
                FileEntry(
                    path: files[batch.file].path, byteCount: manifest.byteCount, content: content,
                    flatDigest: batch.flatDigest))
            manifest = ManifestBuilder()
        }
        return full
    }
}
