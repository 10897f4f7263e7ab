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
        /// How often it was advanced.
        var generation = 0
        /// What this session stores itself and that index does not have yet.
        var own: Set<FrameKey> = []
        /// Packs of the closures of everything that was left out: the commit checks their presence.
        var usedPacks: Set<ObjectName> = []
        /// Packs that should have held what this session stores anew.
        var lostPacks: Set<ObjectName> = []
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
        let lost = try index.lostHolders(digest, kind)
        return state.withLock { state in
            state.lostPacks.formUnion(lost)
            return state.own.insert(key).inserted
        }
    }

    /// What is asked at one time, and whether it is still the newest is known later.
    struct Question: Sendable {
        fileprivate let index: ChunkIndex
        let generation: Int
    }

    /// The index as it is now.
    var question: Question {
        state.withLock { Question(index: $0.index, generation: $0.generation) }
    }

    /// Whether the board has a frame, by an index that may be older than the newest.
    func knows(
        _ digest: Digest, _ kind: FrameKind, _ question: Question
    ) throws(EngineError) -> Bool {
        guard let closure = try question.index.closure(digest, kind) else {
            let lost = try question.index.lostHolders(digest, kind)
            if !lost.isEmpty { state.withLock { $0.lostPacks.formUnion(lost) } }
            return false
        }
        state.withLock { state in
            for copy in closure { state.usedPacks.insert(copy.pack) }
        }
        return true
    }

    /// Whether the caller must store a frame that was not known; in the order in which frames are
    /// stored, so that the answer does not depend on which task is faster.
    ///
    /// - Parameter generation: The index that did not know it.
    func claims(
        _ digest: Digest, _ kind: FrameKind, unlessKnownSince generation: Int
    ) throws(EngineError) -> Bool {
        let key = FrameKey(digest: digest, kind: kind)
        let answer: Bool? = state.withLock { state in
            if state.own.contains(key) { return false }
            guard state.generation == generation else { return nil }
            return state.own.insert(key).inserted
        }
        if let answer { return answer }
        // What was staged meanwhile is in the index that came with it.
        return try claims(digest, kind)
    }

    /// Goes on with the index of a commit that has staged frames: they need not be remembered any
    /// more.
    func advance(to index: ChunkIndex, staged: [FramePlace]) {
        state.withLock { state in
            state.index = index
            state.generation += 1
            for place in staged {
                state.own.remove(FrameKey(digest: place.digest, kind: place.header.kind))
            }
        }
    }

    /// The index that is asked.
    var index: ChunkIndex { state.withLock { $0.index } }

    /// Notes packs that frames of this session need: §9.4, the bases of its own deltas.
    func use(_ packs: [ObjectName]) { state.withLock { $0.usedPacks.formUnion(packs) } }

    /// Packs that list frames which this session stores anew, because they are lost.
    var lostPacks: Set<ObjectName> { state.withLock { $0.lostPacks } }

    /// Packs that the commit must find present.
    var usedPacks: Set<ObjectName> { state.withLock { $0.usedPacks } }
}
