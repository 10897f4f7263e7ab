internal import PinEngine
internal import PinFormat
internal import PinStorage
internal import Pins

/// The bytes of a version through the local cache: fetched once, compared with the recorded hash
/// before they are kept, and shared with other versions.
struct CachedConnectContent: VersionContent {
    let remote: ConnectContent
    let cache: BoardCache
    let identity: CacheIdentity
    let board: String

    var origin: VersionOrigin? { remote.origin }

    func read(
        _ file: PinFile, range: Range<UInt64>?, progress: ProgressHandler?,
        _ body: @Sendable ([UInt8]) async throws(EngineError) -> Void
    ) async throws(EngineError) {
        let kept = try await kept()
        try await kept.content.read(
            try kept.file(file.path), range: range, progress: progress, body)
    }

    func read(
        _ file: PinFile, range: Range<UInt64>?, into sink: some PositionedSink,
        progress: ProgressHandler?
    ) async throws(EngineError) {
        let kept = try await kept()
        try await kept.content.read(
            try kept.file(file.path), range: range, into: sink, progress: progress)
    }

    func sha256(
        of file: PinFile, progress: ProgressHandler?
    ) async throws(EngineError) -> Digest {
        let kept = try await kept()
        let file = try kept.file(file.path)
        if let known = file.sha256 { return known }
        return try await kept.content.sha256(of: file, progress: progress)
    }

    func checkPinHash(progress: ProgressHandler?) async throws(EngineError) {
        // It was compared when it was fetched; what is kept is under digests of its own.
        _ = try await kept()
    }

    private func kept() async throws(EngineError) -> PinVersion {
        try await cache.version(
            identity: identity, board: board, pin: remote.place.guid,
            version: remote.place.bundle.text
        ) { () async throws(EngineError) in remote.checkedInputFiles }
    }
}
