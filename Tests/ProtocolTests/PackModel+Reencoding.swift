import PinTesting

/// Collections that encode frames again: what a carried frame (one that no version names) is kept
/// for gets copies that need other bases, or none, and the carried frame may go.
extension PackModel {
    /// The chunks that listed versions name.
    func listedDigests(in state: State) -> [Int] {
        var digests: [Int] = []
        for (index, version) in state.versions.enumerated() where version.isListed {
            for digest in self.digests(of: index) where !digests.contains(digest) {
                digests.append(digest)
            }
        }
        return digests
    }

    /// Uploads a pack of other encodings of every frame that a carried frame is kept for.
    func addReencoding(
        _ index: Int, _ kept: FrameSet, _ state: State, _ steps: inout StepList<State>
    ) {
        let listed = listedDigests(in: state)
        var frames: [Int] = []
        for pack in kept.packs {
            frames += cast.frames.indices.filter { kept.content(of: pack) >> $0 & 1 == 1 }
        }
        let dependents = frames.filter { frame in
            guard let base = cast.frames[frame].base else { return false }
            return listed.contains(cast.frames[frame].digest) && !listed.contains(base)
        }
        if dependents.isEmpty { return }
        var contents: Set<UInt8> = [0]
        for frame in dependents {
            let choices = alternatives(to: frame, among: frames)
            contents = Set(contents.flatMap { start in choices.map { start | 1 << UInt8($0) } })
        }
        for content in contents.sorted() where content != 0 {
            var next = state
            let own = slot(ofCollector: index, round: state.collectors[index].roundsDone)
            next.packs[own] = Pack(content: content, base: state.sequence, isOnDisk: true)
            next.collectors[index].own = UInt8(own)
            steps.add("collector \(index) encodes again \(self.contents(content)) to P\(own)", next)
        }
    }

    /// Other encodings of the same chunk; deeper ones only where nothing that is kept needs it
    /// shallower.
    private func alternatives(to frame: Int, among kept: [Int]) -> [Int] {
        let digest = cast.frames[frame].digest
        let limit =
            kept.filter { cast.frames[$0].base == digest }
            .map { cast.frames[$0].depth }.min() ?? 100
        return cast.frames.indices.filter {
            $0 != frame && cast.frames[$0].digest == digest
                && (cast.frames[$0].depth < limit || broken.contains(.reencodingDeepens))
        }
    }

    /// Lets the frames of `own` stand for other copies of the same chunks, and drops what is then
    /// not needed; the packs that lost a frame.
    ///
    /// Where the state has changed so that not all can be decoded then, nothing is done.
    func substitute(_ kept: inout FrameSet, by own: Int, _ next: inout State) -> PackSet {
        var frames = kept
        var changed = PackSet()
        for standIn in cast.frames.indices where next.packs[own].content >> standIn & 1 == 1 {
            for pack in kept.packs {
                for old in cast.frames.indices
                where kept.content(of: pack) >> old & 1 == 1
                    && cast.frames[old].digest == cast.frames[standIn].digest
                {
                    frames.remove(old, of: pack)
                    frames.insert(standIn, of: own)
                    changed.insert(pack)
                }
            }
        }
        if changed.isEmpty { return changed }
        var state = next
        state.packs[own].status = .live
        state.packs[own].isIndexed = true
        if broken.contains(.reencodingIgnoresDepths) || broken.contains(.reencodingDeepens) {
            // Every base is there under its digest: nobody asks for its depth.
            kept = frames
        } else if broken.contains(.reencodingForgetsDependents) {
            kept = frames
            let listed = listedDigests(in: next)
            for pack in frames.packs {
                for old in cast.frames.indices where !listed.contains(cast.frames[old].digest) {
                    kept.remove(old, of: pack)
                }
            }
        } else {
            let ways = closures(ofAll: listedDigests(in: next), in: frames, state)
            guard let way = ways.first(where: { $0.content(of: own) != 0 }) else { return [] }
            kept = way
        }
        next = state
        return changed
    }
}
