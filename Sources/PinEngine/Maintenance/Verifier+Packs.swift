internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Packs (FORMAT.md §7.2), and what the index says about them (§7.4).
extension Verifier {
    /// Examines the packs that the state names, and those that nothing names.
    func checkPacks(_ store: Store, _ state: VerifiedState?) async throws(EngineError) {
        let listed = try await list(BoardKeys.packPrefix)
        if options.readsData, backend.capabilities.list {
            totalByteCount = listed.reduce(0) { $0 + UInt64($1.byteCount) }
        }
        var counter = try state.flatMap { (state) throws(EngineError) in
            state.indexIsWhole && state.tablesAreWhole
                ? try EntryCounter(state.snapshot.index) : nil
        }
        for (name, row) in (state?.packs ?? [:]).sorted(by: { $0.key < $1.key }) {
            let found = try await examine(name, row, store, state)
            if found.hasFooter { try counter?.match(found.places) }
            if !found.isSound { noteDamage(found, of: name, state) }
            if found.isSound, row.isLost, options.readsData, !Check.verifyWholeAgain.isOff {
                wholeAgain.insert(name)
                note(
                    BoardKeys.pack(name).description,
                    "it is whole again, and its row says that frames of it are lost", .pack)
            }
            if !found.hasFooter { counter?.exempt(name) }
        }
        for object in listed {
            guard let name = BoardKeys.name(of: object.key, prefix: BoardKeys.packPrefix),
                state?.packs[name] == nil
            else { continue }
            let isOrphan = state?.tablesAreWhole == true
            if isOrphan { orphanCount += 1 }
            let found = try await examine(name, nil, store, isOrphan ? nil : state)
            // One that is gone meanwhile was collected.
            if found.isSound || found.isMissing { continue }
            if isOrphan {
                noteOrphan(object.key.description, found.what.joined(separator: "; "))
            } else {
                noteDamage(found, of: name, state)
            }
        }
        if let state, let counter { noteContradictions(counter, state) }
    }

    private func examine(
        _ name: ObjectName, _ row: PackRow?, _ store: Store, _ state: VerifiedState?
    ) async throws(EngineError) -> PackExamination {
        try checkCancellation()
        objectCount += 1
        let examiner = PackExaminer(
            store: store, name: name, row: row, readsData: options.readsData)
        func expected() throws(EngineError) -> [FramePlace] {
            try state?.snapshot.index.places(in: name) ?? []
        }
        var found = try await examiner.examine(expected: expected)
        if !found.isSound, options.repairs, !options.readsData, !found.isMissing {
            // What is to be mended must be known in full.
            let whole = PackExaminer(store: store, name: name, row: row, readsData: true)
            found = try await whole.examine(expected: expected)
        }
        if let state, !found.deltas.isEmpty { try await checkDeltas(&found, store, state) }
        advance(found.checkedByteCount)
        return found
    }

    private func noteDamage(
        _ found: PackExamination, of name: ObjectName, _ state: VerifiedState?
    ) {
        damagedPacks[name] = found
        let hurt = found.isDamagedOutsideFrames ? state?.versions(naming: [name]) ?? [] : []
        let key = BoardKeys.pack(name).description
        for what in found.what { note(key, what, .pack, versions: hurt) }
    }

    /// Decodes the delta frames of a pack with their bases, wherever those stand.
    private func checkDeltas(
        _ found: inout PackExamination, _ store: Store, _ state: VerifiedState
    ) async throws(EngineError) {
        let (index, deltas) = (state.snapshot.index, found.deltas)
        let bad = await withTaskGroup(of: Set<Int>.self) { group in
            var bad: Set<Int> = []
            for (number, start) in stride(from: 0, to: deltas.count, by: 32).enumerated() {
                if Task.isCancelled { break }
                if number > store.workers.count, let more = await group.next() {
                    bad.formUnion(more)
                }
                let part = deltas[start..<min(start + 32, deltas.count)]
                group.addTask {
                    var bad: Set<Int> = []
                    for delta in part where await !store.canDecode(delta, index) {
                        bad.insert(delta.offset)
                    }
                    return bad
                }
            }
            return await group.reduce(into: bad) { $0.formUnion($1) }
        }
        try checkCancellation()
        guard !bad.isEmpty, !Check.verifyDeltas.isOff else { return }
        found.bad.formUnion(bad)
        found.what.append("\(bad.count) of its delta frames are damaged")
    }

