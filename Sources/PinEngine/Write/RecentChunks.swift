internal import PinFormat
internal import PinTransforms

/// New chunks of one write whose bytes are still in memory: bases for the chunks after them, so
/// that the parts of a first version that resemble each other are stored once.
///
/// A base always stands before what needs it: packs are filled in the same order, so that a pack
/// which is staged never waits for one that is not.
struct RecentChunks: Sendable {
    /// A chunk that others may be compressed against.
    struct Entry: Sendable {
        let digest: Digest
        let header: FrameHeader
        let bytes: [UInt8]
        /// Raw bytes of its closure.
        let closureByteCount: Int
        /// The packs of the board that its closure needs.
        let packs: [ObjectName]
        /// Bytes of its frame.
        let storedByteCount: Int
    }

    private var entries: [Digest: Entry] = [:]
    /// The oldest first.
    private var queue: [Digest] = []
    /// How many of the queue are gone.
    private var passed = 0
    private var byteCount = 0
    private var features: [UInt64: Digest] = [:]
    /// The latest without bases, the last one last.
    private var plain: [Digest] = []

    /// Plain bytes that are kept.
    static let byteCountMax = 12 << 20
    /// How many neighbours a chunk is compared with: what a frame can have as bases.
    private static let neighbourCountMax = 2
    private static let plainCountMax = 16

    /// Adds a chunk that was encoded.
    mutating func add(_ entry: Entry, _ sketch: ChunkSketch?) {
        guard entries.updateValue(entry, forKey: entry.digest) == nil else { return }
        queue.append(entry.digest)
        byteCount += entry.bytes.count
        for feature in sketch?.features ?? [] { features[feature] = entry.digest }
        if entry.header.baseCount == 0 {
            plain.append(entry.digest)
            if plain.count > Self.plainCountMax { plain.removeFirst() }
        }
        trim()
    }

    /// The chunk that shares the most features.
    func similar(to sketch: ChunkSketch) -> Entry? {
        var votes: [Digest: Int] = [:]
        for feature in sketch.features {
            guard let digest = features[feature], entries[digest] != nil else { continue }
            votes[digest, default: 0] += 1
        }
        let best = votes.max { ($0.value, $1.key) < ($1.value, $0.key) }
        return best.flatMap { entries[$0.key] }
    }

    /// The last chunks that need no base themselves, in their order.
    var neighbours: [Entry] {
        plain.compactMap { entries[$0] }.suffix(Self.neighbourCountMax)
    }

    /// Removes the oldest.
    private mutating func trim() {
        while byteCount > Self.byteCountMax, passed < queue.count {
            let digest = queue[passed]
            passed += 1
            if let gone = entries.removeValue(forKey: digest) { byteCount -= gone.bytes.count }
        }
        // Amortised O(1): what has passed is dropped when it is the larger half, and features of
        // chunks that are gone with it.
        guard passed > 1_024, passed * 2 > queue.count else { return }
        queue.removeFirst(passed)
        passed = 0
        features = features.filter { entries[$0.value] != nil }
    }
}
