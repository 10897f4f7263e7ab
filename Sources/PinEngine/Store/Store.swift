public import PinFormat
public import PinStorage
internal import PinTransforms
internal import Synchronization

/// A board kept by this engine: opened over a backend, used by any number of tasks at once.
///
/// Operations are safe beside each other and beside other processes: writers never wait for
/// readers, and a lost race is a merge and a retry (FORMAT.md §9).
public final class Store: Sendable {
    /// Where the board's objects are.
    public let backend: any BoardBackend
    /// What the board was made with.
    public let config: BoardConfig
    let configuration: StoreConfiguration
    let log: CommitLog
    let builder: CommitBuilder
    let segments: SegmentCache
    let workers: WorkerPool
    /// Frames of this board and others that lie on this machine, if the backend has such.
    let frameCache: (any FrameCache)?
    /// Who of this store's writers commits next.
    let commits = CommitQueue()
    /// Plain bytes of frames that readers and writers may need again.
    let decodedFrames = DecodedFrameCache()
    private let newestKnown = Mutex<Snapshot?>(nil)
    private let lastUnsettled = Mutex<UnsettledState?>(nil)

    /// A store over a configuration that was read, or put together for a check of a damaged board.
    init(
        _ backend: any BoardBackend, _ config: BoardConfig, _ configuration: StoreConfiguration
    ) {
        self.backend = backend
        self.config = config
        self.configuration = configuration
        log = CommitLog(backend: backend)
        segments = SegmentCache(backend)
        frameCache =
            (backend as? RehearsalBackend)?.frames
            ?? (backend as? any FrameCachingBackend)?.frames
        builder = CommitBuilder(
            backend: backend, configuration: configuration, segments: segments,
            boardID: config.boardID)
        workers = WorkerPool(
            count: configuration.workerCount, level: min(max(config.level, 1), 19))
    }

    /// Makes a board.
    ///
    /// - Parameters:
    ///   - backend: Where it is to be; a folder must exist.
    ///   - chunker: How payloads are cut; keep ``ChunkerParameters/standard`` so that equal data
    ///     has equal hashes everywhere.
    ///   - level: The zstd level, 1…19.
    ///   - closureFrameCount: How many frames decoding one chunk may need, 1…16; 1 turns deltas
    ///     off.
    ///   - isSingleWriter: For backends without atomic creation.
    ///   - parityPercent: How much parity each pack gets beside it, 1…100 percent of its length;
    ///     `nil`: none (FORMAT.md §7.10).
    /// - Throws: ``EngineError/Code/cannotCreate`` if there is a board, or the backend cannot
    ///   create atomically and `isSingleWriter` is not set; ``EngineError/Code/incomplete`` if a
    ///   shared folder has a part of a board.
    public static func create(
        on backend: any BoardBackend, chunker: ChunkerParameters = .standard, level: Int = 3,
        closureFrameCount: Int = BoardConfig.standardClosureFrameCount,
        isSingleWriter: Bool = false, parityPercent: Int? = nil,
        configuration: StoreConfiguration = StoreConfiguration()
    ) async throws(EngineError) -> Store {
        guard (1...19).contains(level) else {
            throw EngineError(.usage, "the level is \(level); 1 to 19 are allowed")
        }
        guard (1...Limits.closureFrameCount).contains(closureFrameCount) else {
            throw EngineError(
                .usage, "a closure of \(closureFrameCount) frames is not allowed; 1 to 16 are")
        }
        guard ParityLayout.percents.contains(parityPercent ?? 1) else {
            throw EngineError(
                .usage, "a parity of \(parityPercent ?? 0) % is not allowed; 1 to 100 % are")
        }
        guard backend.capabilities.atomicCreate || isSingleWriter else {
            throw EngineError(
                .cannotCreate,
                "\(backend.description) does not create objects atomically; use "
                    + "'--single-writer' if only one program writes"
            )
        }
        try await requireNoneArriving(in: backend)
        let config = BoardConfig(
            boardID: configuration.random.bytes(count: 16), chunker: chunker,
            isSingleWriter: isSingleWriter, level: level, closureFrameCount: closureFrameCount,
            createdSeconds: configuration.clock.secondsSince1970,
            producer: configuration.producer, parityPercent: parityPercent)
        let bytes = config.encoded(.standard)
        do throws(BackendError) {
            try await put(config: bytes, on: backend)
        } catch {
            throw EngineError(error)
        }
        return Store(backend, config, configuration)
    }

    private static func put(
        config bytes: [UInt8], on backend: any BoardBackend
    ) async throws(BackendError) {
        let key = BoardKeys.config
        // A lost answer: the same bytes again, as for a commit (FORMAT.md §9.4).
        for _ in 0..<8 {
            switch try await backend.put(key, bytes, mode: .ifAbsent) {
            case .created: return
            case .unknown: continue
            case .exists:
                guard try await backend.get(key, limit: Limits.configByteCount) == bytes else {
                    throw BackendError(
                        .readOnly, key: key,
                        "there is a board in \(backend.description) already; nothing was changed")
                }
                return
            }
        }
        throw BackendError(
            .unavailable, key: key, "\(backend.description) does not say whether it stored '\(key)'"
        )
    }

