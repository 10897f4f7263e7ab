internal import PinEngine
internal import PinFormat
internal import PinStorage
internal import Synchronization

/// Files whose hash is known, by what the place tells of them: within one process nothing is hashed
/// twice that has not changed.
package final class PlainVerified: Sendable {
    private struct Key: Hashable {
        let file: PlainFileStatus.Identity
        let stamp: PlainFileStatus.Stamp
        let byteCount: UInt64
    }

    private static let countMax = 100_000
    private let hashes = Mutex<[Key: String]>([:])

    func hash(of file: PlainFileStatus) -> String? {
        hashes.withLock { $0[Self.key(file)] }
    }

    func set(_ hash: String, of file: PlainFileStatus) {
        hashes.withLock { hashes in
            if hashes.count >= Self.countMax { hashes.removeAll() }
            hashes[Self.key(file)] = hash
        }
    }

    private static func key(_ file: PlainFileStatus) -> Key {
        Key(file: file.file, stamp: file.stamp, byteCount: file.byteCount)
    }
}

/// The content of a version of a plain board. The layout has one hash for all files of a version,
/// so all of them are hashed before a byte of one is handed out.
struct PlainContent: VersionContent {
    let tree: any PlainTree
    let version: PlainVersion
    private let verified: PlainVerified

    init(_ tree: any PlainTree, _ version: PlainVersion, _ verified: PlainVerified) {
        self.tree = tree
        self.version = version
        self.verified = verified
    }

    var origin: VersionOrigin? { version.metadata.origin(version: version.place.version) }

    func read(
        _ file: PinFile, range: Range<UInt64>?, progress: ProgressHandler?,
        _ body: @Sendable ([UInt8]) async throws(EngineError) -> Void
    ) async throws(EngineError) {
        try await runBlocking { () async throws(EngineError) in
            let index = try index(of: file)
            let hash = try await verifiedHashes(progress)[index]
            let open = try await tree.open(file.path, of: version.place)
            // What is opened now must be what was hashed.
            guard verified.hash(of: open.status) == hash, open.status.byteCount == file.byteCount
            else { throw changed(file.path) }
            let range = range ?? 0..<file.byteCount
            try await handOut(
                open, range, hash: range == 0..<file.byteCount ? hash : nil, progress, body)
        }
    }

    func checkPinHash(progress: ProgressHandler?) async throws(EngineError) {
        try await runBlocking { () async throws(EngineError) in
            _ = try await verifiedHashes(progress)
        }
    }

    /// Hands out a range. Of a whole file the last piece goes out only when the bytes that did are
    /// those that were hashed.
    private func handOut(
        _ file: any PlainFile, _ range: Range<UInt64>, hash: String?, _ progress: ProgressHandler?,
        _ body: @Sendable ([UInt8]) async throws(EngineError) -> Void
    ) async throws(EngineError) {
        var stream = PlainHash.Stream()
        var position = range.lowerBound
        while position < range.upperBound {
            try Self.checkCancellation()
            let end = min(position + UInt64(PlainBoard.pieceByteCount), range.upperBound)
            let piece = try await file.read(position..<end)
            if hash != nil { stream.update(piece) }
            position = end
            if position == range.upperBound, let hash, stream.hex != hash {
                throw changed(file.status.path)
            }
            try await body(piece)
            progress?(
                Progress(
                    phase: .restoring, done: position - range.lowerBound,
                    total: range.upperBound - range.lowerBound))
        }
    }

    // MARK: - Hashes

    /// The hashes of all files, in the order of the metadata, which together are the recorded one.
    func verifiedHashes(_ progress: ProgressHandler?) async throws(EngineError) -> [String] {
        var hashes: [String] = []
        var done: UInt64 = 0
        for file in version.files {
            hashes.append(try await hash(of: file, done: done, progress))
            done += file.byteCount
        }
        let name = "version '\(version.place.version)' of pin '\(version.place.pin)'"
        guard let recorded = version.metadata.pinHash else {
            BoardWarnings.warn("\(name) has no pin_hash: it is read without a check")
            return hashes
        }
        guard PlainHash.isKnown(recorded) else {
            throw EngineError(
                .corrupt,
                "the pin_hash '\(Names.printable(recorded))' of \(name) is of no kind that pins "
                    + "for Python or R make, so that the data cannot be checked",
                object: version.place.pin)
        }
        guard PlainHash.matches(recorded, hashes) || Check.plainHash.isOff else {
            let files = version.files.count == 1 ? "file is" : "files are"
            throw EngineError(
                .corrupt,
                "\(name) is damaged: its \(files) not what its pin_hash \(recorded) says "
                    + "(\(PlainHash.pinHash(hashes))); read another version, or write it again",
                object: version.place.pin)
        }
        return hashes
    }

    private func hash(
        of file: PlainFileStatus, done: UInt64, _ progress: ProgressHandler?
    ) async throws(EngineError) -> String {
        if let known = verified.hash(of: file) { return known }
        let open = try await tree.open(file.path, of: version.place)
        var stream = PlainHash.Stream()
        var position: UInt64 = 0
        while position < open.status.byteCount {
            try Self.checkCancellation()
            let end = min(position + UInt64(PlainBoard.pieceByteCount), open.status.byteCount)
            stream.update(try await open.read(position..<end))
            position = end
            progress?(
                Progress(phase: .verifying, done: done + position, total: version.byteCount))
        }
        let hash = stream.hex
        verified.set(hash, of: open.status)
        return hash
    }

    // MARK: - Pieces

    private func index(of file: PinFile) throws(EngineError) -> Int {
        let index = version.files.firstIndex { $0.path.utf8.elementsEqual(file.path.utf8) }
        guard let index else {
            throw EngineError(
                .notFound,
                "pin '\(version.place.pin)' has no file '\(Names.printable(file.path))'",
                object: file.path)
        }
        return index
    }

    private func changed(_ path: String) -> EngineError {
        EngineError(
            .corrupt,
            "'\(Names.printable(path))' of pin '\(version.place.pin)' changed while it was read; "
                + "try again",
            object: version.place.pin)
    }

    static func checkCancellation() throws(EngineError) {
        if Task.isCancelled { throw EngineError(.cancelled, "the work was interrupted") }
    }
}
