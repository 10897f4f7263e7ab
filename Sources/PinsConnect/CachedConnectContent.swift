internal import PinEngine
internal import PinFormat
internal import PinStorage
internal import Pins

/// The bytes of a version through the local cache: fetched once, compared with the recorded hash
/// before they are kept, and shared with other versions.
struct CachedConnectContent: BorrowedContent {
    let remote: ConnectContent
    let cache: BoardCache
    let identity: CacheIdentity
    let board: String

    var origin: VersionOrigin? { remote.origin }

    func lender(of file: PinFile) async throws(EngineError) -> (any VersionContent, PinFile) {
        try await kept().lending(file)
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
