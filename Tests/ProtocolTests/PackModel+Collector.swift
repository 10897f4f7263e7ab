import PinTesting

extension PackModel {
    func addCollectorSteps(_ index: Int, _ state: State, _ steps: inout StepList<State>) {
        let collector = state.collectors[index]
        guard Int(collector.roundsDone) < cast.collectorRounds[index] else { return }
        let selections = selections(in: state)
        for kept in selections {
            if collector.own == nil && cast.mayRepack {
                addRepacking(index, kept, state, &steps)
            }
            if collector.own == nil && cast.givesUpBases {
                addReencoding(index, kept, state, &steps)
            }
            for raises in [false, true] {
                addCollection(index, kept, raisesFloor: raises, state, &steps)
            }
        }
    }

    /// What a collector may choose to keep: a way to decode every chunk of every listed version.
    private func selections(in state: State) -> [FrameSet] {
        let digests = listedDigests(in: state)
        let frames = lookupFrames(in: state)
        if broken.contains(.markWithoutClosure) || broken.contains(.depthIgnored) {
            return shallowSelections(of: digests, in: frames, state)
        }
        return closures(ofAll: digests, in: frames, state)
    }

    /// One copy of each digest, whatever it is encoded against.
    private func shallowSelections(
        of digests: [Int], in frames: FrameSet, _ state: State
    ) -> [FrameSet] {
        var all = [FrameSet()]
        for digest in digests {
            var copies: [FrameSet] = []
            for pack in state.packs.indices {
                for (index, frame) in cast.frames.enumerated()
                where frame.digest == digest && frames.content(of: pack) >> index & 1 == 1 {
                    var copy = FrameSet()
                    copy.insert(index, of: pack)
                    copies.append(copy)
                }
            }
            all = all.flatMap { start in copies.map { start.union($0) } }
        }
        return all
    }

    /// Copies what is kept out of every sparse pack into a new one, named with the newest commit as
    /// base.
    private func addRepacking(
        _ index: Int, _ kept: FrameSet, _ state: State, _ steps: inout StepList<State>
    ) {
        var content: UInt8 = 0
        for (pack, value) in state.packs.enumerated()
        where value.status == .live && kept.content(of: pack) != value.content {
            content |= kept.content(of: pack)
        }
        if content == 0 { return }
        for copied in Set([content, reencoded(content)]).sorted() {
            var next = state
            let own = slot(ofCollector: index, round: state.collectors[index].roundsDone)
            next.packs[own] = Pack(content: copied, base: state.sequence, isOnDisk: true)
            next.collectors[index].own = UInt8(own)
            steps.add("collector \(index) copies \(contents(copied)) to P\(own)", next)
        }
    }

    /// The same chunks, with every delta that can be written as a plain frame written so.
    private func reencoded(_ content: UInt8) -> UInt8 {
        guard cast.mayReencode else { return content }
        var result = content
        for (index, frame) in cast.frames.enumerated()
        where content >> index & 1 == 1 && frame.depth > 0 {
            guard
                let plain = cast.frames.firstIndex(where: {
                    $0.digest == frame.digest && $0.depth == 0
                })
            else { continue }
            result = result & ~(1 << UInt8(index)) | 1 << UInt8(plain)
        }
        return result
    }

    /// One collection: condemns what is dead, removes what was condemned and still is, publishes a
    /// repacked pack.
    private func addCollection(
        _ index: Int, _ selection: FrameSet, raisesFloor: Bool, _ state: State,
        _ steps: inout StepList<State>
    ) {
        var next = state
        var kept = selection
        next.collectors[index].roundsDone += 1
        next.collectors[index].own = nil
        var replaced = PackSet()
        if let own = state.collectors[index].own.map(Int.init) {
            guard state.floor <= state.packs[own].base || broken.contains(.collectorIgnoresFloor)
            else {
                if raisesFloor { return }
                return steps.add("collector \(index) finds P\(own) expired", next)
            }
            replaced =
                cast.givesUpBases
                ? substitute(&kept, by: own, &next) : replace(&kept, by: own, &next)
            if replaced.isEmpty { return }
        }
        let removed = changeStatuses(kept, replaced, &next)
        if broken.contains(.floorLowered) { next.floor = 0 }
        if raisesFloor { next.floor = state.sequence + 1 }
        next.sequence += 1
        for pack in removed { next.pendingDeletes.insert(pack) }
        for (pack, value) in next.packs.enumerated()
        where value.status == .absent && value.isOnDisk && value.base < next.floor {
            next.pendingDeletes.insert(pack)
        }
        rewriteLists(kept, isRepack: !replaced.isEmpty, &next)
        steps.add(
            "collector \(index) \(raisesFloor ? "raises the floor, " : "")"
                + "keeps \(describe(kept.packs)), replaces \(describe(replaced)), removes "
                + describe(removed), next)
        addStagedCondemned(index, next, &steps)
    }

