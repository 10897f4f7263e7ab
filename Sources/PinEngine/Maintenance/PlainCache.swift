internal import PinFormat
internal import Synchronization

/// Plain bytes of chunks, read through the index and verified; the latest ones are remembered.
final class PlainCache: Sendable {
    /// How much is remembered, in bytes.
    private static let byteCountMax = 32 << 20

    private struct State {
        var plain: [Digest: [UInt8]] = [:]
        /// The oldest first.
        var order: [Digest] = []
        var byteCount = 0
    }

    private let frames: FrameReader
    private let state = Mutex(State())

    init(_ store: Store, _ snapshot: Snapshot) {
        frames = FrameReader(store, snapshot, pin: "", version: "", packs: [])
    }

    /// The bytes of a chunk.
    ///
    /// - Throws: ``EngineError/Code/corrupt``; ``EngineError/Code/notFound`` if a collection has
    ///   overtaken the state.
    func bytes(_ digest: Digest) async throws(EngineError) -> [UInt8] {
        if let known = state.withLock({ $0.plain[digest] }) { return known }
        let plain = try await frames.frames([digest], .chunk)[0]
        state.withLock { state in
            guard state.plain.updateValue(plain, forKey: digest) == nil else { return }
            state.order.append(digest)
            state.byteCount += plain.count
            var dropped = 0
            while state.byteCount > Self.byteCountMax, dropped < state.order.count - 1 {
                state.byteCount -= state.plain.removeValue(forKey: state.order[dropped])?.count ?? 0
                dropped += 1
            }
            state.order.removeFirst(dropped)
        }
        return plain
    }
}
