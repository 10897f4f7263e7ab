internal import PinFormat
internal import Synchronization

/// What a new chunk is compressed against.
struct DeltaBase: Sendable {
    let digests: [Digest]
    let headers: [FrameHeader]
    /// The plain bytes of the bases, one after the other.
    let prefix: [UInt8]
}

/// Chooses bases for the new chunks of one file, by alignment: a new chunk is compared with what stood at its place
/// in the previous version, as the neighbours that did not change tell where that is (FORMAT.md §6.1).
final class DeltaPlanner: Sendable {
    private let store: Store
    private let index: ChunkIndex
    private let previous: PreviousFile
    private let frames: FrameReader
    private let deduplicator: ChunkDeduplicator
    /// How far the old offsets were from the new ones at the end of each batch that had a shared chunk.
    private let shifts = Mutex<[Int: Int64]>([:])

    init(
        _ store: Store, _ snapshot: Snapshot, _ previous: PreviousFile, _ frames: FrameReader,
        _ deduplicator: ChunkDeduplicator
    ) {
        self.store = store
        index = snapshot.index
        self.previous = previous
        self.frames = frames
        self.deduplicator = deduplicator
    }

    /// Bases for the new chunks of a batch, by their number in it.
    ///
    /// - Parameters:
    ///   - chunks: Digest and length of each chunk of the batch, and whether it is new.
    ///   - offset: Where the batch begins in the file.
    func bases(
        _ chunks: [(digest: Digest, byteCount: Int, isNew: Bool)], batch: Int, offset: UInt64
    ) async throws(EngineError) -> [Int: DeltaBase] {
        let ranges = aligned(chunks, batch: batch, offset: offset)
        var out: [Int: DeltaBase] = [:]
        for (number, range) in ranges {
            if let base = try await base(previous.chunks(covering: range)) { out[number] = base }
        }
        return out
    }

    /// Where each new chunk would stand in the old file.
    private func aligned(
        _ chunks: [(digest: Digest, byteCount: Int, isNew: Bool)], batch: Int, offset: UInt64
    ) -> [(number: Int, range: Range<Int64>)] {
        var places: [(number: Int, start: Int64, byteCount: Int)] = []
        var anchors: [(number: Int, shift: Int64)] = []
        var position = Int64(offset)
        for (number, chunk) in chunks.enumerated() {
            if chunk.isNew {
                places.append((number, position, chunk.byteCount))
            } else if let old = previous.offset(of: chunk.digest) {
                anchors.append((number, Int64(old) - position))
            }
            position += Int64(chunk.byteCount)
        }
        let before = shifts.withLock { shifts in
            if let last = anchors.last { shifts[batch] = last.shift }
            return shifts.filter { $0.key < batch }.max { $0.key < $1.key }?.value
        }
        return places.map { place in
            // The anchor before it; else the one after it; else the last one of an earlier batch.
            let shift =
                anchors.last { $0.number < place.number }?.shift ?? before
                ?? anchors.first?.shift ?? 0
            let start = place.start + shift
            return (place.number, start..<start + Int64(place.byteCount))
        }
    }

    /// Bases within the limits of a closure, with their bytes; `nil` if there is none.
    private func base(_ wanted: [Digest]) async throws(EngineError) -> DeltaBase? {
        let limit = min(store.config.closureFrameCount, Limits.closureFrameCount)
        var (digests, headers): ([Digest], [FrameHeader]) = ([], [])
        for digest in wanted {
            guard let usable = try shallow(digest, limit - 1 - headers.reduce(0) { $0 + $1.closureFrameCount })
            else { continue }
            guard !digests.contains(usable.digest) else { continue }
            digests.append(usable.digest)
            headers.append(usable.header)
        }
        guard !digests.isEmpty else { return nil }
        let plain = try await frames.frames(digests, .chunk)
        return DeltaBase(digests: digests, headers: headers, prefix: Array(plain.joined()))
    }

    /// The frame itself, or the base of its base …, whose closure has at most `limit` frames.
    private func shallow(
        _ digest: Digest, _ limit: Int
    ) throws(EngineError) -> (digest: Digest, header: FrameHeader)? {
        var digest = digest
        for _ in 0...Limits.depth {
            guard let closure = try index.closure(digest, .chunk), let top = closure.last else { return nil }
            let header = top.entry.header
            guard header.kind == .chunk else { return nil }
            if header.closureFrameCount <= limit {
                deduplicator.use(closure.map(\.pack))
                return (digest, header)
            }
            guard let base = try index.place(top).bases.first else { return nil }
            digest = base
        }
        return nil
    }
}
