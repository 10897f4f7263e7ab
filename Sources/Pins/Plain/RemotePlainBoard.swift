package import PinEngine
package import PinFormat
package import PinStorage
internal import Synchronization

/// A plain board somewhere else: its versions are read through the local cache, each fetched once
/// and compared with its recorded hash before a byte of it is handed out.
package struct RemotePlainBoard: BoardForm {
    let base: PlainBoard
    private let cache: BoardCache
    private let identity: CacheIdentity
    private let url: String

    /// - Parameter url: Names the board in the cache; without secrets.
    package init(
        _ base: PlainBoard, cache: BoardCache, identity: CacheIdentity, url: String
    ) {
        self.base = base
        self.cache = cache
        self.identity = identity
        self.url = url
    }

    package var layout: String { base.layout }

    package func pins() async throws(EngineError) -> [PinSummary] { try await base.pins() }

    package func versions(of pin: String) async throws(EngineError) -> [VersionInfo] {
        try await base.versions(of: pin)
    }

    package func version(
        of pin: String, _ selector: VersionSelector
    ) async throws(EngineError) -> PinVersion {
        let version = try await base.version(of: pin, selector)
        guard let content = version.content as? PlainContent else { return version }
        let (cache, identity, url) = (cache, identity, url)
        let fetched = FetchedContent(version, content) { isAsking async throws(EngineError) in
            let found = content.version
            // The hash is part of the name: another content under one name is another version.
            let name = "\(found.place.version) \(found.metadata.pinHash ?? "")"
            return try await cache.version(
                identity: identity, board: url, pin: found.place.pin, version: name
            ) { () throws(EngineError) in
                if isAsking { throw FetchedContent.notKept }
                return PlainSource.files(of: found, in: content.tree)
            }
        }
        return PinVersion(version.info, version.files, fetched)
    }

    package func changes(
        in new: PinVersion, since old: PinVersion
    ) async throws(EngineError) -> VersionDiff {
        try await base.changes(
            in: (new.content as? FetchedContent)?.original ?? new,
            since: (old.content as? FetchedContent)?.original ?? old)
    }

    /// What is in the cache costs nothing but looking; else every file is fetched once.
    package func trafficOfReading(
        _ files: [PinFile], of version: PinVersion, range: Range<UInt64>?
    ) async throws(EngineError) -> Traffic? {
        guard let content = version.content as? FetchedContent else {
            return try await base.trafficOfReading(files, of: version, range: range)
        }
        if try await content.isKept() { return base.tree.traffic ?? Traffic(requestCount: nil) }
        return base.trafficOfHashing(version)
    }

    package func statistics(of pin: String?) async throws(EngineError) -> BoardStatistics {
        try await base.statistics(of: pin)
    }

    package func verify(
        _ options: VerifyOptions, progress: ProgressHandler?
    ) async throws(EngineError) -> VerifyReport {
        try await base.verify(options, progress: progress)
    }

    // MARK: - Writing

    package func write(
        _ request: WriteRequest, progress: ProgressHandler?
    ) async throws(EngineError) -> WrittenVersion {
        try await base.write(request, progress: progress)
    }

    package func edit(
        _ pin: String,
        _ change: @escaping @Sendable (inout VersionMetadata) throws(EngineError) -> Void
    ) async throws(EngineError) -> WrittenVersion {
        try await base.edit(pin, change)
    }

    package func copy(
        _ version: PinVersion, _ request: WriteRequest, progress: ProgressHandler?
    ) async throws(EngineError) -> WrittenVersion {
        try await base.copy(version, request, progress: progress)
    }

    package func delete(
        _ pin: String, _ selector: VersionSelector?
    ) async throws(EngineError) -> [String] {
        try await base.delete(pin, selector)
    }

    package func prune(
        _ pin: String, isDryRun: Bool,
        _ rule: @escaping @Sendable ([VersionInfo]) -> [VersionInfo]
    ) async throws(EngineError) -> [String] {
        try await base.prune(pin, isDryRun: isDryRun, rule)
    }

    package func setLabel(
        _ label: String, of pin: String, to selector: VersionSelector?
    ) async throws(EngineError) -> String {
        try await base.setLabel(label, of: pin, to: selector)
    }

    package func collect(
        _ options: CollectionOptions, progress: ProgressHandler?
    ) async throws(EngineError) -> CollectionReport {
        try await base.collect(options, progress: progress)
    }
}

/// The content of a version that is fetched when its first byte is asked for.
private final class FetchedContent: BorrowedContent {
    /// As the board itself reads it.
    let original: PinVersion
    private let content: PlainContent
    private let fetch: @Sendable (_ isAsking: Bool) async throws(EngineError) -> PinVersion
    /// What a look into the cache ends with that found nothing.
    static let notKept = EngineError(.notFound, "the version is not in the cache")
    private let fetched = Mutex<PinVersion?>(nil)

    init(
        _ original: PinVersion, _ content: PlainContent,
        fetch: @escaping @Sendable (_ isAsking: Bool) async throws(EngineError) -> PinVersion
    ) {
        (self.original, self.content, self.fetch) = (original, content, fetch)
    }

    var origin: VersionOrigin? { content.origin }

    /// Whether the cache has it; fetches nothing.
    func isKept() async throws(EngineError) -> Bool {
        do throws(EngineError) {
            _ = try await fetch(true)
            return true
        } catch  where error.code == .notFound {
            return false
        }
    }

    private func version() async throws(EngineError) -> PinVersion {
        if let known = fetched.withLock({ $0 }) { return known }
        let found = try await fetch(false)
        fetched.withLock { $0 = found }
        return found
    }

    func lender(of file: PinFile) async throws(EngineError) -> (any VersionContent, PinFile) {
        try await version().lending(file)
    }

    /// What is in the cache was compared with the hash when it came.
    func checkPinHash(progress: ProgressHandler?) async throws(EngineError) {
        _ = try await version()
    }
}
