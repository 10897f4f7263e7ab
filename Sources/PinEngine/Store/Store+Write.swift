public import PinFormat
internal import PinStorage
internal import PinTransforms

/// Writing versions.
extension Store {
    /// Writes a new version of a pin.
    ///
    /// Streams: any size in bounded memory. When it returns, the version is durable and every
    /// reader sees it.
    ///
    /// - Throws: ``EngineError/Code/usage`` for names, paths and metadata that are not allowed,
    ///   ``EngineError/Code/cannotCreate``, ``EngineError/Code/tryAgain`` when a collection
    ///   overtook a write whose input cannot be read again, ``EngineError/Code/ioError``,
    ///   ``EngineError/Code/cancelled``.
    public func write(
        _ request: WriteRequest, progress: ProgressHandler? = nil
    ) async throws(EngineError) -> WriteResult {
        try Self.check(request)
        if request.isDryRun {
            var real = request
            real.isDryRun = false
            return try await rehearsed { (store) throws(EngineError) in
                try await store.write(real, progress: progress)
            }
        }
        guard !request.files.isEmpty else {
            throw EngineError(.usage, "pin '\(request.pin)' needs at least one file")
        }
        let isRepeatable = request.files.allSatisfy { $0.source.isRepeatable }
        return try await attempts(request, config.chunker, isRepeatable, progress) {
            (session, start) async throws(EngineError) in
            try await self.store(request, start, session, progress)
        }
    }

    /// What an attempt has stored: every pack is durable.
    typealias StoredFiles = (list: FileList, files: VersionRecord.Files, chunkCount: UInt64)

    /// Stores and commits a version, again if collections overtake it.
    ///
    /// - Parameters:
    ///   - chunker: What cut the files.
    ///   - body: Stores all files in a session that began with a snapshot.
    func attempts(
        _ request: WriteRequest, _ chunker: ChunkerParameters, _ isRepeatable: Bool,
        _ progress: ProgressHandler?,
        _ body:
            @escaping @Sendable (WriteSession, Snapshot) async throws(EngineError) ->
            StoredFiles
    ) async throws(EngineError) -> WriteResult {
        try await runBlocking { () async throws(EngineError) in
            var absent: Set<ObjectName> = []
            // Each turn means that two collections have passed while the input was read, or that
            // packs were found damaged.
            for _ in 0..<8 {
                switch try await attempt(request, chunker, absent, progress, body) {
                case .written(let result): return result
                case .overtaken: break
                case .lacking(let packs):
                    absent.formUnion(packs)
                    if !isRepeatable { throw Self.lacks(packs) }
                }
                guard isRepeatable else { break }
            }
            throw EngineError(
                .tryAgain,
                "collections removed data that writing '\(request.pin)' relied on; write it again",
                object: request.pin)
        }
    }

    static func check(_ request: WriteRequest) throws(EngineError) {
        do throws(FormatError) {
            try Names.checkPin(request.pin)
            for file in request.files { try Names.checkPath(file.path) }
            try Names.checkDistinct(request.files.map(\.path))
            try checkMetadata(request.metadata)
        } catch {
            throw EngineError.usage(error, object: request.pin)
        }
    }

    /// Checks what a reader would refuse: one such row would make the whole list of pins
    /// unreadable.
    static func checkMetadata(_ metadata: VersionMetadata) throws(FormatError) {
        try metadata.check()
        for json in [metadata.userJSON, metadata.originJSON] {
            guard json.map({ String(validating: $0, as: UTF8.self) != nil }) ?? true else {
                throw FormatError(.invalidValue, section: "7.6", "the metadata is not UTF-8")
            }
        }
    }

    /// What became of one session.
    private enum Attempt {
        case written(WriteResult)
        /// The chunks it left out are gone.
        case overtaken
        /// It left out chunks of packs that are damaged.
        case lacking(Set<ObjectName>)
    }

