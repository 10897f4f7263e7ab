internal import PinEngine
internal import PinFormat
internal import PinStorage
internal import Pins
internal import PinsHTTP
internal import Synchronization

/// The bytes of a version as the server sends them. The one hash of all files is compared before a
/// byte is handed out: small versions are held in memory until then, large ones are sent twice, and
/// a cache avoids that.
struct ConnectContent: VersionContent {
    /// What is held in memory.
    private static let memoryByteCountMax: UInt64 = 32 << 20
    private static let pieceByteCount = 1 << 20

    private struct State {
        /// The files, when all of them have been compared.
        var files: [[UInt8]]?
        /// Their hashes, when they have been compared.
        var hashes: [String]?
    }

    /// What is known so far; shared by all copies.
    private final class Memory: Sendable {
        let state = Mutex(State())
    }

    let client: ConnectClient
    let place: ConnectPlace
    let metadata: PlainMetadata
    private let memory = Memory()

    init(_ client: ConnectClient, _ place: ConnectPlace, _ metadata: PlainMetadata) {
        (self.client, self.place, self.metadata) = (client, place, metadata)
    }

    var origin: VersionOrigin? {
        metadata.origin(version: place.bundle.text)
    }

    func read(
        _ file: PinFile, range: Range<UInt64>?, progress: ProgressHandler?,
        _ body: @Sendable ([UInt8]) async throws(EngineError) -> Void
    ) async throws(EngineError) {
        let index = try index(of: file)
        let hashes = try await verified(progress)
        let range = range ?? 0..<file.byteCount
        if let files = memory.state.withLock({ $0.files }) {
            try await handOut(files[index], range, progress, body)
            return
        }
        // Once more, compared piece by piece with what came the first time: the last piece waits.
        var position: UInt64 = 0
        var waiting: [UInt8] = []
        func give(_ piece: [UInt8]) async throws(EngineError) {
            let start = position
            position += UInt64(piece.count)
            let wanted = (start..<position).clamped(to: range)
            guard !wanted.isEmpty else { return }
            try await body(
                Array(piece[Int(wanted.lowerBound - start)..<Int(wanted.upperBound - start)]))
            progress?(
                Progress(
                    phase: .restoring, done: wanted.upperBound - range.lowerBound,
                    total: range.upperBound - range.lowerBound))
        }
        let stream = ConnectStream(client, place, file.path, size: metadata.sizes[index])
        var hash = PlainHash.Stream()
        while let piece = try await stream.next(Self.pieceByteCount) {
            hash.update(piece)
            if !waiting.isEmpty { try await give(waiting) }
            waiting = piece
        }
        guard hash.hex == hashes[index] else { throw damaged(hash.hex) }
        if !waiting.isEmpty { try await give(waiting) }
    }

    private func handOut(
        _ bytes: [UInt8], _ range: Range<UInt64>, _ progress: ProgressHandler?,
        _ body: @Sendable ([UInt8]) async throws(EngineError) -> Void
    ) async throws(EngineError) {
        var position = Int(range.lowerBound)
        while position < Int(range.upperBound) {
            let end = min(position + Self.pieceByteCount, Int(range.upperBound))
            try await body(Array(bytes[position..<end]))
            position = end
        }
    }

    func checkPinHash(progress: ProgressHandler?) async throws(EngineError) {
        _ = try await verified(progress)
    }

    // MARK: - Hashes

    /// The hashes of all files, which together are the recorded one.
    private func verified(_ progress: ProgressHandler?) async throws(EngineError) -> [String] {
        if let hashes = memory.state.withLock({ $0.hashes }) { return hashes }
        let isSmall = !metadata.sizes.contains(nil) && metadata.byteCount <= Self.memoryByteCountMax
        var files: [[UInt8]] = []
        var hashes: [String] = []
        var done: UInt64 = 0
        for (path, size) in zip(metadata.files, metadata.sizes) {
            let stream = ConnectStream(client, place, path, size: size)
            var hash = PlainHash.Stream()
            var bytes: [UInt8] = []
            while let piece = try await stream.next(Self.pieceByteCount) {
                hash.update(piece)
                if isSmall { bytes += piece }
                done += UInt64(piece.count)
                progress?(Progress(phase: .verifying, done: done, total: metadata.byteCount))
            }
            hashes.append(hash.hex)
            files.append(bytes)
        }
        try check(hashes)
        let (all, kept) = (hashes, isSmall ? files : nil)
        memory.state.withLock { state in
            state.hashes = all
            state.files = kept
        }
        return hashes
    }

    /// Compares the hashes of all files with the recorded one.
    func check(_ hashes: [String]) throws(EngineError) {
        guard let recorded = metadata.pinHash else {
            BoardWarnings.warn("\(place.printable) has no pin_hash: it is read without a check")
            return
        }
        guard PlainHash.isKnown(recorded) else {
            throw EngineError(
                .corrupt,
                "the pin_hash '\(Names.printable(recorded))' of \(place.printable) is of no kind "
                    + "that pins for Python or R make, so that the data cannot be checked",
                object: place.pin)
        }
        guard PlainHash.matches(recorded, hashes) else {
            throw damaged(PlainHash.pinHash(hashes))
        }
    }

    private func damaged(_ hash: String) -> EngineError {
        EngineError(
            .corrupt,
            "\(place.printable) is damaged: what the server sends is not what its pin_hash "
                + "\(metadata.pinHash ?? "") says (\(hash)); read another version, or write it "
                + "again",
            object: place.pin)
    }

    private func index(of file: PinFile) throws(EngineError) -> Int {
        let index = metadata.files.firstIndex { $0.utf8.elementsEqual(file.path.utf8) }
        guard let index else {
            throw EngineError(
                .notFound, "pin '\(place.pin)' has no file '\(Names.printable(file.path))'",
                object: file.path)
        }
        return index
    }

    // MARK: - For the cache

    /// The files, compared with the recorded hash as they are read: the last one that is read to
    /// its end throws if they are not what they must be.
    var checkedInputFiles: [InputFile] {
        let hashes = HashCollector(count: metadata.files.count) { (all) throws(EngineError) in
            try check(all)
        }
        return zip(metadata.files, metadata.sizes).enumerated().map { index, file in
            InputFile(
                path: file.0,
                source: ConnectSource(content: self, index: index, size: file.1, hashes: hashes))
        }
    }
}

/// A file of a version as a source.
private struct ConnectSource: ByteSource {
    let content: ConnectContent
    let index: Int
    let size: UInt64?
    let hashes: HashCollector

    var isRepeatable: Bool { true }
    var expectedByteCount: UInt64? { size }

    func open() async throws(EngineError) -> any ByteStream {
        let stream = ConnectStream(
            content.client, content.place, content.metadata.files[index], size: size)
        let (hashes, index) = (hashes, index)
        return HashedStream { (room) async throws(EngineError) in
            try await stream.next(room)
        } whole: { (hash) throws(EngineError) in
            try hashes.set(hash, index)
        }
    }
}
