internal import PinFormat
internal import PinStorage
internal import PinTransforms
internal import Synchronization

/// Fetches chunks that this store lacks from a version of another one, as the frames that stand
/// there.
///
/// Every frame is decoded and its digest compared before it goes on. A delta is taken as it is only
/// if this store has, or gets, copies of its bases that keep its depth and closure true
/// (FORMAT.md §6.1); else the chunk is encoded again, as is one whose frame is damaged there while
/// another copy is sound.
final class FrameImporter: Sendable {
    /// Neighbouring frames are read together up to so many bytes.
    private static let readByteCountMax = 8 << 20
    /// How many costs each of two generations remembers.
    private static let costCountMax = 100_000

    /// What decoding a frame takes, at the most.
    private struct Cost {
        let depth: Int
        let frameCount: Int
        let byteCount: Int
    }

    private struct Costs {
        var new: [Digest: Cost] = [:]
        var old: [Digest: Cost] = [:]

        mutating func set(_ digest: Digest, _ cost: Cost) {
            if new.count >= costCountMax { (old, new) = (new, [:]) }
            new[digest] = cost
        }
    }

    private let source: VersionReader
    private let target: Store
    private let deduplicator: ChunkDeduplicator
    /// Of frames that this import has claimed.
    private let costs = Mutex(Costs())

    init(from source: VersionReader, to target: Store, _ deduplicator: ChunkDeduplicator) {
        self.source = source
        self.target = target
        self.deduplicator = deduplicator
    }

    /// The frames of chunks, and of the bases they need, that this store does not have: bases
    /// first.
    ///
    /// - Parameter chunks: Neighbours, of a few MiB together.
    func frames(_ chunks: [ChunkReference]) async throws(EngineError) -> [ImportedFrame] {
        var wanted: [FramePlace] = []
        for chunk in chunks {
            guard try deduplicator.claims(chunk.digest, .chunk) else { continue }
            // As the board has it: another one's bases would come along with its frames.
            for place in try await source.frames.locator.ownClosure(chunk.digest, .chunk) {
                let isAsked = place.digest == chunk.digest
                if !isAsked {
                    guard try deduplicator.claims(place.digest, .chunk) else { continue }
                }
                note(place)
                wanted.append(place)
            }
        }
        let stored = try await read(wanted)
        var plain: [Digest: [UInt8]] = [:]
        var out: [ImportedFrame] = []
        wanted.sort {
            ($0.header.depth, $0.pack, $0.offset) < ($1.header.depth, $1.pack, $1.offset)
        }
        var sound: [StoredFrame] = []
        for place in wanted {
            let frame = try await imported(place, stored.bytes[place.digest], &plain)
            if case .copy(let bytes) = frame.form, stored.fetched.contains(place.digest) {
                sound.append(StoredFrame(place, bytes[...]))
            }
            out.append(frame)
        }
        if !sound.isEmpty { await source.store.frameCache?.keep(sound) }
        return out
    }

    // MARK: - Reading

    /// Records of frames by digest, and which of them were fetched.
    private struct Records {
        var bytes: [Digest: ArraySlice<UInt8>] = [:]
        var fetched: Set<Digest> = []
    }

    /// The records of frames; those that cannot be read are left out.
    private func read(_ places: [FramePlace]) async throws(EngineError) -> Records {
        var out = Records()
        let places = places.sorted { ($0.pack, $0.offset) < ($1.pack, $1.offset) }
        var start = 0
        while start < places.count {
            let first = places[start]
            var (next, end) = (start, first.offset)
            while next < places.count, places[next].pack == first.pack,
                places[next].offset - end <= StoredFrames.remoteGapByteCountMax,
                next == start
                    || places[next].offset + places[next].storedByteCount - first.offset
                        <= Self.readByteCountMax
            {
                end = max(end, places[next].offset + places[next].storedByteCount)
                next += 1
            }
            try target.checkCancellation()
            do throws(BackendError) {
                let (bytes, isFetched) = try await source.frames.packs.bytes(
                    of: first.pack, in: first.offset..<end)
                for place in places[start..<next] {
                    let offset = place.offset - first.offset
                    out.bytes[place.digest] = bytes[offset..<offset + place.storedByteCount]
                    if isFetched { out.fetched.insert(place.digest) }
                }
            } catch
                where [.notFound, .rangeNotSatisfiable, .ioError].contains(error.code)
            {
                // Moved by a collection, gone from the cache, or damaged: the careful way finds
                // them or says what is wrong.
            } catch {
                throw EngineError(error)
            }
            start = next
        }
        return out
    }

