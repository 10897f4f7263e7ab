internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// What can still be told of a state whose tables or newest commit are damaged.
extension Verifier {
    /// The rows that can be trusted although segments are damaged.
    func salvage(
        _ newest: CommitLog.Found, _ store: Store
    ) async throws(EngineError) -> Snapshot {
        var rows: [[UInt8]: [UInt8]?] = [:]
        var lost: [SalvagedTable] = []
        func add(_ layer: [TableRow]) {
            for row in layer where rows[row.key] == nil {
                // What a newer layer may have changed, in a part that is lost, is not known.
                if lost.contains(where: { $0.hasLost(row.key) }) {
                    if row.value != nil { known.formUnion(SalvagedNames.names(inKey: row.key)) }
                } else {
                    rows[row.key] = .some(row.value)
                }
            }
        }
        if let inline = newest.record.inlineTable {
            add((try? TableSegment.decode(inline, .standard)) ?? [])
        }
        for reference in newest.record.tableSegments {
            let key = BoardKeys.table(reference.name)
            let size = (try? await backend.stat(key))?.byteCount ?? 0
            let bytes = (try? await backend.get(key, limit: max(size, 1))) ?? []
            let table = SalvagedTable(bytes)
            add(table.rows)
            if bytes.count < reference.byteCount || table.hasBlanks {
                note(
                    key.description,
                    "listed are also versions that older commits had, "
                        + "and not those that nothing else speaks of"
                )
                known.formUnion(try await olderVersions(newest.record, rows))
            }
            for name in table.doubtful {
                // A newer layer that has the row, or its deletion, knows better.
                if rows[RowKey.version(name.version, of: name.pin)] == nil { known.insert(name) }
            }
            lost.append(table)
        }
        let trusted = rows.compactMap { key, value in value.map { TableRow(key: key, value: $0) } }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
        return try await Snapshot(
            salvaged: trusted, of: newest.record, digest: newest.digest, store.segments)
    }

    /// Versions that earlier commits and segments speak of, and `rows` does not: some may have been
    /// deleted since.
    private func olderVersions(
        _ newest: CommitRecord, _ rows: [[UInt8]: [UInt8]?]
    ) async throws(EngineError) -> Set<Version> {
        var found: Set<Version> = []
        let log = CommitLog(backend: backend)
        var number = newest.sequence - 1
        while number > newest.logBoundary {
            try checkCancellation()
            if let inline = (try? await log.read(number))??.record.inlineTable {
                found.formUnion(SalvagedNames(inline, 0..<inline.count).versions)
            }
            number -= 1
        }
        let named = Set(newest.tableSegments.map { BoardKeys.table($0.name) })
        for object in try await list(BoardKeys.tablePrefix) where !named.contains(object.key) {
            let bytes = (try? await backend.get(object.key, limit: object.byteCount)) ?? []
            found.formUnion(SalvagedNames(bytes, 0..<bytes.count).versions)
        }
        return found.filter { rows[RowKey.version($0.version, of: $0.pin)] == nil }
    }

    /// Versions that a reader cannot open now: their rows, their pins' or their packs' are lost.
    func versionsWithoutRows(
        _ newest: CommitLog.Found, _ store: Store
    ) async -> Set<Version> {
        guard
            let real = try? await Snapshot(
                newest.record, digest: newest.digest, byteCount: newest.byteCount, store.segments)
        else { return known }
        return known.filter { name in
            guard let version = try? real.resolve(.named(name.version), of: name.pin) else {
                return true
            }
            return version.row.packs.contains { pack in
                ((try? real.index.packs.row(pack)) ?? nil) == nil
            }
        }
    }

    /// The versions of a board whose newest commit is damaged.
    func salvageNames(_ log: LogState, _ store: Store) async throws(EngineError) {
        let bytes = log.damagedBytes ?? []
        known.formUnion(SalvagedNames(bytes, 0..<bytes.count).versions)
        let key = BoardKeys.commit(log.newestNumber).description
        var resealed = Array(bytes.dropLast(Prologue.sealByteCount))
        resealed += Checksums.standard.sha256(resealed, 0..<resealed.count).bytes
        if let record = try? CommitRecord(resealed, .standard),
            let snapshot = try? await Snapshot(
                record, digest: Digest(0, 0, 0, 0), byteCount: bytes.count, store.segments),
            let versions = try? snapshot.versions()
        {
            known.formUnion(versions.map(\.name))
            return
        }
        guard let previous = log.previous else { return }
        note(
            key,
            "what it says cannot be told in full: "
                + "listed are also the versions of commit \(previous.record.sequence)"
        )
        let snapshot = try? await Snapshot(
            previous.record, digest: previous.digest, byteCount: previous.byteCount, store.segments)
        known.formUnion(((try? snapshot?.versions()) ?? []).map(\.name))
    }
}

extension SalvagedNames {
    /// The version that the key of a row names.
    static func names(inKey key: [UInt8]) -> [VerifyProblem.Version] {
        guard key.first == RowKey.versionPrefix, let zero = key.lastIndex(of: 0), zero > 1,
            let pin = String(validating: key[1..<zero], as: UTF8.self),
            let version = String(validating: key[(zero + 1)...], as: UTF8.self),
            Names.isVersion(version)
        else { return [] }
        return [VerifyProblem.Version(pin: pin, version: version)]
    }
}
