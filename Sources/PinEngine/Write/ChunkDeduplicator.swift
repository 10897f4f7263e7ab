internal import PinFormat
internal import Synchronization

/// What a frame holds: a digest names a chunk or a node, and in rare cases one of each.
struct FrameKey: Hashable {
    let digest: Digest
    let kind: FrameKind
}

/// Decides which chunks and nodes are new: to the board as a session began, and to the session
/// itself.
final class ChunkDeduplicator: Sendable {
    private struct State {
        /// The index that is asked; newer after each staging.
        var index: ChunkIndex
        /// What this session stores itself and that index does not have yet.
        var own: Set<FrameKey> = []
        /// Packs of the closures of everything that was left out: the commit checks their presence.
        var usedPacks: Set<ObjectName> = []
    }

    private let state: Mutex<State>

    init(_ index: ChunkIndex) { state = Mutex(State(index: index)) }

    /// Whether the caller must store this frame: true for exactly one caller, but for rare ones
    /// that meet an ``advance(to:staged:)``: a second copy does no harm.
    ///
    /// - Throws: what reading the index throws.
    func claims(_ digest: Digest, _ kind: FrameKind) throws(EngineError) -> Bool {
        let key = FrameKey(digest: digest, kind: kind)
        // Both at once: what leaves `own` is in the index that comes with it.
        let (isOwn, index) = state.withLock { ($0.own.contains(key), $0.index) }
        if isOwn { return false }
        if let closure = try index.closure(digest, kind) {
            state.withLock { state in
                for copy in closure { state.usedPacks.insert(copy.pack) }
            }
            return false
        }
        return state.withLock { $0.own.insert(key).inserted }
    }

    /// Goes on with the index of a commit that has staged frames: they need not be remembered any
    /// more.
    func advance(to index: ChunkIndex, staged: [FramePlace]) {
        state.withLock { state in
            state.index = index
            for place in staged {
                state.own.remove(FrameKey(digest: place.digest, kind: place.header.kind))
            }
        }
    }

    /// The index that is asked.
    var index: ChunkIndex { state.withLock { $0.index } }

    /// Notes packs that frames of this session need: §9.4, the bases of its own deltas.
    func use(_ packs: [ObjectName]) { state.withLock { $0.usedPacks.formUnion(packs) } }

    /// Packs that the commit must find present.
    var usedPacks: Set<ObjectName> { state.withLock { $0.usedPacks } }
}