    private func imported(
        _ place: FramePlace, _ stored: ArraySlice<UInt8>?, _ plain: inout [Digest: [UInt8]]
    ) async throws(EngineError) -> ImportedFrame {
        for base in place.bases where plain[base] == nil {
            plain[base] = try await source.frames.frames([base], .chunk)[0]
        }
        if let stored {
            do throws(EngineError) {
                let stored = Array(stored)
                let bytes = try source.store.decode(stored, at: 0, place, plain)
                plain[place.digest] = bytes
                if try fits(place) {
                    return ImportedFrame(
                        place: place, form: .copy(stored: stored),
                        sketch: place.header.baseCount == 0
                            ? unsafe ChunkSketch(bytes.span.bytes) : nil)
                }
            } catch  where error.code == .corrupt {}
        }
        let bytes: [UInt8]
        if let known = plain[place.digest] {
            bytes = known
        } else {
            bytes = try await source.frames.frames([place.digest], .chunk)[0]
            plain[place.digest] = bytes
        }
        return try encoded(place, bytes)
    }

    private func encoded(
        _ place: FramePlace, _ bytes: [UInt8]
    ) throws(EngineError) -> ImportedFrame {
        let frame = try target.workers.use { (worker) throws(EngineError) in
            try unsafe worker.encode(bytes.span.bytes)
        }
        let header = FrameHeader(
            kind: .chunk, codec: frame.codec, filter: frame.filter, rawByteCount: bytes.count)
        return ImportedFrame(
            place: FramePlace(
                digest: place.digest, pack: place.pack, offset: 0,
                storedByteCount: frame.bytes.count, header: header, bases: []),
            form: .encoded(frame.bytes), sketch: unsafe ChunkSketch(bytes.span.bytes))
    }

    // MARK: - Bases

    private func note(_ place: FramePlace) {
        let header = place.header
        costs.withLock { costs in
            let below = place.bases.map { base in
                (costs.new[base] ?? costs.old[base])?.byteCount ?? Limits.frameRawByteCount
            }
            costs.set(
                place.digest,
                Cost(
                    depth: header.depth, frameCount: header.closureFrameCount,
                    byteCount: below.reduce(header.rawByteCount, +)))
        }
    }

    /// Whether the header of a frame is true in this store too.
    private func fits(_ place: FramePlace) throws(EngineError) -> Bool {
        if place.bases.isEmpty { return true }
        guard place.header.closureFrameCount <= target.config.closureFrameCount else {
            return false
        }
        var (frameCount, byteCount) = (1, place.header.rawByteCount)
        for base in place.bases {
            guard let cost = try cost(of: base, below: place.header.depth) else { return false }
            frameCount += cost.frameCount
            byteCount += cost.byteCount
        }
        return frameCount <= place.header.closureFrameCount
            && byteCount <= Limits.closureByteCount
    }

    private func cost(
        of base: Digest, below depth: Int
    ) throws(EngineError) -> Cost? {
        let own = costs.withLock { $0.new[base] ?? $0.old[base] }
        if let own, own.depth < depth { return own }
        let index = deduplicator.index
        guard
            let copy = try index.copies(base, .chunk).first(where: {
                $0.entry.header.depth < depth
            }), let closure = try index.closure(of: copy)
        else { return nil }
        deduplicator.use(closure.map(\.pack))
        return Cost(
            depth: copy.entry.header.depth, frameCount: copy.entry.header.closureFrameCount,
            byteCount: closure.reduce(0) { $0 + $1.entry.header.rawByteCount })
    }
}
