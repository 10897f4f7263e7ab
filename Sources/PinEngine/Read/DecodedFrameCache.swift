internal import PinFormat
internal import Synchronization

/// Plain bytes of frames that were decoded and verified lately: bases of deltas, pages of
/// manifests, chunks of small ranges. One for each store.
///
/// Who adds bytes has compared their digest. They are shared, not copied; when the cache is full,
/// the oldest go that were not asked for since they came or were last passed over (second chance).
final class DecodedFrameCache: Sendable {
    private struct Entry {
        let key: FrameKey
        let bytes: [UInt8]
        /// Whether it was asked for since the hand last passed.
        var wasUsed = false
    }

    private struct State {
        var places: [FrameKey: Int] = [:]
        var entries: [Entry] = []
        /// The entry that is looked at next when something must go.
        var hand = 0
        var byteCount = 0
        /// Frames that were needed lately and not kept, each at the place of its digest.
        var passed: [FrameKey?] = []
    }

    /// How many frames are remembered without their bytes.
    private static let passedCount = 1_024

    /// What an entry costs besides its bytes, roughly.
    static let entryByteCount = 160

    /// The most bytes it holds, entries' own cost included.
    let byteCountMax: Int
    private let state = Mutex(State())

    /// - Parameter byteCountMax: At least 0; with 0 it keeps nothing.
    init(byteCountMax: Int = 32 << 20) { self.byteCountMax = byteCountMax }

    /// The bytes it holds, entries' own cost included.
    var byteCount: Int { state.withLock { $0.byteCount } }

    /// The plain bytes of a frame, if they are here.
    ///
    /// - Complexity: O(1).
    func bytes(_ digest: Digest, _ kind: FrameKind) -> [UInt8]? {
        let key = FrameKey(digest: digest, kind: kind)
        return state.withLock { state in
            guard let place = state.places[key] else { return nil }
            state.entries[place].wasUsed = true
            return state.entries[place].bytes
        }
    }

    /// Keeps the plain bytes of a frame, whose digest the caller has compared. What is larger than
    /// a quarter of the cache is not kept: it would push out all the rest.
    ///
    /// - Complexity: O(1), amortised.
    func insert(_ digest: Digest, _ kind: FrameKind, _ bytes: [UInt8]) {
        let cost = bytes.count + Self.entryByteCount
        guard cost <= byteCountMax / 4 else { return }
        let key = FrameKey(digest: digest, kind: kind)
        let dropped = state.withLock { state -> [[UInt8]] in
            if let place = state.places[key] {
                state.entries[place].wasUsed = true
                return []
            }
            var dropped: [[UInt8]] = []
            while state.byteCount + cost > byteCountMax { dropped.append(Self.evict(&state)) }
            state.places[key] = state.entries.count
            state.entries.append(Entry(key: key, bytes: bytes))
            state.byteCount += cost
            return dropped
        }
        // Freed here, not under the lock.
        _ = consume dropped
    }

    /// Whether bytes that are at hand without having been verified are worth a digest: only if the
    /// frame was needed before, lately. Most bases of random ranges never are again.
    ///
    /// - Complexity: O(1).
    func isWorthKeeping(_ digest: Digest, _ kind: FrameKind) -> Bool {
        let key = FrameKey(digest: digest, kind: kind)
        return state.withLock { state in
            if state.passed.isEmpty {
                state.passed = Array(repeating: nil, count: Self.passedCount)
            }
            let place = Int(digest.prefix % UInt64(Self.passedCount))
            if state.passed[place] == key { return true }
            state.passed[place] = key
            return false
        }
    }

    /// Removes the next entry that has had its second chance. There is one, as something is over
    /// the bound.
    private static func evict(_ state: inout State) -> [UInt8] {
        while true {
            if state.hand >= state.entries.count { state.hand = 0 }
            guard state.entries[state.hand].wasUsed else { break }
            state.entries[state.hand].wasUsed = false
            state.hand += 1
        }
        // The last entry takes its place, and its turn.
        let last = state.entries.count - 1
        state.entries.swapAt(state.hand, last)
        let gone = state.entries.removeLast()
        state.places[gone.key] = nil
        if state.hand < last { state.places[state.entries[state.hand].key] = state.hand }
        state.byteCount -= gone.bytes.count + entryByteCount
        return gone.bytes
    }
}
