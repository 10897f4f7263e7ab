internal import PinTransforms

/// What a write has learned about bases: which sources pay, and chunks that are still at hand.
///
/// Loads are encoded side by side, and what each decides must not depend on which is faster: the
/// same input gives the same bytes, whatever the number of threads. So a load gets the memory of
/// all loads up to the one ``lag`` before it, exactly, and adds what it learns itself; when its
/// turn comes that is learned for all.
struct BaseMemory: Sendable {
    /// How many loads before a load are not known to it, and itself: so many can be encoded at
    /// once. More would forget what has just been stored.
    static let lag = 8

    /// What a load has learned, in its order.
    enum Lesson: Sendable {
        case skipped(BaseSource)
        case tried(BaseSource, gained: Bool)
        case stored(RecentChunks.Entry, ChunkSketch?)
    }

    private var luck = BaseLuck()
    private var recent = RecentChunks()
    /// Since it was handed out.
    private(set) var lessons: [Lesson] = []

    /// Learns what another load has learned.
    mutating func learn(_ lessons: [Lesson]) {
        for lesson in lessons {
            switch lesson {
            case .skipped(let source): _ = luck.skip(source)
            case .tried(let source, let gained): luck.note(source, gained: gained)
            case .stored(let entry, let sketch): recent.add(entry, sketch)
            }
        }
    }

    /// Whether to try one more base from a source.
    mutating func isWorthTrying(_ source: BaseSource) -> Bool {
        guard luck.isOut(source) else { return true }
        lessons.append(.skipped(source))
        return luck.skip(source)
    }

    /// Notes whether a base gave a delta worth keeping.
    mutating func note(_ source: BaseSource, gained: Bool) {
        lessons.append(.tried(source, gained: gained))
        luck.note(source, gained: gained)
    }

    /// Keeps a chunk that was encoded.
    mutating func add(_ entry: RecentChunks.Entry, _ sketch: ChunkSketch?) {
        lessons.append(.stored(entry, sketch))
        recent.add(entry, sketch)
    }

    /// The chunk that shares the most features.
    func similar(to sketch: ChunkSketch) -> RecentChunks.Entry? { recent.similar(to: sketch) }

    /// The last chunks that need no base themselves, in their order.
    var neighbours: [RecentChunks.Entry] { recent.neighbours }
}
