internal import PinFormat
internal import Synchronization

/// Decides which chunks and nodes are new: to the board as a session began, and to the session itself.
final class ChunkDeduplicator: Sendable {
    private struct State {
        /// What this session stores itself, or has stored.
        var own: Set<Digest> = []
        /// Packs of the closures of everything that was left out: the commit checks their presence.
        var usedPacks: Set<ObjectName> = []
    }

    private let index: ChunkIndex
    private let state = Mutex(State())

    init(_ index: ChunkIndex) { self.index = index }

    /// Whether the caller must store this frame: true for exactly one caller.
    ///
    /// - Throws: what reading the index throws.
    func claims(_ digest: Digest) throws(EngineError) -> Bool {
        if state.withLock({ $0.own.contains(digest) }) { return false }
        if let closure = try index.closure(digest) {
            state.withLock { state in
                for copy in closure { state.usedPacks.insert(copy.pack) }
            }
            return false
        }
        return state.withLock { $0.own.insert(digest).inserted }
    }

    /// Packs that the commit must find present.
    var usedPacks: Set<ObjectName> { state.withLock { $0.usedPacks } }
}
