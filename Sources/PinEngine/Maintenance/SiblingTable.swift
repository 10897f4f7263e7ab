internal import PinFormat

/// Which dependents of carried frames have been encoded again: the latest ones of each.
struct SiblingTable {
    /// Three versions of a chunk, or two of one that lies across two carried frames.
    private static let countMax = 4
    /// Frames that were given up long ago are forgotten.
    private static let frameCountMax = 1 << 17

    private var siblings: [FrameNumber: [Digest]] = [:]

    mutating func add(_ digest: Digest, for carried: [ChunkIndex.Copy]) {
        if siblings.count > Self.frameCountMax { siblings = [:] }
        for frame in carried {
            var known = siblings[frame.number] ?? []
            known.append(digest)
            if known.count > Self.countMax { known.removeFirst() }
            siblings[frame.number] = known
        }
    }

    /// The dependents of the given frames: those of the most of them first, of equal ones the
    /// latest.
    func ranked(_ carried: [ChunkIndex.Copy]) -> [Digest] {
        var scores: [(digest: Digest, score: Int)] = []
        for frame in carried {
            for digest in (siblings[frame.number] ?? []).reversed() {
                if let place = scores.firstIndex(where: { $0.digest == digest }) {
                    scores[place].score += 1
                } else {
                    scores.append((digest, 1))
                }
            }
        }
        return scores.enumerated().sorted {
            ($1.element.score, $0.offset) < ($0.element.score, $1.offset)
        }.map(\.element.digest)
    }
}