    /// One session.
    ///
    /// - Parameter absent: Packs that are known to be damaged.
    private func attempt(
        _ request: WriteRequest, _ chunker: ChunkerParameters, _ absent: Set<ObjectName>,
        _ progress: ProgressHandler?,
        _ body: (WriteSession, Snapshot) async throws(EngineError) -> StoredFiles
    ) async throws(EngineError) -> Attempt {
        let state = try await snapshot()
        try requireWritable(state)
        do throws(EngineError) {
            try state.requireWholeIndex()
        } catch {
            throw await explained(error)
        }
        try Self.checkReplacement(request, state)
        let likely = Set(try state.latestVersion(of: request.pin)?.row.packs ?? [])
        let start = state.passingOver(absent.union(try await lacking(likely, state)))
        let session = WriteSession(self, start)
        let (list, files, chunkCount): StoredFiles
        do throws(EngineError) {
            (list, files, chunkCount) = try await body(session, start)
            let used = session.deduplicator.usedPacks.subtracting(likely)
            let lacking = try await lacking(used, state)
            guard lacking.isEmpty else {
                await session.abandon()
                return .lacking(lacking)
            }
        } catch {
            await session.abandon()
            throw error
        }
        var record = VersionRecord(
            pinName: request.pin, versionName: "", pinHash: Self.pinHash(list),
            chunker: chunker, files: files, byteCount: list.byteCount,
            fileCount: list.files.count, metadata: request.metadata.canonical,
            producer: configuration.producer)
        record.newChunkCount = session.newChunkCount
        record.newByteCount = session.newByteCount
        record.chunkCount = chunkCount
        progress?(Progress(phase: .committing, done: list.byteCount, total: list.byteCount))
        let result = try await commit(record, list, request, session, start)
        return result.map { .written($0) } ?? .overtaken
    }

    /// Stores all files and their list; every pack is durable when it returns.
    private func store(
        _ request: WriteRequest, _ start: Snapshot, _ session: WriteSession,
        _ progress: ProgressHandler?
    ) async throws(EngineError) -> StoredFiles {
        let resemblance = try await PreviousVersion(self, start, request.pin)
        let ingest = Ingest(
            store: self, session: session, progress: progress, resemblance: resemblance)
        let outcome = try await ingest.run(
            request.files, digestsFlat: request.computesFlatDigests)
        let list: FileList
        do throws(FormatError) {
            list = try FileList(outcome.files)
        } catch {
            throw EngineError.usage(error, object: request.pin)
        }
        let files = try await store(list, session)
        try await uploadRemaining(session)
        return (list, files, outcome.chunkCount)
    }

    /// Closes and uploads what a session has open.
    func uploadRemaining(_ session: WriteSession) async throws(EngineError) {
        for pack in session.closeRemaining() {
            session.begin(pack)
            try await upload(pack)
            session.uploaded(pack)
        }
    }

    /// `pin_hash` of a list of files (FORMAT.md §5.1).
    public static func pinHash(_ list: FileList) -> Digest {
        SHA256.digest(
            domain: .content, list.contentList { SHA256.digest(domain: .node, $0) })
    }

    /// Puts a short list into the record, stores a long one like a file.
    func store(
        _ list: FileList, _ session: WriteSession
    ) async throws(EngineError) -> VersionRecord.Files {
        let bytes = list.encoded
        if bytes.count <= Limits.inlineFileListByteCount { return .inline(list) }
        guard bytes.count <= Limits.fileListByteCount else {
            throw EngineError(
                .usage,
                "the paths of \(list.files.count) files are too long for one version; write "
                    + "fewer at once"
            )
        }
        session.countsNewChunks = false
        let source = InputFile(path: "files", source: BytesSource(bytes))
        let quiet = Ingest(store: self, session: session, progress: nil)
        let stored = try await quiet.run([source], digestsFlat: false)
        return .stored(list: stored.files[0], fileCount: list.files.count)
    }

    private func commit(
        _ draft: VersionRecord, _ list: FileList, _ request: WriteRequest, _ session: WriteSession,
        _ start: Snapshot
    ) async throws(EngineError) -> WriteResult? {
        var written: VersionRecord?
        var unchanged: VersionRecord?
        var isExpired = false
        func plan(_ snapshot: Snapshot) async throws(EngineError) -> StateChange? {
            (written, unchanged, isExpired) = (nil, nil, false)
            try Self.checkReplacement(request, snapshot)
            let latest = try snapshot.latestVersion(of: request.pin)
            if let latest, !request.forcesIdentical, latest.record.isSame(as: draft, list) {
                unchanged = latest.record
                return try await self.healing(latest, draft, session, start, snapshot)
            }
            var change = StateChange(.write)
            guard try session.checkPresence(&change, snapshot) else {
                isExpired = true
                return nil
            }
            try await session.raiseFloor(snapshot)
            session.name(&change)
            try session.heal(&change, snapshot)
            var record = draft
            try record.follow(
                latest, seconds: configuration.clock.secondsSince1970, name: request.versionName)
            written = record
            try snapshot.add(
                record, packs: session.packs, replacing: request.replacesOnlyVersion, &change)
            return change
        }
        let outcome = try await commitTogether { (snapshot) throws(EngineError) in
            try await plan(snapshot)
        }
        if isExpired { return nil }
        guard let version = unchanged ?? written else { preconditionFailure("a plan was made") }
        let isUnchanged = unchanged != nil
        if isUnchanged { try await settle(outcome.snapshot) }
        return WriteResult(
            version: version, files: list.files, isUnchanged: isUnchanged,
            chunkCount: draft.chunkCount, newChunkCount: session.newChunkCount,
            newByteCount: session.newByteCount,
            storedByteCount: session.storedByteCount
                + UInt64(isUnchanged ? 0 : outcome.storedByteCount))
    }

