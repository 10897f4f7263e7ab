internal import PinFormat
internal import Synchronization

/// What a new chunk is compressed against.
struct DeltaBase: Sendable {
    let digests: [Digest]
    let headers: [FrameHeader]
    /// The plain bytes of the bases, one after the other.
    let prefix: [UInt8]
}

/// Chooses bases for the new chunks of one file, by alignment: a new chunk is compared with what
/// stood at its place in the previous version, as the neighbours that did not change tell where
/// that is (FORMAT.md §6.1).
final class DeltaPlanner: Sendable {
    private let store: Store
    private let index: ChunkIndex
    private let previous: PreviousFile
    private let frames: FrameReader
    private let deduplicator: ChunkDeduplicator
    private let closureByteCountMax: Int
    /// How far the old offsets were from the new ones at the end of each batch that had a shared
    /// chunk.
    private let shifts = Mutex<[Int: Int64]>([:])
    /// How many more bases may turn out to be unreadable before no more are tried.
    private let patience = Mutex(8)

    init(
        _ store: Store, _ snapshot: Snapshot, _ previous: PreviousFile, _ frames: FrameReader,
        _ deduplicator: ChunkDeduplicator, closureByteCountMax: Int = Limits.closureByteCount
    ) {
        self.store = store
        index = snapshot.index
        self.previous = previous
        self.frames = frames
        self.deduplicator = deduplicator
        self.closureByteCountMax = closureByteCountMax
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
            guard patience.withLock({ $0 > 0 }) else { break }
            do throws(EngineError) {
                out[number] = try await base(previous.chunks(covering: range), for: range.count)
            } catch  where error.code != .cancelled {
                // A base that is damaged or gone is none: deltas are an economy, and new data must
                // be storable.
                patience.withLock { $0 -= 1 }
            }
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

    /// A base that a chunk may have.
    private struct Candidate {
        let digest: Digest
        let header: FrameHeader
        /// The raw bytes of its closure, and the packs that hold it.
        let closureByteCount: Int
        let packs: [ObjectName]
    }

    /// Bases within the limits of a closure, with their bytes; `nil` if there is none.
    private func base(_ wanted: [Digest], for byteCount: Int) async throws(EngineError)
        -> DeltaBase?
    {
        var frameCount = min(store.config.closureFrameCount, Limits.closureFrameCount) - 1
        var byteCount = closureByteCountMax - byteCount
        var bases: [Candidate] = []
        for digest in wanted {
            guard let usable = try shallow(digest, frameCount, byteCount),
                !bases.contains(where: { $0.digest == usable.digest })
            else { continue }
            frameCount -= usable.header.closureFrameCount
            byteCount -= usable.closureByteCount
            bases.append(usable)
        }
        guard !bases.isEmpty else { return nil }
        let digests = bases.map(\.digest)
        let plain = try await frames.frames(digests, .chunk)
        deduplicator.use(bases.flatMap(\.packs))
        return DeltaBase(
            digests: digests, headers: bases.map(\.header), prefix: Array(plain.joined()))
    }

    /// The frame itself, or the base of its base …, whose closure has at most so many frames and
    /// raw bytes.
    private func shallow(
        _ digest: Digest, _ frameCount: Int, _ byteCount: Int
    ) throws(EngineError) -> Candidate? {
        var digest = digest
        for _ in 0...Limits.depth {
            guard let closure = try index.closure(digest, .chunk), let top = closure.last else {
                return nil
            }
            let header = top.entry.header
            // A version that came from elsewhere may have larger chunks than this board cuts: as
            // bases for many small ones they would take memory out of proportion.
            guard header.kind == .chunk,
                header.rawByteCount <= store.config.chunker.maximumByteCount
            else { return nil }
            let closureByteCount = closure.reduce(0) { $0 + $1.entry.header.rawByteCount }
            if header.closureFrameCount <= frameCount, closureByteCount <= byteCount {
                return Candidate(
                    digest: digest, header: header, closureByteCount: closureByteCount,
                    packs: closure.map(\.pack))
            }
            guard let base = try index.place(top).bases.first else { return nil }
            digest = base
        }
        return nil
    }
}
