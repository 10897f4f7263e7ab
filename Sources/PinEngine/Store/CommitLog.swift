internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// The numbered log of commits (FORMAT.md §9.3, §9.4).
struct CommitLog: Sendable {
    /// Numbers above this are damage: no board gets there, and arithmetic below it cannot overflow.
    private static let sequenceMax: UInt64 = 1 << 62
    /// How often the search begins again.
    private static let turnMax = 16

    let backend: any BoardBackend

    /// A commit as it was found.
    struct Found: Sendable {
        let record: CommitRecord
        let digest: Digest
        let byteCount: Int
    }

    /// Finds the newest commit, or `nil` on a board without one.
    ///
    /// - Parameters:
    ///   - known: A commit that was confirmed before: probing begins there.
    ///   - top: A number that is there and that `latest` may not know of; 0 for none.
    /// - Complexity: four requests where the starting point is right; O(log *n*) more where it is
    ///   *n* behind.
    func newest(
        known: (sequence: UInt64, digest: Digest)?, top: UInt64 = 0
    ) async throws(EngineError) -> Found? {
        // Bounded: each turn means that the log was pruned under our hands.
        var unconfirmed: (digest: Digest, turns: Int)?
        // `latest` is written after its commit is durable (§9.3): what it names has been there.
        var claimed = known?.sequence ?? 0
        for attempt in 0..<Self.turnMax {
            var start = attempt == 0 ? known?.sequence ?? 0 : 0
            if start == 0 {
                start = max(top, try await startingPoint(relists: attempt > 0, &claimed))
            }
            if start == 0 {
                // Nothing points anywhere: the board is new, unless its first commit has just come.
                guard try await exists(1) else {
                    if try await isNew() { return nil }
                    continue
                }
                start = 1
            }
            let last = try await lastConsecutive(from: start)
            // §9.3: n is read only after n + 1 was found missing, and n − 1 after n.
            guard let found = try await read(last) else { continue }
            if let known, known.sequence == last, known.digest == found.digest { return found }
            if try await isConfirmed(found) || Check.confirmed.isOff {
                try await requireNoneLost(found, claimed)
                return found
            }
            let isSame = unconfirmed?.digest == found.digest
            unconfirmed = (found.digest, isSame ? (unconfirmed?.turns ?? 0) + 1 : 1)
        }
        if let unconfirmed, unconfirmed.turns > Self.turnMax / 2 {
            // Pruning moves on; this does not.
            throw EngineError(
                .corrupt,
                "the newest commit of \(backend.description) does not follow the one before it; "
                    + "run 'pins verify'"
            )
        }
        throw EngineError(
            .tryAgain, "the log of \(backend.description) changes faster than it can be read")
    }

    /// Throws if commits above the newest one are known to have been there: they are lost, and
    /// acknowledged versions with them.
    private func requireNoneLost(_ found: Found, _ claimed: UInt64) async throws(EngineError) {
        // Others may have committed since the newest one was found.
        guard claimed > found.record.sequence, !Check.noneLost.isOff,
            try await !exists(found.record.sequence + 1)
        else { return }
        throw EngineError(
            .corrupt,
            "commit \(claimed) of \(backend.description) is gone, \(found.record.sequence) is the "
                + "newest there is; run 'pins verify'",
            object: BoardKeys.commit(claimed).description)
    }

    /// Whether a board in which no commit was found has never had one; `false` if some have come
    /// since.
    ///
    /// - Throws: ``EngineError/Code/corrupt`` if it had: `latest` is written after the first commit
    ///   is durable, so to take the board for an empty one would lose acknowledged versions.
    private func isNew() async throws(EngineError) -> Bool {
        guard !Check.newBoard.isOff, let latest = try await latest() else { return true }
        if try await exists(1) { return false }
        if backend.capabilities.list, try await !all().isEmpty { return false }
        throw EngineError(
            .corrupt,
            "the log of \(backend.description) is gone: 'latest' names commit "
                + "\(latest.sequence), and there is none; run 'pins verify'",
            object: BoardKeys.latest.description)
    }

    /// Whether a commit's predecessor is the one it names: a void commit has none that fits (§9.6).
    func isConfirmed(_ found: Found) async throws(EngineError) -> Bool {
        let sequence = found.record.sequence
        if sequence > 1, let isNext = try await isNext(found) {
            if isNext { return true }
            guard try await hasConflict(before: found) else { return false }
        }
        // Without a predecessor to compare, or only a damaged one: a void commit has others above
        // it, always, because a boundary that makes it void lies at least two below the commit that
        // sets it (§9.6).
        guard backend.capabilities.list, backend.capabilities.strongList else {
            guard sequence == 1 else { return false }
            return try await latest()?.sequence ?? 1 == 1
        }
        return try await all().last == sequence
    }

