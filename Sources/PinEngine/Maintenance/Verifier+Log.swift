internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// The log as a verification found it.
struct LogState {
    /// 0 on a board without commits.
    var newestNumber: UInt64 = 0
    /// The newest commit, if it is what it must be.
    var newest: CommitLog.Found?
    /// The bytes of the newest commit, if they are damaged.
    var damagedBytes: [UInt8]?
    /// The greatest good commit below a damaged newest one.
    var previous: CommitLog.Found?
    /// Numbers up to this one may be missing.
    var boundary: UInt64 { (newest ?? previous)?.record.logBoundary ?? 0 }
}

/// Configuration and log (FORMAT.md §7.1, §7.7, §7.8, §9.3).
extension Verifier {
    /// The configuration, or `nil` if it is damaged: the rest is checked all the same.
    func checkConfig() async throws(EngineError) -> BoardConfig? {
        let key = BoardKeys.config
        let bytes: [UInt8]
        do throws(BackendError) {
            bytes = try await backend.get(key, limit: Limits.configByteCount)
        } catch {
            if error.code == .notFound || error.code == .notADirectory {
                let commits = try? await backend.list(prefix: BoardKeys.commitPrefix, after: nil)
                guard let commits, !commits.objects.isEmpty else {
                    throw EngineError(
                        .notFound,
                        "there is no board in \(backend.description); 'pins init' makes one")
                }
            }
            noteFatal(key.description, try Self.damage(error))
            return nil
        }
        objectCount += 1
        advance(bytes.count)
        do throws(FormatError) {
            let config = try BoardConfig(bytes, .standard)
            guard config.features.read.isEmpty else {
                throw FormatError(
                    .unsupportedFeature, section: "7.1",
                    "the board needs features \(config.features.read)")
            }
            return config
        } catch {
            noteFatal(
                key.description,
                try Self.damage(error, isGenuine: Self.isSealed(bytes), key))
            return nil
        }
    }

    /// Checks every commit above the log's boundary, and `latest`.
    func checkLog(_ config: BoardConfig?) async throws(EngineError) -> LogState {
        // In this order: a pointer that was read first cannot be ahead of the log.
        let pointer = try await readLatest()
        var numbers = try await commitNumbers()
        var log = LogState(newestNumber: numbers.last ?? 0)
        guard let top = numbers.last else {
            checkLatest(pointer, log, pointed: nil)
            return log
        }
        log.newest = try await readNewest(top, config, &log)
        if log.newest == nil {
            for number in numbers.dropLast().reversed() where log.previous == nil {
                log.previous = try? await CommitLog(backend: backend).read(number)
            }
        }
        numbers.removeAll { $0 <= log.boundary }
        let pointed = try await checkChain(numbers, log, pointer?.sequence)
        checkLatest(pointer, log, pointed: pointed)
        return log
    }

    /// The numbers of commits, ascending.
    private func commitNumbers() async throws(EngineError) -> [UInt64] {
        let log = CommitLog(backend: backend)
        if backend.capabilities.list {
            return try await log.all().filter { $0 > 0 && $0 < UInt64.max }
        }
        guard let newest = try await log.newest(known: nil) else { return [] }
        return Array(newest.record.logBoundary + 1...newest.record.sequence)
    }

    private func readNewest(
        _ number: UInt64, _ config: BoardConfig?, _ log: inout LogState
    ) async throws(EngineError) -> CommitLog.Found? {
        let key = BoardKeys.commit(number)
        let (found, bytes, what) = try await readCommit(number)
        guard let found else {
            log.damagedBytes = bytes
            noteFatal(key.description, what + "; no version can be read")
            return nil
        }
        guard found.record.features.read.isEmpty else {
            throw Store.needsNewer(found.record.features.read)
        }
        if let config, config.boardID != found.record.boardID, !Check.verifyBoard.isOff {
            log.damagedBytes = bytes
            noteFatal(key.description, "it is the commit of another board")
            return nil
        }
        return found
    }

