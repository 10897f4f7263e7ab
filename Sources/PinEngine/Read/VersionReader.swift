public import PinFormat
internal import PinStorage
internal import PinTransforms

/// One version, opened for reading. It stays readable while others write, and while it is not
/// collected.
public final class VersionReader: Sendable {
    /// The version that is read (FORMAT.md §7.6).
    public let record: VersionRecord
    /// Its files in ascending order of their paths.
    public let files: [FileEntry]
    let store: Store
    let frames: FrameReader

    init(
        _ store: Store, _ snapshot: Snapshot, _ version: SnapshotVersion
    ) async throws(EngineError) {
        self.store = store
        record = version.record
        frames = FrameReader(store, snapshot, version)
        switch version.record.files {
        case .inline(let list): files = list.files
        case .stored(let list, let count):
            let bytes = try await Restore(store: store, frames: frames).bytes(
                list, 0..<list.byteCount)
            do throws(FormatError) {
                files = try FileList(bytes).files
            } catch {
                throw EngineError(error, object: version.record.pinName)
            }
            let total = files.reduce(UInt64(0)) { $0 &+ $1.byteCount }
            guard files.count == count, total == version.record.byteCount else {
                throw EngineError(
                    .corrupt,
                    "the file list of pin '\(version.record.pinName)' is not of its version",
                    object: version.record.pinName)
            }
        }
    }

    /// Hands out the bytes of a file, verified, in order, in pieces of up to a few MiB.
    ///
    /// - Parameters:
    ///   - range: Which bytes; cut to the end of the file. `nil` is all of them.
    ///   - body: Takes each piece; the next ones are read and decoded meanwhile.
    /// - Throws: What `body` throws; ``EngineError/Code/corrupt``: then what was handed out was
    ///   right as far as it went; ``EngineError/Code/notFound`` if the version was deleted and
    ///   collected meanwhile.
    /// - Complexity: O(*n*) in the bytes of the range; memory does not depend on the size.
    public func read(
        _ file: FileEntry, range: Range<UInt64>? = nil, progress: ProgressHandler? = nil,
        _ body: @Sendable ([UInt8]) async throws(EngineError) -> Void
    ) async throws(EngineError) {
        let whole = 0..<file.byteCount
        let range = (range ?? whole).clamped(to: whole)
        try await withoutActuallyEscaping(body) { body async throws(EngineError) in
            try await runBlocking { () async throws(EngineError) in
                try await Restore(store: self.store, frames: self.frames, progress: progress)
                    .run(file, range, body)
            }
        }
    }

    /// Writes the bytes of a file, verified, each to its own place, on all cores.
    ///
    /// - Parameters:
    ///   - range: Which bytes; cut to the end of the file. `nil` is all of them.
    ///   - sink: Gets every byte of the range once, in no order.
    /// - Throws: What `sink` throws; ``EngineError/Code/corrupt``,
    ///   ``EngineError/Code/cancelled``: then some bytes were written and others not;
    ///   ``EngineError/Code/notFound`` if the version was deleted and collected meanwhile.
    /// - Complexity: O(*n*) in the bytes of the range; memory does not depend on the size.
    public func read(
        _ file: FileEntry, range: Range<UInt64>? = nil, into sink: some PositionedSink,
        progress: ProgressHandler? = nil
    ) async throws(EngineError) {
        let whole = 0..<file.byteCount
        let range = (range ?? whole).clamped(to: whole)
        try await runBlocking { () async throws(EngineError) in
            try await Restore(store: self.store, frames: self.frames, progress: progress)
                .run(file, range, into: sink)
        }
    }

    /// The bytes of a range of a file, in memory.
    public func bytes(
        _ file: FileEntry, range: Range<UInt64>? = nil
    ) async throws(EngineError) -> [UInt8] {
        let whole = 0..<file.byteCount
        let range = (range ?? whole).clamped(to: whole)
        return try await runBlocking { () async throws(EngineError) in
            try await Restore(store: self.store, frames: self.frames).bytes(file, range)
        }
    }

    /// The flat SHA-256 of a file, computed from its verified bytes.
    public func flatDigest(
        of file: FileEntry, progress: ProgressHandler? = nil
    ) async throws(EngineError) -> Digest {
        let digester = OrderedDigester()
        try await read(file, progress: progress) { (piece) throws(EngineError) in
            digester.update(piece)
        }
        return digester.finish()
    }

    /// The chunks of a file that overlap a range, in order: what a comparison of versions works on.
    func chunks(
        _ file: FileEntry, _ body: (ChunkReference) throws(EngineError) -> Void
    ) async throws(EngineError) {
        var cursor = try await ChunkCursor(frames, file, 0..<file.byteCount)
        while let chunk = try await cursor.next() { try body(chunk) }
    }
}
