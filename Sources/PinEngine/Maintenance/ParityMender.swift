internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Makes damaged packs whole again from their parity (FORMAT.md §7.10).
///
/// A pack that was made again is checked as any pack is, and stored under a fresh name; a commit
/// then names it instead of the damaged one, which is left to a collection.
struct ParityMender {
    /// How much is read at once where a read has failed, in bytes.
    private static let readByteCountMin = 64 << 10

    private let verifier: Verifier
    private let store: Store
    private let state: VerifiedState
    /// Whether the board has another commit.
    private(set) var hasCommitted = false
    /// Whether there is a pack that could be mended if the index were whole.
    private(set) var isPutOff = false

    init(_ verifier: Verifier, _ store: Store, _ state: VerifiedState) {
        (self.verifier, self.store, self.state) = (verifier, store, state)
    }

    /// Says of every damaged pack whether its parity can mend it.
    ///
    /// - Parameter mends: Whether it is mended, where that is safe.
    /// - Complexity: Memory for a pack twice and its parity: one after the other.
    mutating func run(mends: Bool) async throws(EngineError) {
        // A version whose row cannot be decoded may need any pack.
        let isSafe =
            state.tablesAreWhole
            && (state.versions.count == verifier.known.count || Check.mendedRows.isOff)
        var change = StateChange(.administer)
        var heirs: [ObjectName: ObjectName] = [:]
        for name in verifier.damagedPacks.keys.sorted() {
            guard let row = state.packs[name] else { continue }
            try verifier.checkCancellation()
            let object = BoardKeys.pack(name).description
            let outcome = try await whole(name, row)
            guard let pack = outcome.pack else {
                if let what = outcome.what { verifier.note(object, what, .pack) }
                continue
            }
            guard mends, isSafe, state.indexIsWhole else {
                isPutOff = isPutOff || (mends && isSafe)
                verifier.note(object, "its parity can mend it", .pack)
                continue
            }
            let fresh = pack.renamed(store.freshName(base: state.snapshot.sequence))
            try await store.upload(fresh)
            heirs[name] = fresh.name
            change.set(RowKey.pack(name), nil)
            var whole = row
            whole.isLost = false
            change.set(RowKey.pack(fresh.name), whole.encoded)
            change.places += fresh.places
        }
        if !heirs.isEmpty { try await commit(&change, heirs) }
    }

    private mutating func commit(
        _ change: inout StateChange, _ heirs: [ObjectName: ObjectName]
    ) async throws(EngineError) {
        for version in state.versions {
            var row = version.row
            row.packs = Set(row.packs.map { heirs[$0] ?? $0 }).sorted()
            guard row.packs != version.row.packs else { continue }
            change.set(RowKey.version(version.name.version, of: version.name.pin), row.encoded)
        }
        let planned = change
        let outcome = try await store.commit { (snapshot) throws(EngineError) in
            // What was verified is not the newest state any more: it is looked at again.
            snapshot.sequence == state.snapshot.sequence || Check.mendedState.isOff
                ? planned : nil
        }
        guard outcome.storedByteCount > 0 else { return }
        hasCommitted = true
        for (name, heir) in heirs {
            let (object, parity) = ("\(BoardKeys.pack(name))", "\(BoardKeys.parity(name))")
            verifier.note(object, "made whole from '\(parity)' as '\(BoardKeys.pack(heir))'", .pack)
            for object in [object, parity] {
                guard let causes = verifier.findings[object]?.causes else { continue }
                verifier.findings[object]?.mended = causes
            }
        }
    }

    // MARK: - One pack

    /// A damaged pack as it was, or a sentence why it cannot be had.
    private func whole(
        _ name: ObjectName, _ row: PackRow
    ) async throws(EngineError) -> (pack: FinishedPack?, what: String?) {
        let key = BoardKeys.parity(name)
        guard let most = ParityLayout.byteCountMax(packByteCount: row.byteCount),
            let object = try await bytes(key, most)
        else {
            // That is a problem of its own.
            return (nil, nil)
        }
        let repair: ParityRepair
        do throws(FormatError) {
            repair = try ParityRepair(object)
        } catch {
            return (nil, "its parity is damaged too, and cannot mend it")
        }
        let description = repair.description
        guard description.name == name, description.layout.packByteCount == row.byteCount else {
            return (nil, "its parity is that of another pack")
        }
        let found = try await bytes(BoardKeys.pack(name), row.byteCount) ?? []
        switch repair.repair(found) {
        case .beyond(let damage):
            return (
                nil,
                "its parity cannot mend it: \(damage.damagedBlockCount) of "
                    + "\(damage.blockCount) blocks and \(damage.damagedParityBlockCount) of "
                    + "\(description.layout.parityBlockCount) parity blocks are damaged"
            )
        case .wrong: return (nil, "its parity does not fit it")
        case .whole(let bytes, _):
            guard let pack = try await checked(bytes, name, row) else {
                return (nil, "its parity is not that of the pack that its row names")
            }
            return (pack, nil)
        }
    }

    /// An object, or as much as can be read of it; `nil` if it is missing. Of one that is longer
    /// than `limit`, what may be right.
    ///
    /// What cannot be read, as at a bad spot of the medium, is zero: the rest may be right.
    private func bytes(
        _ key: ObjectKey, _ limit: Int
    ) async throws(EngineError) -> [UInt8]? {
        let byteCount: Int
        do throws(BackendError) {
            guard let stat = try await store.backend.stat(key) else { return nil }
            byteCount = min(stat.byteCount, limit)
        } catch {
            throw EngineError(error)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        var step = Verifier.pieceByteCount
        while bytes.count < byteCount {
            try verifier.checkCancellation()
            let end = min(bytes.count + step, byteCount)
            do throws(BackendError) {
                bytes += try await store.backend.get(key, range: bytes.count..<end)
            } catch {
                _ = try Verifier.damage(error)
                if step > Self.readByteCountMin {
                    step = Self.readByteCountMin
                } else {
                    bytes += [UInt8](repeating: 0, count: end - bytes.count)
                }
            }
        }
        verifier.advance(bytes.count)
        return bytes
    }

    /// A pack that was made again, if it is in every byte what its row says.
    private func checked(
        _ bytes: [UInt8], _ name: ObjectName, _ row: PackRow
    ) async throws(EngineError) -> FinishedPack? {
        let memory = MemoryBackend()
        memory.replace(BoardKeys.pack(name), with: bytes)
        var examiner = PackExaminer(store: store, name: name, row: row, readsData: true)
        examiner.elsewhere = memory
        let found = try await examiner.examine { () throws(EngineError) in [] }
        guard found.isSound || Check.parityRow.isOff else { return nil }
        return FinishedPack(
            name: name, head: Array(bytes.prefix(PackHeader.byteCount)), pieces: [],
            tail: Array(bytes.dropFirst(PackHeader.byteCount)), row: row, places: found.places)
    }
}
