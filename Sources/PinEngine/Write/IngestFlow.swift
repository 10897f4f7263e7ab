internal import PinFormat

/// What a task of the pipeline has ended with.
enum IngestEvent: Sendable {
    case read(Result<[FilePiece], EngineError>)
    case cut([ChunkBatch])
    case digested([ChunkBatch])
    case named(load: Int, Result<[NamedBatch], EngineError>)
    case encoded(load: Int, Result<EncodedLoad, EngineError>)
    case staged(Result<StagedPacks, EngineError>)
    case uploaded(Result<FinishedPack, EngineError>)
}

/// What became of a load.
struct EncodedLoad: Sendable {
    let batches: [ProcessedBatch]
    /// What it has learned about bases.
    var lessons: [BaseMemory.Lesson] = []
}

/// Where the loads and packs of one write are, and which stage may go on. It waits for nothing and
/// does nothing that takes long: that is for the tasks it adds.
struct IngestFlow {
    private let store: Store
    private let session: WriteSession
    private let progress: ProgressHandler?
    private let reader: FileReader
    private let cutter: BatchCutter
    /// None if no flat digests are asked for.
    private let digester: FileDigester?
    private var sink: IngestSink
    /// Of all files, where it is known.
    private let byteCount: UInt64?

    private var (isReading, isCutting, isDigesting) = (false, false, false)
    private var (isAtEnd, isClosed) = (false, false)
    private var toCut: [[FilePiece]] = []
    private var toDigest: [[ChunkBatch]] = []
    private var toName: [[ChunkBatch]] = []
    /// Loads between the beginning of naming and the end of encoding.
    private var processingCount = 0
    /// Loads that were given to workers, that have claimed their chunks, and that the sink has
    /// taken; and those that wait for their turn.
    private var (begun, claimed, taken) = (0, 0, 0)
    private var named: [Int: [NamedBatch]] = [:]
    private var toEncode: [(load: Int, batches: [NamedBatch])] = []
    private var early: [Int: [ProcessedBatch]] = [:]
    /// What the first so many loads have learned, and what those after them have.
    private var memory = BaseMemory()
    private var learnedCount = 0
    private var lessons: [Int: [BaseMemory.Lesson]] = [:]
    private var packs: [FinishedPack] = []

    init(_ ingest: Ingest, _ files: [InputFile], digestsFlat: Bool) {
        store = ingest.store
        session = ingest.session
        progress = ingest.progress
        reader = FileReader(files, ingest.store.config.chunker, ingest.resemblance)
        cutter = BatchCutter(ingest.store.config.chunker)
        digester = digestsFlat ? FileDigester() : nil
        sink = IngestSink(ingest.session, files)
        byteCount = files.map(\.source.expectedByteCount).reduce(UInt64?(0)) { sum, count in
            sum.flatMap { sum in count.map { sum &+ $0 } }
        }
    }

    /// What is known about the files, when no task is left.
    var outcome: Ingest.Outcome {
        precondition(packs.isEmpty && loadCount == 0, "nothing is left when no task is")
        return sink.outcome
    }

    /// Loads between reading and sink.
    private var loadCount: Int {
        toCut.count + (isCutting ? 1 : 0) + toDigest.count + (isDigesting ? 1 : 0)
            + toName.count + begun - taken
    }

    // MARK: - Beginning

    /// Begins every stage that has something to do and room for what comes of it.
    mutating func begin(_ group: inout TaskGroup<IngestEvent>) {
        // Before reading: what waits for the backend holds reading up.
        beginStoring(&group)
        beginReading(&group)
        beginCutting(&group)
        beginDigesting(&group)
        // One more than cores: one may wait for the bytes of bases.
        while processingCount <= store.workers.count, !toName.isEmpty { beginNaming(&group) }
        while beginEncoding(&group) {}
        // What is left does not wait for the pack before it: the end has nothing else to do. Packs
        // are begun in the order in which they were closed, so that no order depends on the time.
        if isAtEnd, loadCount == 0, !isReading, packs.isEmpty, !isClosed {
            isClosed = true
            for pack in session.closeLarge() { beginUpload(pack, &group) }
        }
    }

    private mutating func beginReading(_ group: inout TaskGroup<IngestEvent>) {
        // Back-pressure: nothing is read while packs wait for the backend.
        guard !isReading, !isAtEnd, packs.isEmpty, loadCount < 2 * store.workers.count + 2
        else { return }
        isReading = true
        let reader = reader
        group.addTask {
            do throws(EngineError) {
                return .read(.success(try await reader.load()))
            } catch {
                return .read(.failure(error))
            }
        }
    }

