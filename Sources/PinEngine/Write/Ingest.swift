internal import PinFormat
internal import PinTransforms

/// The forward pipeline: files → batches of chunks → digests and frames on all cores → packs →
/// backend.
///
/// Bounded everywhere: a handful of batches in flight, one pack in assembly, one being uploaded and
/// at most ``WriteSession/unstagedCountMax`` waiting to be staged.
struct Ingest {
    let store: Store
    let session: WriteSession
    let progress: ProgressHandler?
    /// Where new chunks find what they resemble.
    var resemblance: PreviousVersion?

    /// What is known about the files when all of them are stored.
    struct Outcome {
        var files: [FileEntry] = []
        var chunkCount: UInt64 = 0
    }

    private enum Event: Sendable {
        case processed(Result<ProcessedBatch, EngineError>)
        case uploaded(Result<FinishedPack, EngineError>)
    }

    /// Stores files.
    ///
    /// - Returns: One entry for each file, in the order given.
    func run(
        _ files: [InputFile], digestsFlat: Bool
    ) async throws(EngineError) -> Outcome {
        let result = await withTaskGroup(of: Event.self) { group in
            do throws(EngineError) {
                return Result<Outcome, EngineError>.success(
                    try await pump(files, digestsFlat, &group))
            } catch {
                group.cancelAll()
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Keeps workers and one upload busy, and takes their results in order.
    private func pump(
        _ files: [InputFile], _ digestsFlat: Bool, _ group: inout TaskGroup<Event>
    ) async throws(EngineError) -> Outcome {
        var reader = BatchReader(files, store.config.chunker, digestsFlat: digestsFlat)
        var sink = IngestSink(session: session, files: files)
        var queue: [FinishedPack] = []
        var (inFlight, uploading, next, isDone) = (0, false, 0, false)
        var early: [Int: ProcessedBatch] = [:]
        var (planner, plannedFile): (BasePlanner?, Int) = (nil, -1)
        let expected = files.map(\.source.expectedByteCount).reduce(UInt64?(0)) { sum, count in
            sum.flatMap { sum in count.map { sum &+ $0 } }
        }
        while true {
            try store.checkCancellation()
            // Back-pressure: nothing is read while packs wait for the backend.
            while !isDone, inFlight + early.count < store.workers.count * 2, queue.isEmpty {
                guard let batch = try await reader.next() else {
                    isDone = true
                    break
                }
                inFlight += 1
                if batch.file != plannedFile {
                    plannedFile = batch.file
                    planner = await resemblance?.planner(
                        for: files[batch.file].path, among: files.count,
                        byteCount: files[batch.file].source.expectedByteCount)
                }
                add(batch, planner, &group)
            }
            if !uploading, !queue.isEmpty {
                try await session.stageIfNeeded()
                uploading = true
                if !session.isDryRun { session.begin(queue[0]) }
                add(queue.removeFirst(), &group)
            }
            guard let event = await group.next() else { break }
            switch event {
            case .processed(let result):
                let batch = try result.get()
                early[batch.index] = batch
                while let batch = early.removeValue(forKey: next) {
                    next += 1
                    inFlight -= 1
                    queue += try sink.take(batch)
                    progress?(
                        Progress(phase: .reading, done: sink.byteCount, total: expected))
                }
            case .uploaded(let result):
                session.uploaded(try result.get())
                uploading = false
            }
        }
        return try sink.finish(reader.flatDigesters)
    }

    private func add(
        _ batch: ChunkBatch, _ planner: BasePlanner?, _ group: inout TaskGroup<Event>
    ) {
        let (workers, deduplicator) = (store.workers, session.deduplicator)
        group.addTask {
            do throws(EngineError) {
                return .processed(
                    .success(try await batch.process(workers, deduplicator, planner)))
            } catch {
                return .processed(.failure(error))
            }
        }
    }

    private func add(_ pack: FinishedPack, _ group: inout TaskGroup<Event>) {
        let (store, isDryRun) = (store, session.isDryRun)
        group.addTask {
            do throws(EngineError) {
                if !isDryRun { try await store.upload(pack) }
                return .uploaded(.success(pack))
            } catch {
                return .uploaded(.failure(error))
            }
        }
    }
}

/// Takes processed batches in order: new chunks to the session, all chunks to their file's
/// manifest.
private struct IngestSink {
    let session: WriteSession
    let files: [InputFile]
    var byteCount: UInt64 = 0
    private var outcome = Ingest.Outcome()
    private var manifest = ManifestBuilder()

    init(session: WriteSession, files: [InputFile]) {
        self.session = session
        self.files = files
    }

    mutating func take(_ batch: ProcessedBatch) throws(EngineError) -> [FinishedPack] {
        var full: [FinishedPack] = []
        let session = session
        let bytes = batch.buffer.bytes
        var start = 0
        for chunk in batch.chunks {
            let raw = unsafe bytes.span.bytes.extracting(start..<start + chunk.byteCount)
            start += chunk.byteCount
            if let pack = try session.add(chunk, raw) { full.append(pack) }
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
                    flatDigest: nil))
            manifest = ManifestBuilder()
        }
        return full
    }

    /// The files with their flat digests, once every task has returned.
    func finish(_ digesters: [FlatDigester?]) throws(EngineError) -> Ingest.Outcome {
        var outcome = outcome
        for (index, digester) in digesters.enumerated() {
            guard let digester else { continue }
            let file = outcome.files[index]
            outcome.files[index] = FileEntry(
                path: file.path, byteCount: file.byteCount, content: file.content,
                flatDigest: digester.finish())
        }
        return outcome
    }
}
