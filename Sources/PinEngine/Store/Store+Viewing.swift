internal import PinFormat
internal import PinStorage

/// Reading from folders that are shared (FORMAT.md §9.3): the newest state that is whole, and never
/// an older one without a word.
extension Store {
    /// The folder's other files, if the board is in one.
    var folder: (any SharedFolder)? { backend as? any SharedFolder }

    /// The newest state, or an older one that has arrived in full where the board is in a shared
    /// folder and the newest has not; ``StoreConfiguration/onUnsettled`` and ``unsettled`` then say
    /// so.
    ///
    /// - Parameters:
    ///   - packs: The packs that `body` will read from.
    ///   - body: Called again with an older state where one does not have what it needs.
    /// - Throws: ``EngineError/Code/incomplete`` if no state has it; what `body` throws.
    func viewing<Value>(
        packs: (Snapshot) throws(EngineError) -> [ObjectName] = { _ in [] },
        _ body: (Snapshot) async throws(EngineError) -> Value
    ) async throws(EngineError) -> Value {
        guard folder != nil else { return try await body(try await snapshot()) }
        var failure = EngineError(.incomplete, "packs are missing")
        var known: UInt64 = knownSequence
        do throws(EngineError) {
            while true {
                let newest = try await snapshot()
                if try await lacking(packs(newest), newest).isEmpty || Check.arrived.isOff {
                    return try await body(newest)
                }
                // A collection may have taken them away, and then there is a later state.
                if try await !isOvertaken(newest) { break }
            }
            // Its tables are there: what is on its way are packs.
            known = 0
        } catch  where error.code == .incomplete || error.code == .corrupt {
            failure = error
        }
        return try await viewingOlder(known, failure, packs, body)
    }

    /// - Parameter known: Commits up to this one have been read before.
    private func viewingOlder<Value>(
        _ known: UInt64, _ failure: EngineError,
        _ packs: (Snapshot) throws(EngineError) -> [ObjectName],
        _ body: (Snapshot) async throws(EngineError) -> Value
    ) async throws(EngineError) -> Value {
        var search = try await ArrivalSearch(self, known: known)
        while let found = try await search.next() {
            guard
                let state = try? await Snapshot(
                    found.record, digest: found.digest, byteCount: found.byteCount, segments)
            else { break }
            do throws(EngineError) {
                let lacking = try await lacking(packs(state), state)
                guard lacking.isEmpty else {
                    try await search.note(packs: lacking)
                    continue
                }
                let value = try await body(state)
                // Where nothing is missing any more, the rest has just come.
                if !search.missing.isEmpty { note(search.state(opened: found.record.sequence)) }
                return value
            } catch  where error.code == .corrupt || error.code == .notFound {
                break
            }
        }
        guard !search.isDamaged, !search.missing.isEmpty else { throw failure }
        throw search.state(opened: nil).error
    }

    /// Those of some packs that have not arrived, with their rows.
    ///
    /// - Complexity: two system calls or three for each pack.
    private func lacking(
        _ packs: [ObjectName], _ snapshot: Snapshot
    ) async throws(EngineError) -> [(name: ObjectName, row: PackRow)] {
        var found: [(name: ObjectName, row: PackRow)] = []
        for name in packs {
            guard let row = try snapshot.index.packs.row(name), !row.isLost else { continue }
            let lack = try await lack(
                of: BoardKeys.pack(name), byteCount: row.byteCount,
                blankAt: row.byteCount - PackTrailer.byteCount)
            // One that is damaged is left to whoever reads it: other copies may serve.
            if let lack, lack != .damaged { found.append((name, row)) }
        }
        return found
    }

    /// What a failure means in a shared folder: objects may still be on their way.
    ///
    /// - Returns: ``EngineError/Code/incomplete`` with what is missing, or the error itself.
    func explained(_ error: EngineError) async -> EngineError {
        guard folder != nil, error.code == .corrupt || error.code == .notFound,
            let state = try? await missingState(), !state.missing.isEmpty
        else { return error }
        return state.error
    }

    /// Everything that the newest state lacks; `nil` where nothing is missing or the board is
    /// damaged.
    func missingState() async throws(EngineError) -> UnsettledState? {
        guard folder != nil, !Check.arrived.isOff else { return nil }
        var search = try await ArrivalSearch(self, known: knownSequence)
        let found = try await search.next()
        if let found, !search.isDamaged,
            let state = try? await Snapshot(
                found.record, digest: found.digest, byteCount: found.byteCount, segments)
        {
            _ = try await search.hasArrived(found.record.indexSegments, BoardKeys.index)
            try await search.note(packs: state.index.packs.all().filter { !$0.row.isLost })
        }
        guard !search.isDamaged, !search.missing.isEmpty else { return nil }
        return search.state(opened: found?.record.sequence)
    }

    /// Looks at the names in the log's folder: where it ends, and what stands there in conflict.
    ///
    /// - Returns: The greatest number that is there, 0 if there is none.
    /// - Complexity: one listing of names.
    func survey() async throws(EngineError) -> UInt64 {
        guard let folder, !Check.gapless.isOff else { return 0 }
        let names: [String]
        do throws(BackendError) {
            names = try await folder.names(in: "commits")
        } catch {
            throw EngineError(error)
        }
        var top: UInt64 = 0
        var conflicts: [String] = []
        for name in names {
            if name.utf8.count == 20, let number = UInt64(name) {
                top = max(top, number)
            } else if !name.hasPrefix(".") {
                conflicts.append(name)
            }
        }
        if !conflicts.isEmpty {
            note(
                UnsettledState(
                    place: backend.description, newest: top, opened: top, missing: [],
                    conflicts: conflicts.sorted()))
        }
        return top
    }

    /// Throws if a folder has parts of a board whose configuration has not arrived: a second one
    /// would make the first unreadable. The configuration is written before anything else.
    static func requireNoneArriving(in backend: any BoardBackend) async throws(EngineError) {
        guard let folder = backend as? any SharedFolder, !Check.arriving.isOff else { return }
        var found: [String] = []
        do throws(BackendError) {
            let names = try await folder.names(in: "")
            if names.contains(BoardKeys.config.text) { return }
            found += names.filter { $0 == BoardKeys.latest.text }
            for prefix in [BoardKeys.commitPrefix] + BoardKeys.collectedPrefixes {
                found += try await folder.names(in: String(prefix.dropLast())).map { prefix + $0 }
            }
        } catch {
            throw EngineError(error)
        }
        guard let first = found.min() else { return }
        throw EngineError(
            .incomplete,
            "\(backend.description) holds '\(first)' of a board whose 'config' has not arrived; "
                + "wait until the folder is synchronised, or give another one",
            object: BoardKeys.config.description)
    }

    /// Throws if commits stand in conflict: what only they name would count as unneeded.
    func requireMerged() async throws(EngineError) {
        guard let folder, !Check.unmerged.isOff else { return }
        do throws(BackendError) {
            let names = try await folder.names(in: "commits").filter {
                !$0.hasPrefix(".") && !($0.utf8.count == 20 && UInt64($0) != nil)
            }
            guard let name = names.min() else { return }
            throw BackendError(
                .readOnly,
                "'commits/\(name)' may be the commit of another writer, whose data a collection "
                    + "would take for unneeded; run 'pins verify --repair' first")
        } catch {
            throw EngineError(error)
        }
    }
}