    /// Whether the predecessor stands beside its place in a shared folder, because two had written
    /// one number: a copy in conflict (§9.3).
    func hasConflict(before found: Found) async throws(EngineError) -> Bool {
        guard let folder = backend as? any SharedFolder else { return false }
        do throws(BackendError) {
            for name in try await folder.names(in: "commits") where name.utf8.count > 20 {
                guard
                    let bytes = try? await folder.read(
                        name, in: "commits", limit: Limits.commitByteCount),
                    (try? CommitRecord(bytes, .standard)) != nil
                else { continue }
                if Self.digest(of: bytes) == found.record.previous { return true }
            }
        } catch {
            throw EngineError(error)
        }
        return false
    }

    /// Whether a commit names its predecessor; `nil` if that is missing or damaged.
    private func isNext(_ found: Found) async throws(EngineError) -> Bool? {
        do throws(EngineError) {
            return try await read(found.record.sequence - 1).map {
                $0.digest == found.record.previous
            }
        } catch  where error.code == .corrupt {
            return nil
        }
    }

    /// Reads and checks one commit; `nil` if there is none of this number.
    func read(_ sequence: UInt64) async throws(EngineError) -> Found? {
        let key = BoardKeys.commit(sequence)
        let bytes: [UInt8]
        do throws(BackendError) {
            bytes = try await backend.get(key, limit: Limits.commitByteCount)
        } catch  where error.code == .notFound {
            return nil
        } catch {
            throw EngineError(error)
        }
        do throws(FormatError) {
            let record = try CommitRecord(bytes, .standard)
            guard record.sequence == sequence || Check.commitNumber.isOff else {
                throw FormatError(
                    .invalidValue, section: "7.8", "commit \(record.sequence) stands in its place")
            }
            return Found(record: record, digest: Self.digest(of: bytes), byteCount: bytes.count)
        } catch {
            throw EngineError(error, object: key.description)
        }
    }

    /// The digest that names a commit object.
    static func digest(of bytes: [UInt8]) -> Digest {
        SHA256.digest(domain: .commit, Array(bytes[CommitRecord.digestRange(of: bytes)]))
    }

    /// Whether a commit of this number is there.
    func exists(_ sequence: UInt64) async throws(EngineError) -> Bool {
        do throws(BackendError) {
            return try await backend.stat(BoardKeys.commit(sequence)) != nil
        } catch {
            throw EngineError(error)
        }
    }

    /// What `latest` points at, if it is usable.
    func latest() async throws(EngineError) -> LatestRecord? {
        do throws(BackendError) {
            let bytes = try await backend.get(BoardKeys.latest, limit: 4_096)
            return try? LatestRecord(bytes, .standard)
        } catch  where error.code == .notFound || error.code == .tooLarge {
            return nil
        } catch {
            throw EngineError(error)
        }
    }

    /// The numbers of all commits, ascending.
    func all() async throws(EngineError) -> [UInt64] {
        do throws(BackendError) {
            return try await backend.listAll(prefix: BoardKeys.commitPrefix)
                .compactMap { BoardKeys.sequence(of: $0.key) }
        } catch {
            throw EngineError(error)
        }
    }

    private func startingPoint(
        relists: Bool, _ claimed: inout UInt64
    ) async throws(EngineError) -> UInt64 {
        if !relists, let latest = try await latest() {
            // Whether that commit is there shows when it is read: if not, the search begins again.
            claimed = latest.sequence
            return latest.sequence
        }
        guard backend.capabilities.list else { return try await latest()?.sequence ?? 0 }
        return try await all().last ?? 0
    }

    /// The greatest n such that all of start…n exist: galloping, then bisection.
    private func lastConsecutive(from start: UInt64) async throws(EngineError) -> UInt64 {
        var (low, step): (UInt64, UInt64) = (start, 1)
        while low < Self.sequenceMax, try await exists(low + step) {
            low += step
            step *= 2
        }
        guard low < Self.sequenceMax else {
            throw EngineError(
                .corrupt, "'\(BoardKeys.commit(low))' is not of this board; move it away",
                object: BoardKeys.commit(low).description)
        }
        var high = low + step
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if try await exists(middle) { low = middle } else { high = middle }
        }
        return low
    }
}
