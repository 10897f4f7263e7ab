internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// The state of a board as far as a verification can trust it.
struct VerifiedState {
    let snapshot: Snapshot
    /// Whether every row is known: otherwise nothing follows from what is not there.
    let tablesAreWhole: Bool
    /// Whether every entry of the index is known.
    var indexIsWhole = true
    /// The rows of packs.
    var packs: [ObjectName: PackRow] = [:]
    /// The versions whose rows can be read, by pin and name.
    var versions: [SnapshotVersion] = []

    /// The key of the commit that has the state: what contradictions in it are blamed on.
    var key: String { BoardKeys.commit(snapshot.sequence).description }

    /// Versions whose rows name one of some packs.
    func versions(naming packs: Set<ObjectName>) -> [VerifyProblem.Version] {
        versions.filter { !packs.isDisjoint(with: $0.row.packs) }.map(\.name)
    }
}

extension SnapshotVersion {
    var name: VerifyProblem.Version {
        VerifyProblem.Version(pin: record.pinName, version: record.versionName)
    }
}

/// Segments of tables and of the index (FORMAT.md §7.4, §7.5).
extension Verifier {
    // MARK: - Tables

    /// Checks the tables of the newest commit.
    ///
    /// - Returns: The state they make; `nil` if the newest commit cannot be trusted.
    func checkTables(_ log: LogState, _ store: Store) async throws(EngineError) -> VerifiedState? {
        guard let newest = log.newest else {
            if log.newestNumber > 0 {
                try await salvageNames(log, store)
                return nil
            }
            return VerifiedState(snapshot: try await store.emptySnapshot(), tablesAreWhole: true)
        }
        var damaged: [String] = []
        for reference in newest.record.tableSegments {
            let key = BoardKeys.table(reference.name)
            guard let what = try await checkSegment(key, reference, .tableSegment, store) else {
                continue
            }
            note(key.description, what)
            damaged.append(key.description)
        }
        var state: VerifiedState
        do throws(EngineError) {
            let snapshot =
                damaged.isEmpty
                ? try await Snapshot(
                    newest.record, digest: newest.digest, byteCount: newest.byteCount,
                    store.segments)
                : try await salvage(newest, store)
            state = VerifiedState(snapshot: snapshot, tablesAreWhole: damaged.isEmpty)
            try readRows(&state)
        } catch  where error.code == .corrupt {
            noteFatal(BoardKeys.commit(newest.record.sequence).description, error.message)
            return nil
        }
        if !damaged.isEmpty {
            let hurt = await versionsWithoutRows(newest, store)
            for key in damaged { note(key, "the rows of a part of it are lost", versions: hurt) }
        }
        return state
    }

    /// Decodes the rows of packs and versions; what cannot be decoded is noted.
    private func readRows(_ state: inout VerifiedState) throws(EngineError) {
        for (name, row) in try state.snapshot.index.packs.all() { state.packs[name] = row }
        var versions: [SnapshotVersion] = []
        let key = state.key
        try state.snapshot.table.forEach(prefix: [RowKey.versionPrefix]) {
            (rowKey, value) throws(EngineError) in
            do throws(FormatError) {
                let row = try VersionRow(value)
                let version = SnapshotVersion(row: row, record: try VersionRecord(row.recordBytes))
                let name = version.name
                guard
                    rowKey == RowKey.version(name.version, of: name.pin)
                        || Check.verifyVersionKey.isOff
                else {
                    throw FormatError(
                        .invalidValue, section: "7.6", "a record of another version stands there")
                }
                versions.append(version)
                self.known.insert(name)
            } catch {
                let names = SalvagedNames.names(inKey: rowKey)
                self.known.formUnion(names)
                self.note(key, "the row of a version is damaged: \(error)", versions: names)
            }
            return true
        }
        state.versions = versions
    }

    // MARK: - Index

    /// Checks the index segments of the newest commit.
    func checkIndexes(_ state: inout VerifiedState?) async throws(EngineError) {
        guard let found = state else { return }
        let segments = SegmentCache(backend)
        let store = Store(backend, BoardConfig(boardID: [], producer: ""), configuration)
        for reference in found.snapshot.commit.indexSegments {
            let key = BoardKeys.index(reference.name)
            guard let what = try await checkSegment(key, reference, .indexSegment, store) else {
                continue
            }
            state?.indexIsWhole = false
            // Packs' own footers serve reading meanwhile; which versions that concerns, the pack
            // table says.
            if let layer = try? await segments.index(reference) {
                note(
                    key.description, what, .index,
                    versions: found.versions(naming: Set(layer.tables.packs)))
            } else {
                noteFatal(key.description, what, .index)
            }
        }
    }

    // MARK: - Sketches

    /// Checks the sketch segments of the newest commit: advice, so damage hurts no version.
    func checkSketches(_ log: LogState, _ store: Store) async throws(EngineError) {
        guard let newest = log.newest?.record else { return }
        for reference in newest.sketchSegments {
            let key = BoardKeys.sketches(reference.name)
            guard let what = try await checkSegment(key, reference, .sketchSegment, store) else {
                continue
            }
            note(key.description, what, .sketches)
            damagedSketches.insert(reference.name)
        }
    }

    // MARK: - All

