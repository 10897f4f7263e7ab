import PinTesting

extension PackModel {
    func addWriterSteps(_ index: Int, _ state: State, _ steps: inout StepList<State>) {
        switch state.writers[index].stage {
        case .start:
            for upload in cast.writers[index].uploads {
                addStart(index, uploading: Self.mask(upload), state, &steps)
            }
        case .ready:
            addStaging(index, state, &steps)
            addCommit(index, state, &steps)
        case .done:
            break
        }
    }

    /// The session begins: its base is the newest commit, whose pack set and index decide what to
    /// upload.
    private func addStart(
        _ index: Int, uploading content: UInt8, _ state: State, _ steps: inout StepList<State>
    ) {
        let frames = lookupFrames(in: state)
        let uploaded = cast.frames.indices.filter { content >> $0 & 1 == 1 }
        let ownDigests = uploaded.map { cast.frames[$0].digest }
        let missing = cast.writers[index].digests.filter { !ownDigests.contains($0) }
        var baseWays = [FrameSet()]
        for frame in uploaded.map({ cast.frames[$0] }) {
            guard let base = frame.base, !ownDigests.contains(base) else { continue }
            let ways = closures(of: base, below: frame.depth, in: frames, state)
            baseWays = baseWays.flatMap { start in ways.map { start.union($0) } }
        }
        for way in closures(ofAll: missing, in: frames, state) {
            for bases in baseWays {
                var next = state
                next.writers[index].stage = .ready
                next.writers[index].closure = way.union(bases).packs
                next.writers[index].ownBases = bases.packs
                next.writers[index].direct = bases.packs
                for pack in way.packs where holds(way.content(of: pack), anyOf: missing) {
                    next.writers[index].direct.insert(pack)
                }
                if content != 0 { upload(content, for: index, in: &next) }
                steps.add(
                    "writer \(index) deduplicates on "
                        + "\(describe(way.packs)), uploads \(contents(content))"
                        + (bases.packs.isEmpty ? "" : " with bases in \(describe(bases.packs))"),
                    next)
            }
        }
    }

    private func holds(_ content: UInt8, anyOf digests: [Int]) -> Bool {
        cast.frames.indices.contains {
            content >> $0 & 1 == 1 && digests.contains(cast.frames[$0].digest)
        }
    }

    private func upload(_ content: UInt8, for index: Int, in state: inout State) {
        let own = slot(ofWriter: index, attempt: state.writers[index].attempt)
        state.packs[own] = Pack(content: content, base: state.sequence, isOnDisk: true)
        state.writers[index].own = UInt8(own)
    }

    private func addStaging(_ index: Int, _ state: State, _ steps: inout StepList<State>) {
        let writer = state.writers[index]
        guard cast.writers[index].mayStage, !writer.isStaged, let own = writer.own.map(Int.init),
            state.floor <= state.packs[own].base
        else { return }
        var next = state
        next.sequence += 1
        next.packs[own].status = .staged
        next.packs[own].isIndexed = true
        next.writers[index].isStaged = true
        steps.add("writer \(index) stages P\(own)", next)
    }

    private func addCommit(_ index: Int, _ state: State, _ steps: inout StepList<State>) {
        var next = state
        let writer = state.writers[index]
        guard passesPresence(writer, state), passesFloor(writer, state) else {
            let attempt = writer.attempt + 1
            let isLast = Int(attempt) == cast.writers[index].attemptCount
            next.writers[index] = isLast ? Writer(stage: .done) : Writer(attempt: attempt)
            return steps.add("writer \(index) fails its checks", next)
        }
        next.sequence += 1
        var listed = writer.closure
        for pack in checkedPacks(writer) where next.packs[pack].status != .absent {
            if !broken.contains(.noResurrection) { next.packs[pack].status = .live }
        }
        if let own = writer.own.map(Int.init) {
            listed.insert(own)
            next.packs[own].status = .live
            next.packs[own].isIndexed = true
        }
        let version = cast.firstVersions.count + index
        next.versions[version] = Version(isListed: true, packs: listed)
        next.writers[index] = Writer(stage: .done)
        steps.add(
            "writer \(index) publishes version \(version) on \(describe(listed))", next)
    }

    /// The packs of others that the presence check covers, and that the commit resurrects.
    private func checkedPacks(_ writer: Writer) -> PackSet {
        if broken.contains(.presenceOfDirectPacksOnly) { return writer.direct }
        guard broken.contains(.presenceWithoutOwnBases) else { return writer.closure }
        var packs = writer.closure
        for pack in writer.ownBases { packs.remove(pack) }
        return packs
    }

    private func passesPresence(_ writer: Writer, _ state: State) -> Bool {
        checkedPacks(writer).allSatisfy {
            state.packs[$0].status != .absent
                || broken.contains(.staleEntriesTrusted) && state.packs[$0].isIndexed
        }
    }

    private func passesFloor(_ writer: Writer, _ state: State) -> Bool {
        guard let own = writer.own.map(Int.init) else { return true }
        if writer.isStaged && !broken.contains(.stagedUnderFloorRule) {
            return state.packs[own].status != .absent
        }
        return broken.contains(.writerIgnoresFloor) || state.floor <= state.packs[own].base
    }
}