    /// Opens a board.
    ///
    /// - Throws: ``EngineError/Code/notFound`` if there is none, ``EngineError/Code/needsNewer``,
    ///   ``EngineError/Code/corrupt``.
    public static func open(
        on backend: any BoardBackend, configuration: StoreConfiguration = StoreConfiguration()
    ) async throws(EngineError) -> Store {
        let bytes: [UInt8]
        do throws(BackendError) {
            bytes = try await backend.get(BoardKeys.config, limit: Limits.configByteCount)
        } catch  where error.code == .notFound || error.code == .notADirectory {
            throw EngineError(
                .notFound, "there is no board in \(backend.description); 'pins init' makes one")
        } catch {
            throw EngineError(error)
        }
        let config: BoardConfig
        do throws(FormatError) {
            config = try BoardConfig(bytes, .standard)
        } catch {
            if configuration.isFolderShared, ArrivalSearch.isPart(bytes, of: .config) {
                throw EngineError(
                    .incomplete,
                    "only a part of the board's 'config' is in \(backend.description); wait until "
                        + "the folder is synchronised, or run 'pins verify' if it stays so",
                    object: BoardKeys.config.description)
            }
            throw EngineError(error, object: BoardKeys.config.description)
        }
        guard config.features.read.isEmpty || Check.features.isOff else {
            throw Self.needsNewer(config.features.read)
        }
        return Store(backend, config, configuration)
    }

    /// The same board over another view of its place, such as one with other capabilities; its
    /// configuration is not read again.
    public func moved(to backend: any BoardBackend) -> Store {
        Store(backend, config, configuration)
    }

    /// What the last reading said about a shared folder that does not have all of the newest state;
    /// `nil` if all was there. See ``StoreConfiguration/onUnsettled``.
    public var unsettled: UnsettledState? { lastUnsettled.withLock { $0 } }

    /// Tells that the folder is not settled.
    func note(_ state: UnsettledState) {
        lastUnsettled.withLock { $0 = state }
        configuration.onUnsettled?(state)
    }

    /// The number of the newest commit that was read; 0 for none.
    var knownSequence: UInt64 { newestKnown.withLock { $0?.sequence ?? 0 } }

    /// The state of the newest commit, as of some moment after this call began.
    ///
    /// - Throws: ``EngineError/Code/incomplete`` where a shared folder does not have all of it yet;
    ///   ``EngineError/Code/corrupt``.
    public func snapshot() async throws(EngineError) -> Snapshot {
        do throws(EngineError) {
            return try await newestSnapshot()
        } catch  where error.code == .corrupt {
            throw await explained(error)
        }
    }

    private func newestSnapshot() async throws(EngineError) -> Snapshot {
        while true {
            let known = newestKnown.withLock { $0 }
            let confirmed = known.map { (sequence: $0.sequence, digest: $0.digest) }
            // Once: 'latest' may be older than what has arrived, and the log have gaps.
            let top = known == nil ? try await survey() : 0
            guard let found = try await log.newest(known: confirmed, top: top) else {
                return try await emptySnapshot()
            }
            if let known, known.sequence == found.record.sequence, known.digest == found.digest {
                return known
            }
            // A segment that is missing may have been collected: then there is a later commit
            // without it. Ends, because each turn has seen a later commit than the one before.
            do throws(EngineError) {
                let snapshot = try await load(found)
                if snapshot.damagedIndexes.isEmpty { return snapshot }
                guard try await log.exists(found.record.sequence + 1) else { return snapshot }
            } catch  where error.code == .corrupt {
                guard try await log.exists(found.record.sequence + 1) else { throw error }
            }
        }
    }

    /// The state a commit stands for; remembered if it is the newest seen.
    func load(_ found: CommitLog.Found) async throws(EngineError) -> Snapshot {
        guard found.record.boardID == config.boardID || Check.boardID.isOff else {
            throw EngineError(
                .corrupt, "commit \(found.record.sequence) is of another board",
                object: BoardKeys.commit(found.record.sequence).description)
        }
        guard found.record.features.read.isEmpty || Check.features.isOff else {
            throw Self.needsNewer(found.record.features.read)
        }
        let snapshot = try await Snapshot(
            found.record, digest: found.digest, byteCount: found.byteCount, segments)
        // One that lacks a part of the index is not remembered: the next operation may find it
        // again.
        guard snapshot.damagedIndexes.isEmpty else { return snapshot }
        newestKnown.withLock { if ($0?.sequence ?? 0) < snapshot.sequence { $0 = snapshot } }
        return snapshot
    }

    /// The state before the first commit.
    func emptySnapshot() async throws(EngineError) -> Snapshot {
        let nothing = CommitRecord(
            sequence: 0, previous: Digest(0, 0, 0, 0), commitID: [], kind: .administer,
            timeSeconds: nil, boardID: config.boardID, producer: "")
        return try await Snapshot(nothing, digest: Digest(0, 0, 0, 0), byteCount: 0, segments)
    }

    /// Forgets what is remembered: the next operation reads the log again.
    func forget() { newestKnown.withLock { $0 = nil } }

    static func needsNewer(_ features: [UInt32]) -> EngineError {
        let list = features.map(String.init).joined(separator: ", ")
        return EngineError(
            .needsNewer, "the board needs features (\(list)) of a newer version of pins")
    }

    /// Throws unless this program may write to the board.
    func requireWritable(_ snapshot: Snapshot) throws(EngineError) {
        if backend.capabilities.readOnly {
            throw EngineError(.cannotCreate, "\(backend.description) is read-only")
        }
        let unknown = config.features.union(snapshot.commit.features).write
        guard unknown.isEmpty || Check.features.isOff else { throw Self.needsNewer(unknown) }
    }

    /// Throws unless this program may delete objects of the board.
    func requireCollectable(_ snapshot: Snapshot) throws(EngineError) {
        try requireWritable(snapshot)
        let unknown = config.features.union(snapshot.commit.features).collect
        guard unknown.isEmpty || Check.features.isOff else { throw Self.needsNewer(unknown) }
    }
}
