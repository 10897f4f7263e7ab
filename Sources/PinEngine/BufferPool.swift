internal import Synchronization

/// Buffers that are used again: fresh memory costs a page fault and a cleared page for every 4 KiB,
/// which is about a third of what decoding into it costs.
///
/// A buffer's content is whatever was in it last, or nothing at all.
final class BufferPool: Sendable {
    private struct State {
        var idle: [[UInt8]] = []
        var byteCount = 0
    }

    /// Sizes are rounded up to this, in bytes, so that a buffer fits the next taker too.
    private static let granularity = 256 << 10

    /// The most bytes that wait for a taker.
    let byteCountMax: Int
    private let state = Mutex(State())

    init(byteCountMax: Int) { self.byteCountMax = byteCountMax }

    /// The bytes that wait for a taker.
    var idleByteCount: Int { state.withLock { $0.byteCount } }

    /// A buffer of at least so many bytes; nobody else has it.
    ///
    /// - Complexity: O(*n*) in the buffers that wait, a dozen.
    func take(_ byteCount: Int) -> [UInt8] {
        let found = state.withLock { state -> [UInt8]? in
            var best: Int?
            for (index, buffer) in state.idle.enumerated() where buffer.count >= byteCount {
                if best.map({ buffer.count < state.idle[$0].count }) ?? true { best = index }
            }
            return best.map { Self.remove($0, &state) }
        }
        if let found { return found }
        let rounded = (byteCount + Self.granularity - 1) / Self.granularity * Self.granularity
        return Self.uncleared(max(rounded, Self.granularity))
    }

    /// Gives a buffer back; where too much waits already, the smallest ones are let go.
    func give(_ buffer: consuming [UInt8]) {
        let buffer = buffer
        let dropped = state.withLock { state -> [[UInt8]] in
            state.byteCount += buffer.count
            state.idle.append(buffer)
            return Self.trim(to: byteCountMax, &state)
        }
        // Freed here, not under the lock.
        _ = consume dropped
    }

    /// Lets go of buffers until no more than so many bytes wait.
    func trim(to byteCount: Int) {
        let dropped = state.withLock { Self.trim(to: byteCount, &$0) }
        _ = consume dropped
    }

    /// An array of so many bytes with any content, for a caller that overwrites all of them.
    static func uncleared(_ byteCount: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { _, count in count = byteCount }
    }

    private static func trim(to byteCount: Int, _ state: inout State) -> [[UInt8]] {
        var dropped: [[UInt8]] = []
        while state.byteCount > byteCount,
            let smallest = state.idle.indices.min(by: {
                state.idle[$0].count < state.idle[$1].count
            })
        {
            dropped.append(remove(smallest, &state))
        }
        return dropped
    }

    private static func remove(_ index: Int, _ state: inout State) -> [UInt8] {
        state.idle.swapAt(index, state.idle.count - 1)
        let buffer = state.idle.removeLast()
        state.byteCount -= buffer.count
        return buffer
    }
}
