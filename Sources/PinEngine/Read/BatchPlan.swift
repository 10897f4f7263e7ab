internal import PinFormat
internal import PinTransforms

/// Which frames a run of chunks needs, and where the plain bytes of each will lie: those of the
/// chunks one after the other, as in the file, those of their bases in a buffer of their own.
struct BatchPlan {
    /// A place in one of the two buffers.
    struct Spot: Equatable {
        /// Among the chunks, or among the bases.
        let isChunk: Bool
        let range: Range<Int>
    }

    /// Each once; where they are decoded is in ``spots``.
    private(set) var frames: [FramePlace] = []
    private(set) var spots: [Digest: Spot] = [:]
    /// Bytes that the cache had.
    private(set) var known: [(bytes: [UInt8], spot: Spot)] = []
    /// Chunks that stand in the run a second time.
    private(set) var repeats: [(digest: Digest, range: Range<Int>)] = []
    /// Chunks whose digest is to be compared: all but those from the cache, and repeats.
    private(set) var unverified: [(digest: Digest, range: Range<Int>)] = []
    /// Bytes of the bases.
    private(set) var baseByteCount = 0
    private var chosen: [Digest: Int] = [:]

    init() {}

    /// Plans as many of some chunks as their bases allow to be decoded together.
    ///
    /// - Parameters:
    ///   - next: The first chunk that is planned; then the first that is not.
    ///   - start: Where its bytes begin in the output.
    ///   - cache: Plain bytes that need not be read.
    init(
        _ chunks: [ChunkReference], _ next: inout Int, _ start: inout Int,
        _ locator: FrameLocator, _ cache: DecodedFrameCache
    ) async throws(EngineError) {
        while next < chunks.count {
            let chunk = chunks[next]
            let range = start..<start + chunk.byteCount
            if !addKnown(chunk.digest, at: range, cache) {
                let closure = try await locator.closure(chunk.digest, .chunk)
                let more = closure.dropLast().reduce(0) { $0 + $1.header.rawByteCount }
                if more > 0, baseByteCount > 0,
                    baseByteCount + more > BatchDecoder.baseByteCountMax
                {
                    return
                }
                try add(chunk.digest, at: range, closure, cache)
            }
            (next, start) = (next + 1, range.upperBound)
        }
    }

    /// Adds a chunk whose bytes belong at `range` of the output.
    ///
    /// - Parameters:
    ///   - closure: The frame and its bases, bases first.
    /// - Throws: ``EngineError/Code/corrupt`` if it is not a frame of such a chunk.
    mutating func add(
        _ digest: Digest, at range: Range<Int>, _ closure: [FramePlace],
        _ cache: DecodedFrameCache
    ) throws(EngineError) {
        guard let top = closure.last, top.digest == digest, top.header.rawByteCount == range.count
        else { throw Self.damaged(digest) }
        spots[digest] = Spot(isChunk: true, range: range)
        unverified.append((digest, range))
        var pending = [top]
        while let place = pending.popLast() {
            guard try choose(place) else { continue }
            for base in place.bases.reversed() {
                // Known, or among those that wait: a closure has one copy of each.
                if spots[base] != nil, chosen[base] == nil { continue }
                if spots[base] == nil, let bytes = cache.bytes(base, .chunk) {
                    let spot = Spot(isChunk: false, range: takeBase(bytes.count))
                    spots[base] = spot
                    known.append((bytes, spot))
                    continue
                }
                guard
                    let copy = closure.first(where: {
                        $0.digest == base && $0.header.depth < place.header.depth
                    })
                else { throw Self.damaged(base) }
                // Placed now and not when it is popped, so that the bases of one frame are
                // neighbours.
                reserve(copy)
                pending.append(copy)
            }
        }
    }

    /// Adds a chunk whose bytes are at hand: in the cache, or placed already.
    ///
    /// - Returns: Whether it was.
    mutating func addKnown(
        _ digest: Digest, at range: Range<Int>, _ cache: DecodedFrameCache
    ) -> Bool {
        if let spot = spots[digest] {
            guard spot.range.count == range.count else { return false }
            repeats.append((digest, range))
            // Bases are not verified where they lie.
            if !spot.isChunk { unverified.append((digest, range)) }
            return true
        }
        guard let bytes = cache.bytes(digest, .chunk), bytes.count == range.count else {
            return false
        }
        let spot = Spot(isChunk: true, range: range)
        spots[digest] = spot
        known.append((bytes, spot))
        return true
    }

    /// Puts the frames in an order in which every base comes before what needs it.
    ///
    /// - Returns: How many bytes are needed to put two bases that are no neighbours side by side.
    mutating func finish() -> Int {
        frames.sort { $0.header.depth < $1.header.depth }
        var scratch = 0
        for frame in frames where frame.bases.count > 1 && prefix(of: frame) == nil {
            scratch = max(scratch, frame.bases.reduce(0) { $0 + (spots[$1]?.range.count ?? 0) })
        }
        return scratch
    }

    /// The frames whose bytes go into a cache once they are decoded: chunks, and bases that are
    /// needed again and again.
    func framesToKeep(in cache: DecodedFrameCache) -> [FramePlace] {
        frames.filter { place in
            guard let spot = spots[place.digest] else { return false }
            return spot.isChunk || cache.isWorthKeeping(place.digest, .chunk)
        }
    }

    /// Where the bases of a frame lie one after the other, if they do.
    func prefix(of frame: FramePlace) -> Spot? {
        guard let first = frame.bases.first, var spot = spots[first] else { return nil }
        for base in frame.bases.dropFirst() {
            guard let next = spots[base], next.isChunk == spot.isChunk,
                next.range.lowerBound == spot.range.upperBound
            else { return nil }
            spot = Spot(
                isChunk: spot.isChunk, range: spot.range.lowerBound..<next.range.upperBound)
        }
        return spot
    }

    /// Takes a copy of a frame, unless one of no greater depth was taken.
    ///
    /// - Returns: Whether it was taken; then its bases are needed.
    private mutating func choose(_ place: FramePlace) throws(EngineError) -> Bool {
        // Before memory is taken for it: the length is the index's own word.
        let frameByteCountMax = FrameLimits.storedByteCountMax(
            rawByteCount: place.header.rawByteCount)
        guard
            place.storedByteCount
                <= FrameRecord.storedByteCount(place.header, frameByteCount: frameByteCountMax)
        else { throw Self.damaged(place.digest) }
        if let index = chosen[place.digest] {
            guard frames[index].header.rawByteCount == place.header.rawByteCount else {
                throw Self.damaged(place.digest)
            }
            guard place.header.depth < frames[index].header.depth else { return false }
            frames[index] = place
            return true
        }
        reserve(place)
        guard spots[place.digest]?.range.count == place.header.rawByteCount else {
            throw Self.damaged(place.digest)
        }
        chosen[place.digest] = frames.count
        frames.append(place)
        return true
    }

    private mutating func reserve(_ place: FramePlace) {
        guard spots[place.digest] == nil else { return }
        spots[place.digest] = Spot(isChunk: false, range: takeBase(place.header.rawByteCount))
    }

    private mutating func takeBase(_ byteCount: Int) -> Range<Int> {
        defer { baseByteCount += byteCount }
        return baseByteCount..<baseByteCount + byteCount
    }

    private static func damaged(_ digest: Digest) -> EngineError {
        EngineError(
            .corrupt, "the frame \(digest.hex.prefix(16))… is not what its references say",
            object: digest.hex)
    }
}
