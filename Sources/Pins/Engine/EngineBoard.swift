public import PinEngine
public import PinFormat
public import PinStorage

/// A board of the engine as a form of board.
public struct EngineBoard: BoardForm {
    /// The engine below.
    public let store: Store

    public init(_ store: Store) { self.store = store }

    public var layout: String { "engine" }

    // MARK: - Finding

    public func pins() async throws(EngineError) -> [PinSummary] { try await store.pins() }

    public func versions(of pin: String) async throws(EngineError) -> [VersionInfo] {
        try await store.versions(of: pin).map { VersionInfo($0.record, labels: $0.labels) }
    }

    public func version(
        of pin: String, _ selector: VersionSelector
    ) async throws(EngineError) -> PinVersion {
        let (reader, labels) = try await store.reader(of: pin, selector)
        return PinVersion(
            VersionInfo(reader.record, labels: labels), reader.files.map { PinFile($0) },
            EngineContent(reader))
    }

    public func changes(
        in new: PinVersion, since old: PinVersion
    ) async throws(EngineError) -> VersionDiff {
        guard let new = new.content as? EngineContent, let old = old.content as? EngineContent
        else { throw EngineError(.usage, "versions of two kinds of board cannot be compared") }
        var diff = VersionDiff()
        diff.totalByteCount = new.reader.record.byteCount
        for (path, ranges) in try await new.reader.changes(since: old.reader) {
            for range in ranges { diff.add(range, of: path) }
        }
        return diff
    }

    public func statistics(of pin: String?) async throws(EngineError) -> BoardStatistics {
        try await store.statistics(of: pin)
    }

    public func trafficOfReading(
        _ files: [PinFile], of version: PinVersion, range: Range<UInt64>?
    ) async throws(EngineError) -> Traffic? {
        try await store.trafficOfReading(
            version.info.pin, version.info.version, paths: files.map(\.path), range: range)
    }

    // MARK: - Writing

    public func write(
        _ request: WriteRequest, progress: ProgressHandler?
    ) async throws(EngineError) -> WrittenVersion {
        WrittenVersion(try await store.write(request, progress: progress))
    }

    /// Between engine boards frames move as they are; see ``Store/copy(_:_:progress:)``.
    public func copy(
        _ version: PinVersion, _ request: WriteRequest, progress: ProgressHandler?
    ) async throws(EngineError) -> WrittenVersion {
        var request = request
        request.forcesIdentical = true
        guard let content = version.content as? EngineContent else {
            request.files = version.inputFiles
            return try await write(request, progress: progress)
        }
        return WrittenVersion(
            try await store.copy(content.reader, request, progress: progress))
    }

    public func edit(
        _ pin: String,
        _ change: @escaping @Sendable (inout VersionMetadata) throws(EngineError) -> Void
    ) async throws(EngineError) -> WrittenVersion {
        WrittenVersion(try await store.edit(pin, change))
    }

    public func delete(
        _ pin: String, _ selector: VersionSelector?
    ) async throws(EngineError) -> [String] {
        try await store.delete(pin, selector)
    }

    public func prune(
        _ pin: String, isDryRun: Bool,
        _ rule: @escaping @Sendable ([VersionInfo]) -> [VersionInfo]
    ) async throws(EngineError) -> [String] {
        try await store.prune(pin, isDryRun: isDryRun) { records in
            let going = Set(rule(records.map { VersionInfo($0, labels: []) }).map(\.version))
            return records.filter { going.contains($0.versionName) }
        }
    }

    public func setLabel(
        _ label: String, of pin: String, to selector: VersionSelector?
    ) async throws(EngineError) -> String {
        try await store.setLabel(label, of: pin, to: selector)
    }

    // MARK: - Maintenance

    public func verify(
        _ options: VerifyOptions, progress: ProgressHandler?
    ) async throws(EngineError) -> VerifyReport {
        // The board itself is checked, not what is kept of it here.
        let backend = (store.backend as? CachingBackend)?.base ?? store.backend
        return try await Store.verify(on: backend, options, progress: progress)
    }

    public func collect(
        _ options: CollectionOptions, progress: ProgressHandler?
    ) async throws(EngineError) -> CollectionReport {
        try await store.collect(options, progress: progress)
    }
}

extension VersionInfo {
    init(_ record: VersionRecord, labels: [String]) {
        self.init(
            pin: record.pinName, version: record.versionName, pinHash: record.pinHash.hex,
            byteCount: record.byteCount, fileCount: record.fileCount, metadata: record.metadata,
            labels: labels, parent: record.parent, newByteCount: record.newByteCount)
    }
}

extension PinFile {
    init(_ file: FileEntry) {
        self.init(path: file.path, byteCount: file.byteCount, sha256: file.flatDigest)
    }
}

extension WrittenVersion {
    init(_ result: WriteResult) {
        self.init(
            info: VersionInfo(result.version, labels: []), files: result.files.map { PinFile($0) },
            isUnchanged: result.isUnchanged, chunkCount: result.chunkCount,
            newChunkCount: result.newChunkCount, newByteCount: result.newByteCount,
            storedByteCount: result.storedByteCount)
        traffic = result.traffic
    }
}