    private func noteContradictions(_ counter: EntryCounter, _ state: VerifiedState) {
        for name in counter.incomplete.sorted() where !Check.verifyIndexLacks.isOff {
            note(
                state.key, "the index lacks frames of the pack '\(BoardKeys.pack(name))'",
                .index, versions: state.versions(naming: [name]))
        }
        for name in counter.excessive(state.packs).sorted() where !Check.verifyIndexExcess.isOff {
            note(
                state.key,
                "the index names frames that the pack '\(BoardKeys.pack(name))' does not hold",
                .index, versions: state.versions(naming: [name]))
        }
    }
}

/// Compares the entries of the index with the footers of the packs.
struct EntryCounter {
    private let index: ChunkIndex
    /// For each layer and each pack of its table: entries that no footer has confirmed yet.
    private var open: [[Int]]
    /// Packs of which the index lacks a frame.
    private(set) var incomplete: Set<ObjectName> = []
    private var exempted: Set<ObjectName> = []

    /// - Complexity: O(*n*) in the entries of the index; memory O(packs).
    init(_ index: ChunkIndex) throws(EngineError) {
        self.index = index
        open = []
        for layer in index.layers {
            var counts = [Int](repeating: 0, count: layer.tables.packs.count)
            try layer.forEachEntry { (_, entry) throws(EngineError) in counts[entry.pack] += 1 }
            open.append(counts)
        }
    }

    /// Looks up the frames of a footer.
    mutating func match(_ places: [FramePlace]) throws(EngineError) {
        for place in places {
            var isFound = false
            for (number, layer) in index.layers.enumerated() {
                for (_, entry) in try layer.entries(place.digest)
                where layer.tables.packs[entry.pack] == place.pack && entry.offset == place.offset {
                    guard try layer.place(entry) == place else { continue }
                    open[number][entry.pack] -= 1
                    isFound = true
                }
            }
            if !isFound { incomplete.insert(place.pack) }
        }
    }

    /// Leaves out a pack whose footer cannot be read.
    mutating func exempt(_ pack: ObjectName) { exempted.insert(pack) }

    /// Packs with a row of which the index has entries that their footers do not have.
    func excessive(_ rows: [ObjectName: PackRow]) -> Set<ObjectName> {
        var found: Set<ObjectName> = []
        for (number, layer) in index.layers.enumerated() {
            for (ordinal, pack) in layer.tables.packs.enumerated()
            where open[number][ordinal] > 0 && rows[pack] != nil && !exempted.contains(pack) {
                found.insert(pack)
            }
        }
        return found
    }
}

extension Store {
    /// Whether a delta frame decodes to what its digest says; also `true` if a base is missing or
    /// damaged, which is a problem of that base.
    fileprivate func canDecode(_ delta: FramePlace, _ index: ChunkIndex) async -> Bool {
        let copies = (try? index.copies(delta.digest, delta.header.kind)) ?? []
        guard
            let copy = copies.first(where: {
                $0.pack == delta.pack && $0.entry.offset == delta.offset
            }), let closure = (try? index.closure(of: copy)) ?? nil
        else { return true }
        var plain: [Digest: [UInt8]] = [:]
        for copy in closure {
            guard let place = try? index.place(copy),
                let bytes = try? await backend.get(
                    BoardKeys.pack(place.pack),
                    range: place.offset..<place.offset + place.storedByteCount),
                let frame = try? decode(bytes, at: 0, place, plain)
            else { return copy.entry.digest != delta.digest }
            plain[place.digest] = frame
        }
        return true
    }
}

extension ChunkIndex {
    /// Everything the index says stands in a pack.
    ///
    /// - Complexity: O(*n*) in the entries of the index.
    func places(in pack: ObjectName) throws(EngineError) -> [FramePlace] {
        var found: Set<FramePlace> = []
        for layer in layers where layer.tables.packs.contains(pack) {
            do throws(EngineError) {
                try layer.forEachEntry { (_, entry) throws(EngineError) in
                    guard layer.tables.packs[entry.pack] == pack else { return }
                    found.insert(try layer.place(entry))
                }
            } catch  where error.code == .corrupt {
                // What the rest of a damaged segment says is better than nothing.
                continue
            }
        }
        return Array(found)
    }
}