    /// A write that changes nothing, of which the board lacked something all the same: what it
    /// stored anew is kept, and the latest version is read from it (FORMAT.md §7.5).
    ///
    /// - Returns: `nil` where nothing was lacking, or what was used has gone meanwhile.
    private func healing(
        _ latest: SnapshotVersion, _ draft: VersionRecord, _ session: WriteSession,
        _ start: Snapshot, _ snapshot: Snapshot
    ) async throws(EngineError) -> StateChange? {
        let name = latest.record.versionName
        // What was there as the session began it should have found: it was lost, or could be.
        guard !session.unstaged.isEmpty || !session.stagedPacks.isEmpty,
            !session.deduplicator.lostPacks.isEmpty, latest.record.files == draft.files,
            try start.latestVersion(of: latest.record.pinName)?.record.versionName == name
        else { return nil }
        var change = StateChange(.administer)
        guard try session.checkPresence(&change, snapshot) else { return nil }
        try await session.raiseFloor(snapshot)
        session.name(&change)
        try session.heal(&change, snapshot)
        var row = latest.row
        row.packs = session.packs
        change.set(RowKey.version(name, of: latest.record.pinName), row.encoded)
        return change
    }

    private static func checkReplacement(
        _ request: WriteRequest, _ snapshot: Snapshot
    ) throws(EngineError) {
        guard request.replacesOnlyVersion, !Check.replacement.isOff,
            let pin = try snapshot.pin(request.pin),
            pin.versionCount > 1
        else { return }
        throw EngineError(
            .cannotCreate,
            "Pin is versioned, but you have requested a write without versions. To un-version "
                + "the pin '\(request.pin)', you must delete it",
            object: request.pin)
    }
}

extension VersionMetadata {
    /// As it will be read: what is empty is absent (FORMAT.md §7.6).
    package var canonical: VersionMetadata {
        var metadata = self
        if title?.isEmpty == true { metadata.title = nil }
        if description?.isEmpty == true { metadata.description = nil }
        if userJSON?.isEmpty == true { metadata.userJSON = nil }
        if originJSON?.isEmpty == true { metadata.originJSON = nil }
        return metadata
    }
}

extension VersionRecord {
    /// Whether writing `draft` would change nothing: same content, same metadata but for the time.
    fileprivate func isSame(as draft: VersionRecord, _ list: FileList) -> Bool {
        var metadata = draft.metadata
        metadata.createdSeconds = self.metadata.createdSeconds
        // Where a version was copied from is not what a user says about it.
        metadata.originJSON = self.metadata.originJSON
        return pinHash == draft.pinHash && self.metadata == metadata
    }

    /// Becomes the version after `latest`; `.cannotCreate` if no name comes after that one's.
    ///
    /// - Parameter name: What it is called elsewhere: kept if its time is later than the latest's.
    mutating func follow(
        _ latest: SnapshotVersion?, seconds: Int64, name: String? = nil
    ) throws(EngineError) {
        parent = latest?.record.versionName
        parentDigest = latest.map { SHA256.digest(domain: .version, $0.row.recordBytes) }
        if let name, VersionName.seconds(of: name) != nil,
            latest.map({ $0.record.versionName.prefix(16) < name.prefix(16) }) ?? true
        {
            versionName = name
            return
        }
        let seconds = name.flatMap { VersionName.seconds(of: $0) } ?? seconds
        do throws(FormatError) {
            versionName = try VersionName.make(
                seconds: seconds, pinHash: pinHash, after: latest?.record.versionName)
        } catch {
            throw EngineError(.cannotCreate, error.message, object: pinName)
        }
    }
}
