extension PackModel.Cast {
    typealias Frame = PackModel.Frame

    /// Model B: a delta `d` whose base `x` lies in another pack, beside a chunk `e` that stays in
    /// use.
    ///
    /// One writer wants `d` again, by deduplication or by a plain upload; another encodes `f`
    /// against `x`.
    static let deltas = PackModel.Cast(
        frames: [
            Frame(name: "x", digest: 0), Frame(name: "d→x", digest: 1, base: 0, depth: 1),
            Frame(name: "e", digest: 2), Frame(name: "d", digest: 1),
            Frame(name: "f→x", digest: 3, base: 0, depth: 1), Frame(name: "f", digest: 3),
        ],
        firstPacks: [[0], [1, 2]],
        firstVersions: [
            .init(digests: [1], packs: [0, 1], mayBeDeleted: true), .init(digests: [2], packs: [1]),
        ],
        writers: [
            .init(digests: [1], uploads: [[], [3]]), .init(digests: [3], uploads: [[4], [5]]),
        ],
        collectorRounds: [4])

    /// Model C: a pack of two chunks, one of which dies; two collectors repack, a writer wants the
    /// dead one back, and a reader holds on to what it opened.
    static let repacking = PackModel.Cast(
        frames: [Frame(name: "a", digest: 0), Frame(name: "b", digest: 1)],
        firstPacks: [[0, 1]],
        firstVersions: [
            .init(digests: [0], packs: [0]), .init(digests: [1], packs: [0], mayBeDeleted: true),
        ],
        writers: [.init(digests: [1], uploads: [[], [1]])],
        collectorRounds: [2, 1], mayRepack: true, readsVersion: 0)

    /// Model F: a long writer that stages its pack, and another that may deduplicate against it.
    static let staging = PackModel.Cast(
        frames: [Frame(name: "a", digest: 0)],
        firstPacks: [],
        firstVersions: [],
        writers: [
            .init(digests: [0], uploads: [[0]], mayStage: true),
            .init(digests: [0], uploads: [[], [0]], mayStage: true),
        ],
        collectorRounds: [3, 1])

    /// Model G: two writers store the same two chunks, one `x` against `y` and the other `y`
    /// against `x`.
    static let circles = PackModel.Cast(
        frames: [
            Frame(name: "x", digest: 0), Frame(name: "y", digest: 1),
            Frame(name: "x→y", digest: 0, base: 1, depth: 1),
            Frame(name: "y→x", digest: 1, base: 0, depth: 1),
        ],
        firstPacks: [],
        firstVersions: [],
        writers: [
            .init(digests: [0, 1], uploads: [[1, 2]], attemptCount: 1),
            .init(digests: [0, 1], uploads: [[0, 3]], attemptCount: 1),
        ],
        collectorRounds: [3], mayRepack: true)

    /// All at once: a delta and its base in packs that also hold other chunks, repacking that may
    /// write a delta as a plain frame, and a writer that stages a delta of its own against the old
    /// base.
    static let everything = PackModel.Cast(
        frames: [
            Frame(name: "x", digest: 0), Frame(name: "d→x", digest: 1, base: 0, depth: 1),
            Frame(name: "e", digest: 2), Frame(name: "d", digest: 1),
            Frame(name: "f→x", digest: 3, base: 0, depth: 1),
        ],
        firstPacks: [[0, 2], [1]],
        firstVersions: [
            .init(digests: [1], packs: [0, 1], mayBeDeleted: true), .init(digests: [2], packs: [0]),
        ],
        writers: [.init(digests: [1, 3], uploads: [[4], [0, 3, 4]], mayStage: true)],
        collectorRounds: [2], mayRepack: true, mayReencode: true)

    /// Chunk `x` stored twice, plain and as a delta, and a delta of depth 1 that only the plain
    /// copy can serve.
    static let depths = PackModel.Cast(
        frames: [
            Frame(name: "z", digest: 2), Frame(name: "x", digest: 0),
            Frame(name: "d→x", digest: 1, base: 0, depth: 1),
            Frame(name: "x→z", digest: 0, base: 2, depth: 1),
        ],
        firstPacks: [[1], [2], [0, 3]],
        firstVersions: [
            .init(digests: [1, 0], packs: [0, 1], mayBeDeleted: true),
            .init(digests: [0, 2], packs: [2]),
        ],
        writers: [.init(digests: [1], uploads: [[], [1, 2]])],
        collectorRounds: [3])

    /// Model I: two deltas of which only a carried chunk `x` is the base; collections encode them
    /// again, twice if there is reason. One writer wants `d` back as it was, another compresses `g`
    /// against whatever copy of `d` it finds.
    static func reencoding(collectorRounds: [Int]) -> PackModel.Cast {
        PackModel.Cast(
            frames: [
                Frame(name: "x", digest: 0), Frame(name: "d→x", digest: 1, base: 0, depth: 1),
                Frame(name: "e→x", digest: 2, base: 0, depth: 1), Frame(name: "d", digest: 1),
                Frame(name: "e→d", digest: 2, base: 1, depth: 1),
                Frame(name: "g→d", digest: 3, base: 1, depth: 2),
            ],
            firstPacks: [[0], [1, 2]],
            firstVersions: [
                .init(digests: [0], packs: [0], mayBeDeleted: true),
                .init(digests: [1], packs: [0, 1], mayBeDeleted: true),
                .init(digests: [2], packs: [0, 1]),
            ],
            writers: [
                .init(digests: [1], uploads: [[], [3]], attemptCount: 1),
                .init(digests: [3], uploads: [[5]], attemptCount: 1),
            ],
            collectorRounds: collectorRounds, givesUpBases: true)
    }

    /// Model I, depths: `g` is compressed against `d`, which is all that keeps `x`; another
    /// encoding of `d` is as deep as `g`.
    static func deepening(collectorRounds: [Int]) -> PackModel.Cast {
        PackModel.Cast(
            frames: [
                Frame(name: "x", digest: 0), Frame(name: "d→x", digest: 1, base: 0, depth: 1),
                Frame(name: "g→d", digest: 2, base: 1, depth: 2), Frame(name: "y", digest: 3),
                Frame(name: "w→y", digest: 4, base: 3, depth: 1),
                Frame(name: "d→w", digest: 1, base: 4, depth: 2),
            ],
            firstPacks: [[0], [1], [2], [3, 4]],
            firstVersions: [
                .init(digests: [0], packs: [0], mayBeDeleted: true),
                .init(digests: [1], packs: [0, 1]),
                .init(digests: [2], packs: [0, 1, 2], mayBeDeleted: true),
                .init(digests: [3, 4], packs: [3]),
            ],
            writers: [.init(digests: [2, 1], uploads: [[], [2]])],
            collectorRounds: collectorRounds, givesUpBases: true)
    }

    /// Model I, lists: the pack of a delta that is encoded again stays, because of another chunk.
    static let staying = PackModel.Cast(
        frames: [
            Frame(name: "x", digest: 0), Frame(name: "d→x", digest: 1, base: 0, depth: 1),
            Frame(name: "h", digest: 2), Frame(name: "d", digest: 1),
        ],
        firstPacks: [[0], [1, 2]],
        firstVersions: [
            .init(digests: [0], packs: [0], mayBeDeleted: true),
            .init(digests: [1], packs: [0, 1]), .init(digests: [2], packs: [1]),
        ],
        writers: [.init(digests: [1], uploads: [[], [3]])],
        collectorRounds: [3], givesUpBases: true)
}
