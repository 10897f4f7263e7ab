internal import PinEngine
internal import PinFormat
internal import PinStorage
internal import Pins
internal import PinsHTTP
internal import Synchronization

/// The bytes of a version whose data lie in a board of the engine in its bundle: any range of them,
/// each chunk compared with its digest, and all digests with the `pin_hash` that `data.txt` names.
struct EngineBundleContent: BorrowedContent {
    /// What has been opened; shared by all copies.
    private final class Memory: Sendable {
        let opened = Mutex<PinVersion?>(nil)
    }

    let board: ConnectBoard
    let place: ConnectPlace
    let metadata: PlainMetadata
    let note: PlainEngineNote
    private let memory = Memory()

    init(
        _ board: ConnectBoard, _ place: ConnectPlace, _ metadata: PlainMetadata,
        _ note: PlainEngineNote
    ) {
        (self.board, self.place) = (board, place)
        (self.metadata, self.note) = (metadata, note)
    }

    /// As that of a plain version with these data would be: a copy on a plain board is one.
    var origin: VersionOrigin? { metadata.origin(version: place.bundle.text) }

    func lender(of file: PinFile) async throws(EngineError) -> (any VersionContent, PinFile) {
        try await opened().lending(file)
    }

    /// Reads all files: the hash that `data.txt` records is one of plain pins, which no digest of
    /// chunks can prove.
    func checkPinHash(progress: ProgressHandler?) async throws(EngineError) {
        do throws(EngineError) {
            let version = try await opened()
            try await version.content.checkPinHash(progress: nil)
            var hashes: [String] = []
            for path in metadata.files {
                let hasher = SharedHash()
                try await version.content.read(
                    try version.file(path), range: nil, progress: progress
                ) { (piece) throws(EngineError) in hasher.update(piece) }
                hashes.append(hasher.hex)
            }
            try ConnectContent(board.client, place, metadata).check(hashes)
        } catch {
            throw await translated(error)
        }
    }

    // MARK: - Opening

    /// The version in the bundle's board.
    private func opened() async throws(EngineError) -> PinVersion {
        if let opened = memory.opened.withLock({ $0 }) { return opened }
        let directory = try await board.directory(of: place, note)
        let remote = BundleBackend(board.client, place, note.board, directory)
        let backend =
            board.cache?.backend(
                remote, identity: board.identity, board: board.cacheName(place, note.board))
            ?? remote
        let form = EngineBoard(try await Store.open(on: backend))
        let pins = try await form.pins()
        guard pins.count == 1, let pin = pins.first else {
            throw damaged("its board has \(pins.count) pins")
        }
        let version = try await form.version(of: pin.name, .latest)
        guard version.info.pinHash == note.pinHash else {
            throw damaged("its board has another version than \(PlainMetadata.fileName) says")
        }
        let told = version.files.map { PinFile(path: $0.path, byteCount: $0.byteCount) }
        guard told == metadata.pinFiles else {
            throw damaged("its board has other files than \(PlainMetadata.fileName) says")
        }
        memory.opened.withLock { $0 = version }
        return version
    }

    private func damaged(_ why: String) -> EngineError {
        EngineError(
            .corrupt,
            "the engine bundle of \(place.printable) is damaged: \(why); read another version, or "
                + "write it again", object: place.pin)
    }

    /// What the engine takes for damage may be a bundle that the server has removed meanwhile.
    func translated(_ error: EngineError) async -> EngineError {
        guard error.code == .corrupt || error.code == .notFound else { return error }
        var request = board.client.fileRequest(place.guid, place.bundle, PlainMetadata.fileName)
        request.method = .head
        do throws(ConnectRefusal) {
            _ = try await board.client.answer(request, "read \(place.printable)")
            return EngineError(
                error.code, "\(place.printable): \(error.message)", object: place.pin)
        } catch let refusal {
            return refusal.status == 404 ? board.absent(place, wasThere: true) : error
        }
    }
}

/// A hash that one task after the other adds to.
private final class SharedHash: Sendable {
    private struct State: ~Copyable {
        var stream = PlainHash.Stream()
    }

    private let state = Mutex(State())

    var hex: String { state.withLock { $0.stream.hex } }

    func update(_ bytes: [UInt8]) { state.withLock { $0.stream.update(bytes) } }
}