    private mutating func beginCutting(_ group: inout TaskGroup<IngestEvent>) {
        guard !isCutting, !toCut.isEmpty else { return }
        isCutting = true
        let (cutter, pieces) = (cutter, toCut.removeFirst())
        group.addTask { .cut(cutter.cut(pieces)) }
    }

    private mutating func beginDigesting(_ group: inout TaskGroup<IngestEvent>) {
        guard let digester, !isDigesting, !toDigest.isEmpty else { return }
        isDigesting = true
        let batches = toDigest.removeFirst()
        group.addTask { .digested(digester.digested(batches)) }
    }

    private mutating func beginNaming(_ group: inout TaskGroup<IngestEvent>) {
        let (load, batches) = (begun, toName.removeFirst())
        let (workers, deduplicator) = (store.workers, session.deduplicator)
        begun += 1
        processingCount += 1
        group.addTask {
            do throws(EngineError) {
                var named: [NamedBatch] = []
                for batch in batches {
                    named.append(try NamedBatch(batch, workers, deduplicator))
                }
                return .named(load: load, .success(named))
            } catch {
                return .named(load: load, .failure(error))
            }
        }
    }

    /// Begins to encode the next load, once all that it may know has been learned.
    private mutating func beginEncoding(_ group: inout TaskGroup<IngestEvent>) -> Bool {
        guard let (load, batches) = toEncode.first else { return false }
        while learnedCount <= load - BaseMemory.lag {
            guard let more = lessons.removeValue(forKey: learnedCount) else { return false }
            memory.learn(more)
            learnedCount += 1
        }
        toEncode.removeFirst()
        let (workers, deduplicator, memory) = (store.workers, session.deduplicator, memory)
        group.addTask {
            do throws(EngineError) {
                var memory = memory
                var encoded: [ProcessedBatch] = []
                for batch in batches {
                    encoded.append(try await batch.encoded(workers, deduplicator, &memory))
                }
                return .encoded(
                    load: load,
                    .success(EncodedLoad(batches: encoded, lessons: memory.lessons)))
            } catch {
                return .encoded(load: load, .failure(error))
            }
        }
        return true
    }

    /// As many packs as may be held; where one more waits, what is uploaded is staged to make room.
    private mutating func beginStoring(_ group: inout TaskGroup<IngestEvent>) {
        while !packs.isEmpty, session.hasRoom { beginUpload(packs.removeFirst(), &group) }
        guard !packs.isEmpty, let staging = session.beginStaging() else { return }
        group.addTask { .staged(await staging.outcome()) }
    }

    private mutating func beginUpload(
        _ pack: FinishedPack, _ group: inout TaskGroup<IngestEvent>
    ) {
        let (store, pack) = (store, store.packed(pack))
        session.begin(pack)
        group.addTask { .uploaded(await store.uploadOutcome(pack)) }
    }

    // MARK: - Ending

    /// Takes what a task has ended with.
    mutating func take(_ event: IngestEvent) throws(EngineError) {
        switch event {
        case .read(let result):
            isReading = false
            let pieces = try result.get()
            if pieces.isEmpty { isAtEnd = true } else { toCut.append(pieces) }
        case .cut(let batches):
            isCutting = false
            if digester == nil { toName.append(batches) } else { toDigest.append(batches) }
        case .digested(let batches):
            isDigesting = false
            toName.append(batches)
        case .named(let load, let result):
            named[load] = try result.get()
            try claim()
        case .encoded(let load, let result):
            try finish(load, try result.get())
        case .staged(let result):
            try session.endStaging(result)
        case .uploaded(let result):
            session.uploaded(try result.get())
        }
    }

    /// Lets the loads claim their chunks whose turn it is.
    private mutating func claim() throws(EngineError) {
        while var batches = named.removeValue(forKey: claimed) {
            for index in batches.indices { try batches[index].claim(session.deduplicator) }
            let load = claimed
            claimed += 1
            if batches.contains(where: \.hasNew) {
                toEncode.append((load, batches))
            } else {
                try finish(load, EncodedLoad(batches: batches.map(\.processed)))
            }
        }
    }

    private mutating func finish(_ load: Int, _ encoded: EncodedLoad) throws(EngineError) {
        processingCount -= 1
        early[load] = encoded.batches
        lessons[load] = encoded.lessons
        try takeEarly()
    }

    /// Gives the sink the loads whose turn it is.
    private mutating func takeEarly() throws(EngineError) {
        while let batches = early.removeValue(forKey: taken) {
            taken += 1
            for batch in batches { packs += try sink.take(batch) }
            progress?(Progress(phase: .reading, done: sink.byteCount, total: byteCount))
        }
    }
}