    /// A commit, or what is wrong with it.
    private func readCommit(
        _ number: UInt64
    ) async throws(EngineError) -> (found: CommitLog.Found?, bytes: [UInt8], what: String) {
        let key = BoardKeys.commit(number)
        let bytes: [UInt8]
        do throws(BackendError) {
            bytes = try await backend.get(key, limit: Limits.commitByteCount)
        } catch {
            return (nil, [], try Self.damage(error))
        }
        do throws(FormatError) {
            let record = try CommitRecord(bytes, .standard)
            guard record.sequence == number else {
                throw FormatError(
                    .invalidValue, section: "7.8", "commit \(record.sequence) stands in its place")
            }
            let digest = CommitLog.digest(of: bytes)
            return (
                CommitLog.Found(record: record, digest: digest, byteCount: bytes.count), bytes, ""
            )
        } catch {
            return (nil, bytes, try Self.damage(error, isGenuine: Self.isSealed(bytes), key))
        }
    }

    /// Reads commits in ascending order: each is sound, there, and named by the next one.
    ///
    /// - Returns: The digest of the commit that `latest` points at.
    private func checkChain(
        _ numbers: [UInt64], _ log: LogState, _ pointer: UInt64?
    ) async throws(EngineError) -> Digest? {
        var pointed: Digest?
        var next = log.boundary + 1
        var last: Digest? = log.boundary == 0 ? Digest(0, 0, 0, 0) : nil
        for number in numbers {
            try checkCancellation()
            if number > next, !Check.verifyGap.isOff {
                // One problem for a gap, however wide.
                let range = number == next + 1 ? "" : " and with it those up to \(number - 1)"
                note(BoardKeys.commit(next).description, "it is missing\(range)")
                last = nil
            }
            next = number + 1
            objectCount += 1
            let isNewest = number == log.newestNumber
            if isNewest, log.newest == nil { break }
            let (found, bytes, what) = try await readCommit(number)
            advance(bytes.count)
            guard let found else {
                note(BoardKeys.commit(number).description, what)
                last = nil
                continue
            }
            if let last, last != found.record.previous, !Check.verifyChain.isOff {
                let what = "it is not the commit that commit \(number) names as the one before"
                let key = BoardKeys.commit(number == 1 ? 1 : number - 1).description
                if try await CommitLog(backend: backend).hasConflict(before: found) {
                    note(key, what + "; that one stands beside it, in conflict")
                } else if isNewest {
                    noteFatal(key, what)
                } else {
                    note(key, what)
                }
            }
            last = found.digest
            if number == pointer { pointed = found.digest }
        }
        return pointed
    }

    /// What `latest` says; `nil` if it is missing or unusable, which is noted.
    private func readLatest() async throws(EngineError) -> LatestRecord? {
        let key = BoardKeys.latest
        let bytes: [UInt8]
        do throws(BackendError) {
            bytes = try await backend.get(key, limit: 4_096)
        } catch  where error.code == .notFound {
            return nil
        } catch {
            note(key.description, try Self.damage(error) + "; it is advisory", .latest)
            isLatestWrong = true
            return nil
        }
        objectCount += 1
        advance(bytes.count)
        do throws(FormatError) {
            return try LatestRecord(bytes, .standard)
        } catch {
            note(key.description, "it is damaged: \(error); it is advisory", .latest)
            isLatestWrong = true
            return nil
        }
    }

    private func checkLatest(_ latest: LatestRecord?, _ log: LogState, pointed: Digest?) {
        guard let latest else { return }
        if latest.sequence > log.newestNumber, !Check.verifyLatestAhead.isOff {
            note(
                BoardKeys.commit(latest.sequence).description,
                "it is missing, though 'latest' points at it: "
                    + "what was committed after commit \(log.newestNumber) is lost",
                .latest)
            isLatestWrong = true
        } else if let pointed, pointed != latest.digest, !Check.verifyLatest.isOff {
            note(
                BoardKeys.latest.description, "it names another commit \(latest.sequence)", .latest)
            isLatestWrong = true
        }
    }
}
