extension PackModel {
    /// The frames that a reader of the newest commit can find in `packs`: listed and indexed.
    func framesOf(_ packs: PackSet, in state: State) -> FrameSet {
        var frames = FrameSet()
        for pack in packs where state.packs[pack].isIndexed && state.packs[pack].status != .absent {
            frames.insert(content: state.packs[pack].content, of: pack)
        }
        return frames
    }

    /// The frames that a lookup in the newest commit may use.
    func lookupFrames(in state: State) -> FrameSet {
        var frames = FrameSet()
        for (index, pack) in state.packs.enumerated() where pack.isIndexed {
            guard pack.status != .absent || broken.contains(.staleEntriesTrusted) else { continue }
            frames.insert(content: pack.content, of: index)
        }
        return frames
    }

    /// Every way to decode `digest` from `frames`: one copy of it and of each base it needs.
    ///
    /// A base must be of smaller depth than its delta, so no way runs in a circle.
    func closures(
        of digest: Int, below depth: Int = 100, in frames: FrameSet, _ state: State,
        onlyFirst: Bool = false
    ) -> [FrameSet] {
        var ways: [FrameSet] = []
        for pack in state.packs.indices {
            let content = frames.content(of: pack)
            if content == 0 { continue }
            for (index, frame) in cast.frames.enumerated()
            where content >> index & 1 == 1 && frame.digest == digest && frame.depth < depth {
                var copy = FrameSet()
                copy.insert(index, of: pack)
                guard let base = frame.base else {
                    ways.append(copy)
                    continue
                }
                for way in closures(
                    of: base, below: frame.depth, in: frames, state, onlyFirst: onlyFirst)
                { ways.append(way.union(copy)) }
            }
            if onlyFirst && !ways.isEmpty { return [ways[0]] }
        }
        return ways
    }

    /// Every way to decode all of `digests`, without repetition.
    func closures(ofAll digests: [Int], in frames: FrameSet, _ state: State) -> [FrameSet] {
        var all: [FrameSet] = [FrameSet()]
        for digest in digests {
            let ways = closures(of: digest, in: frames, state)
            var longer: [FrameSet] = []
            for start in all {
                for way in ways where !longer.contains(start.union(way)) {
                    longer.append(start.union(way))
                }
            }
            all = longer
        }
        return all
    }
}
