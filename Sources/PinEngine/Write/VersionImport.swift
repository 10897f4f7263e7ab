internal import PinFormat

/// The pipeline of a copy between stores: manifest → batches of chunks → frames fetched, decoded
/// and compared on all cores → packs.
///
/// Bounded: twice as many batches in flight as there are cores, one pack in assembly, and those
/// that ``WriteSession/heldCountMax`` allows.
struct VersionImport {
    private static let batchByteCount = 4 << 20
    private static let batchChunkCount = 1_024

    let store: Store
    let session: WriteSession
    let source: VersionReader
    var progress: ProgressHandler?

    private struct Batch: Sendable {
        let index: Int
        let chunks: [ChunkReference]
        let isLastOfFile: Bool
    }

    private enum Event: Sendable {
        case imported(Batch, Result<[ImportedFrame], EngineError>)
        case staged(Result<StagedPacks, EngineError>)
        case uploaded(Result<FinishedPack, EngineError>)
    }

    /// Stores the files of the version.
    ///
    /// - Throws: ``EngineError/Code/corrupt`` if they are not what their entries say.
    func run() async throws(EngineError) -> Ingest.Outcome {
        let importer = FrameImporter(from: source, to: store, session.deduplicator)
        let result = await withTaskGroup(of: Event.self) { group in
            do throws(EngineError) {
                return Result<Ingest.Outcome, EngineError>.success(
                    try await pump(importer, &group))
            } catch {
                await settle(&group)
                group.cancelAll()
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// As in ``Ingest``.
    private func settle(_ group: inout TaskGroup<Event>) async {
        while session.isStaging, let event = await group.next() {
            guard case .staged(let result) = event else { continue }
            try? session.endStaging(result)
        }
    }

    private func pump(
        _ importer: FrameImporter, _ group: inout TaskGroup<Event>
    ) async throws(EngineError) -> Ingest.Outcome {
        var reader = ManifestReader(source)
        var sink = ImportSink(session: session, files: source.files)
        var early: [Int: (Batch, [ImportedFrame])] = [:]
        var packs: [FinishedPack] = []
        var (started, next, isDone) = (0, 0, false)
        while true {
            try store.checkCancellation()
            // Back-pressure: nothing is fetched while packs wait for the backend.
            while !isDone, packs.isEmpty, started - next < store.workers.count * 2 {
                guard let (chunks, isLast) = try await reader.next() else {
                    isDone = true
                    break
                }
                let batch = Batch(index: started, chunks: chunks, isLastOfFile: isLast)
                started += 1
                group.addTask { await Self.imported(batch, importer) }
            }
            beginStoring(&packs, &group)
            guard let event = await group.next() else { break }
            switch event {
            case .imported(let batch, let result): early[batch.index] = (batch, try result.get())
            case .staged(let result): try session.endStaging(result)
            case .uploaded(let result): session.uploaded(try result.get())
            }
            while let (batch, frames) = early.removeValue(forKey: next) {
                next += 1
                packs += try sink.take(frames, batch.chunks, batch.isLastOfFile)
                progress?(
                    Progress(
                        phase: .reading, done: sink.byteCount, total: source.record.byteCount))
            }
        }
        return sink.outcome
    }

    private static func imported(_ batch: Batch, _ importer: FrameImporter) async -> Event {
        do throws(EngineError) {
            return .imported(batch, .success(try await importer.frames(batch.chunks)))
        } catch {
            return .imported(batch, .failure(error))
        }
    }

    /// As ``IngestFlow`` does it: as many packs as may be held, and staging to make room.
    private func beginStoring(
        _ packs: inout [FinishedPack], _ group: inout TaskGroup<Event>
    ) {
        while !packs.isEmpty, session.hasRoom {
            let (store, pack) = (store, store.packed(packs.removeFirst()))
            session.begin(pack)
            group.addTask { .uploaded(await store.uploadOutcome(pack)) }
        }
        guard !packs.isEmpty, let staging = session.beginStaging() else { return }
        group.addTask { .staged(await staging.outcome()) }
    }

    /// The chunks of all files, in batches that end with their file.
    private struct ManifestReader {
        private let source: VersionReader
        private var file = 0
        private var cursor: ChunkCursor?
        private var ahead: ChunkReference?

        init(_ source: VersionReader) { self.source = source }

        mutating func next() async throws(EngineError) -> ([ChunkReference], isLast: Bool)? {
            guard file < source.files.count else { return nil }
            if cursor == nil {
                let entry = source.files[file]
                var fresh = try await ChunkCursor(source.frames, entry, 0..<entry.byteCount)
                ahead = try await fresh.next()
                cursor = fresh
            }
            var (chunks, byteCount): ([ChunkReference], Int) = ([], 0)
            while let chunk = ahead, byteCount < batchByteCount, chunks.count < batchChunkCount {
                guard (1...Limits.frameRawByteCount).contains(chunk.byteCount) else {
                    throw EngineError(
                        .corrupt, "a chunk has a size that no chunk can have",
                        object: source.files[file].path)
                }
                chunks.append(chunk)
                byteCount += chunk.byteCount
                ahead = try await cursor?.next()
            }
            guard ahead == nil else { return (chunks, false) }
            cursor = nil
            file += 1
            return (chunks, true)
        }
    }
}

/// Takes imported batches in order: frames to the session, all chunks to their file's manifest.
private struct ImportSink {
    let session: WriteSession
    let files: [FileEntry]
    var byteCount: UInt64 = 0
    private(set) var outcome = Ingest.Outcome()
    private var manifest = ManifestBuilder()

    init(session: WriteSession, files: [FileEntry]) {
        self.session = session
        self.files = files
    }

    mutating func take(
        _ frames: [ImportedFrame], _ chunks: [ChunkReference], _ isLastOfFile: Bool
    ) throws(EngineError) -> [FinishedPack] {
        var full: [FinishedPack] = []
        let session = session
        for frame in frames { if let pack = session.add(frame) { full.append(pack) } }
        for chunk in chunks {
            try manifest.add(chunk.digest, byteCount: chunk.byteCount) {
                (node) throws(EngineError) in try session.addNode(node, full: &full)
            }
            byteCount += UInt64(chunk.byteCount)
        }
        outcome.chunkCount += UInt64(chunks.count)
        if isLastOfFile {
            let content = try manifest.finish { (node) throws(EngineError) in
                try session.addNode(node, full: &full)
            }
            let entry = files[outcome.files.count]
            guard content == entry.content, manifest.byteCount == entry.byteCount else {
                throw EngineError(
                    .corrupt,
                    "the manifest of '\(Names.printable(entry.path))' is not that of its chunks",
                    object: entry.path)
            }
            outcome.files.append(entry)
            manifest = ManifestBuilder()
        }
        return full
    }
}