    /// Checks a segment against its reference, and all it holds.
    ///
    /// - Returns: What is wrong with it, or `nil`.
    private func checkSegment(
        _ key: ObjectKey, _ reference: SegmentReference, _ kind: ObjectKind, _ store: Store
    ) async throws(EngineError) -> String? {
        objectCount += 1
        do throws(BackendError) {
            guard let size = try await backend.stat(key)?.byteCount else { return "it is missing" }
            guard size == reference.byteCount || Check.segmentSize.isOff else {
                return "it has \(size) bytes, not \(reference.byteCount)"
            }
        } catch {
            return try Self.damage(error)
        }
        switch try await digests(of: key, byteCount: reference.byteCount) {
        case .failure(let what): return what
        case .success(let digests):
            guard digests.whole == reference.digest || Check.verifySegmentDigest.isOff else {
                return "its bytes are not those that the commit names"
            }
        }
        do throws(EngineError) {
            let segments = store.segments
            let count =
                switch kind {
                case .tableSegment: try Self.checkRows(try await segments.table(reference))
                case .sketchSegment: try await segments.sketches(reference).checkedRowCount()
                default: try Self.checkEntries(try await segments.index(reference))
                }
            return count == reference.entryCount || Check.verifySegmentCount.isOff
                ? nil : "it has not as many entries as it must"
        } catch  where error.code == .corrupt {
            return error.message
        }
    }

    /// Decodes every row; how many there are.
    private static func checkRows(_ layer: SegmentTableLayer) throws(EngineError) -> Int {
        var count = 0
        var last: [UInt8] = []
        for block in 0..<layer.blockCount {
            let rows = try layer.rows(inBlock: block)
            guard let first = rows.indices.first, let end = rows.indices.last,
                last.lexicographicallyPrecedes(rows[first].key)
            else { throw EngineError(.corrupt, "its rows are not in order") }
            last = Array(rows[end].key)
            count += rows.indices.count
        }
        return count
    }

    /// Decodes every entry; how many there are.
    private static func checkEntries(_ layer: IndexLayer) throws(EngineError) -> Int {
        var (count, firstBase) = (0, 0)
        var last: FramePlace?
        try layer.forEachEntry { (_, entry) throws(EngineError) in
            let place = try layer.place(entry)
            let isInOrder = last.map { FramePlace.isOrderedBefore($0, place) } ?? true
            guard isInOrder, entry.header.baseCount == 0 || entry.firstBase == firstBase else {
                throw EngineError(.corrupt, "its entries are not in order")
            }
            firstBase += entry.header.baseCount
            last = place
            count += 1
        }
        return count
    }

    /// Segments that no good state names: orphans, unless the state is not known.
    func checkUnnamedSegments(_ log: LogState) async throws(EngineError) {
        // Names are given once: one under another prefix is another object, and an orphan.
        let newest = log.newest?.record
        let named = [
            BoardKeys.indexPrefix: newest?.indexSegments ?? [],
            BoardKeys.tablePrefix: newest?.tableSegments ?? [],
            BoardKeys.sketchPrefix: newest?.sketchSegments ?? [],
        ]
        for (prefix, references) in named.sorted(by: { $0.key < $1.key }) {
            let names = Set(references.map(\.name))
            for object in try await list(prefix) {
                guard let name = BoardKeys.name(of: object.key, prefix: prefix),
                    !names.contains(name)
                else { continue }
                try checkCancellation()
                objectCount += 1
                if log.newest != nil || log.newestNumber == 0 { orphanCount += 1 }
                // A segment was whole when it was named: that it is not tells of the medium.
                guard options.readsData, let what = try await damage(ofUnnamed: object)
                else { continue }
                note(object.key.description, what)
            }
        }
    }

    /// What is wrong with a segment that no good state names, or `nil`.
    private func damage(ofUnnamed object: ObjectStat) async throws(EngineError) -> String? {
        switch try await digests(of: object.key, byteCount: object.byteCount) {
        case .success(let digests) where digests.whole != nil && digests.isSealed: return nil
        case .success: return "its seal does not match its bytes"
        case .failure(let what):
            // One that is gone meanwhile was collected.
            return (try? await backend.stat(object.key)) ?? nil == nil ? nil : what
        }
    }

    /// The digest of an object, and whether its seal holds; or what is wrong with the object.
    private func digests(
        of key: ObjectKey, byteCount: Int
    ) async throws(EngineError) -> Outcome<(whole: Digest?, isSealed: Bool)> {
        guard byteCount >= Prologue.byteCount + Prologue.sealByteCount else {
            return .success((nil, false))
        }
        var whole = SHA256()
        var body = SHA256()
        let end = byteCount - Prologue.sealByteCount
        do throws(BackendError) {
            var seal: [UInt8] = []
            for start in stride(from: 0, to: byteCount, by: Self.pieceByteCount) {
                let range = start..<min(start + Self.pieceByteCount, byteCount)
                let piece = try await backend.get(key, range: range)
                let bodyCount = max(0, min(piece.count, end - start))
                unsafe whole.update(piece.span.bytes)
                unsafe body.update(piece.span.bytes.extracting(0..<bodyCount))
                seal += piece[bodyCount...]
                advance(piece.count)
            }
            return .success((whole.finish(), body.finish().bytes == seal))
        } catch {
            return .failure(try Self.damage(error))
        }
    }
}

/// A value, or what is wrong with an object.
enum Outcome<Value> {
    case success(Value)
    case failure(String)
}
