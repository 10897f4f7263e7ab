internal import PinFormat
internal import PinTransforms
internal import Synchronization

/// The place of a chunk in the order in which a write stores chunks.
struct ChunkOrder: Sendable, Comparable {
    let batch: Int
    let number: Int

    static func < (left: ChunkOrder, right: ChunkOrder) -> Bool {
        (left.batch, left.number) < (right.batch, right.number)
    }
}

/// New chunks of one write whose bytes are still in memory: bases for the chunks after them, so
/// that the parts of a first version that resemble each other are stored once.
///
/// A base always stands before what needs it: packs are filled in the same order, so that a pack
/// which is staged never waits for one that is not.
final class RecentChunks: Sendable {
    /// A chunk that others may be compressed against.
    struct Entry: Sendable {
        let order: ChunkOrder
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

    private struct State {
        var entries: [Digest: Entry] = [:]
        /// The oldest first.
        var queue: [Digest] = []
        /// How many of the queue are gone.
        var passed = 0
        var byteCount = 0
        var features: [UInt64: Digest] = [:]
        /// The latest without bases, the last one last.
        var plain: [Digest] = []
    }

    /// Plain bytes that are kept.
    static let byteCountMax = 12 << 20
    /// How many neighbours a chunk is compared with: what a frame can have as bases.
    private static let neighbourCountMax = 2
    private static let plainCountMax = 16

    private let state = Mutex(State())

    /// Adds a chunk that was encoded.
    func add(_ entry: Entry, _ sketch: ChunkSketch?) {
        let gone = state.withLock { state -> [Entry] in
            guard state.entries.updateValue(entry, forKey: entry.digest) == nil else { return [] }
            state.queue.append(entry.digest)
            state.byteCount += entry.bytes.count
            for feature in sketch?.features ?? [] { state.features[feature] = entry.digest }
            if entry.header.baseCount == 0 {
                state.plain.append(entry.digest)
                if state.plain.count > Self.plainCountMax { state.plain.removeFirst() }
            }
            return Self.trim(&state)
        }
        // Freed here, not under the lock.
        _ = consume gone
    }

    /// The chunk before `order` that shares the most features.
    func similar(to sketch: ChunkSketch, before order: ChunkOrder) -> Entry? {
        state.withLock { state in
            var votes: [Digest: Int] = [:]
            for feature in sketch.features {
                guard let digest = state.features[feature], let entry = state.entries[digest],
                    entry.order < order
                else { continue }
                votes[digest, default: 0] += 1
            }
            let best = votes.max { ($0.value, $1.key) < ($1.value, $0.key) }
            return best.flatMap { state.entries[$0.key] }
        }
    }

    /// The last chunks before `order` that need no base themselves, in their order.
    func neighbours(before order: ChunkOrder) -> [Entry] {
        state.withLock { state in
            state.plain.compactMap { state.entries[$0] }.filter { $0.order < order }
                .sorted { $0.order < $1.order }.suffix(Self.neighbourCountMax)
        }
    }

    /// Removes the oldest; they are returned.
    private static func trim(_ state: inout State) -> [Entry] {
        var removed: [Entry] = []
        while state.byteCount > byteCountMax, state.passed < state.queue.count {
            let digest = state.queue[state.passed]
            state.passed += 1
            if let gone = state.entries.removeValue(forKey: digest) {
                state.byteCount -= gone.bytes.count
                removed.append(gone)
            }
        }
        // Amortised O(1): what has passed is dropped when it is the larger half, and features of
        // chunks that are gone with it.
        guard state.passed > 1_024, state.passed * 2 > state.queue.count else { return removed }
        state.queue.removeFirst(state.passed)
        state.passed = 0
        state.features = state.features.filter { state.entries[$0.value] != nil }
        return removed
    }
}