    /// Lets the frames of `own` stand in for those of the packs it covers; these packs.
    private func replace(_ kept: inout FrameSet, by own: Int, _ next: inout State) -> PackSet {
        let content = next.packs[own].content
        var replaced = PackSet()
        for (pack, value) in next.packs.enumerated()
        where pack != own && value.status == .live && kept.content(of: pack) != 0 {
            guard let standIns = standIns(for: kept.content(of: pack), in: content) else {
                continue
            }
            kept.insert(content: standIns, of: own)
            kept.removeAll(of: pack)
            replaced.insert(pack)
        }
        if !replaced.isEmpty {
            next.packs[own].status = .live
            next.packs[own].isIndexed = true
        }
        return replaced
    }

    /// The frames of `content` that hold the chunks of `wanted` at the same depth or less, if all
    /// are there.
    ///
    /// A stand-in of another encoding brings no base of its own along, so it must be plain.
    private func standIns(for wanted: UInt8, in content: UInt8) -> UInt8? {
        var result: UInt8 = 0
        for (index, frame) in cast.frames.enumerated() where wanted >> index & 1 == 1 {
            let same = content >> index & 1 == 1 ? index : nil
            let plain = cast.frames.indices.first {
                content >> $0 & 1 == 1 && cast.frames[$0].digest == frame.digest
                    && cast.frames[$0].depth == 0
            }
            guard let standIn = same ?? plain else { return nil }
            result |= 1 << UInt8(standIn)
        }
        return result
    }

    /// Condemns and removes packs; the removed ones.
    private func changeStatuses(
        _ kept: FrameSet, _ replaced: PackSet, _ next: inout State
    ) -> PackSet {
        var removed = PackSet()
        for pack in next.packs.indices {
            let isNeeded = kept.content(of: pack) != 0
            switch next.packs[pack].status {
            case .live where !isNeeded:
                next.packs[pack].status = .condemned
                if broken.contains(.condemningDropsEntries) { next.packs[pack].isIndexed = false }
            case .condemned where !isNeeded || broken.contains(.condemnedIsDead):
                // Entries of a removed pack may linger in a segment; lookups ignore them.
                next.packs[pack].status = .absent
                removed.insert(pack)
            case .condemned, .staged:
                if isNeeded { next.packs[pack].status = .live }
            default:
                break
            }
        }
        return removed
    }

    /// A version names the packs that reading it needs, from now on.
    private func rewriteLists(_ kept: FrameSet, isRepack: Bool, _ next: inout State) {
        if isRepack && broken.contains(.listsNotRewritten) { return }
        if broken.contains(.condemnedIsDead) { return }
        for index in next.versions.indices where next.versions[index].isListed {
            if isRepack && broken.contains(.listsIgnoreReencoding) {
                for pack in next.versions[index].packs where next.packs[pack].status != .live {
                    next.versions[index].packs.remove(pack)
                }
                continue
            }
            var packs = PackSet()
            for digest in digests(of: index) {
                let ways = closures(of: digest, in: kept, next, onlyFirst: true)
                // Only a broken rule makes a selection that cannot be decoded.
                packs.formUnion(ways.first?.packs ?? kept.packs)
            }
            next.versions[index].packs = packs
        }
    }

    /// The same collection, which also takes a silent session's staged packs for dead.
    private func addStagedCondemned(
        _ index: Int, _ collected: State, _ steps: inout StepList<State>
    ) {
        var next = collected
        for pack in next.packs.indices where next.packs[pack].status == .staged {
            next.packs[pack].status = .condemned
            next.wasStagedCondemned = true
        }
        if next == collected { return }
        steps.add(
            "collector \(index) does so and condemns what is staged", next)
    }
}
