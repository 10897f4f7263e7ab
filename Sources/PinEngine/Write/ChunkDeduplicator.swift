internal import PinFormat
internal import Synchronization

/// What a frame holds: a digest names a chunk or a node, and in rare cases one of each.
struct FrameKey: Hashable {
    let digest: Digest
    let kind: FrameKind
}

/// Decides which chunks and nodes are new: to the board as a session began, and to the session itself.
final class ChunkDeduplicator: Sendable {
    private struct State {
        /// What this session stores itself, or has stored.
        var own: Set<FrameKey> = []
        /// Packs of the closures of everything that was left out: the commit checks their presence.
        var usedPacks: Set<ObjectName> = []
    }

    private let index: ChunkIndex
    private let state = Mutex(State())

    init(_ index: ChunkIndex) { self.index = index }

    /// Whether the caller must store this frame: true for exactly one caller.
    ///
    /// - Throws: what reading the index throws.
    func claims(_ digest: Digest, _ kind: FrameKind) throws(EngineError) -> Bool {
        let key = FrameKey(digest: digest, kind: kind)
        if state.withLock({ $0.own.contains(key) }) { return false }
        if let closure = try index.closure(digest, kind) {
            state.withLock { state in
                for copy in closure { state.usedPacks.insert(copy.pack) }
            }
            return false
        }
        return state.withLock { $0.own.insert(key).inserted }
    }

    /// Packs that the commit must find present.
    var usedPacks: Set<ObjectName> { state.withLock { $0.usedPacks } }
}
