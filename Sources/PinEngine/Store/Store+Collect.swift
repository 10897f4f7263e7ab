internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Giving space back.
extension Store {
    /// Condemns what no version needs, and frees what an earlier run condemned.
    ///
    /// Frames that only serve as bases are given up where encoding the frames that need them again
    /// takes fewer bytes, and the most wasteful packs are copied until at most about 5 % of what
    /// stays is not needed. Safe beside readers and writers at any grace (FORMAT.md §9.5).
    ///
    /// - Throws: ``EngineError/Code/corrupt`` if a version is damaged: nothing is then deleted.
    public func collect(
        _ options: CollectionOptions, progress: ProgressHandler? = nil
    ) async throws(EngineError) -> CollectionReport {
        do throws(EngineError) {
            return try await collectAll(options, progress)
        } catch {
            throw await explained(error)
        }
    }

    private func collectAll(
        _ options: CollectionOptions, _ progress: ProgressHandler?
    ) async throws(EngineError) -> CollectionReport {
        try await runBlocking { () async throws(EngineError) in
            try await requireMerged()
            // What has not arrived is neither judged nor copied.
            if let state = try await missingState() { throw state.error }
            let collector = Collector(
                store: self, options: options, progress: progress,
                now: configuration.clock.secondsSince1970)
            var plan = CollectionPlan()
            if options.isDryRun {
                return try await reading { (snapshot) throws(EngineError) in
                    let plan = try await collector.plan(snapshot)
                    let floor = max(snapshot.commit.orphanFloor, plan.change.orphanFloor)
                    let garbage = try await self.orphans(snapshot, plan, floor: floor)
                    var report = Self.report(plan, garbage)
                    report.freedByteCount = garbage.reduce(0) {
                        $0 &+ UInt64(clamping: $1.byteCount)
                    }
                    return report
                }
            }
            let outcome = try await commit { (snapshot) throws(EngineError) in
                plan = try await collector.plan(snapshot)
                let raises = plan.change.orphanFloor > snapshot.commit.orphanFloor
                let prunes = plan.change.logBoundary > snapshot.commit.logBoundary
                if plan.isNeeded || !plan.change.rows.isEmpty || prunes { return plan.change }
                guard raises else { return nil }
                let floor = plan.change.orphanFloor
                return try await self.orphans(snapshot, plan, floor: floor).isEmpty
                    ? nil : plan.change
            }
            let garbage = try await self.orphans(
                outcome.snapshot, plan, floor: outcome.snapshot.commit.orphanFloor)
            var report = Self.report(plan, garbage)
            report.freedByteCount += try await sweep(garbage, outcome.snapshot)
            let age = max(options.graceSeconds, Collector.sessionSecondsMin)
            _ = try? await backend.removeStaleTemporaries(
                olderThan: options.isExclusive ? 0 : age, now: configuration.clock)
            return report
        }
    }

    /// Objects that may be deleted: unnamed by the state, base below the floor.
    ///
    /// - Parameter floor: That of a commit where something is to be deleted (§9.5): one that was
    ///   only planned does not stop a writer from naming what it has just uploaded.
    private func orphans(
        _ snapshot: Snapshot, _ plan: CollectionPlan, floor: UInt64
    ) async throws(EngineError) -> [ObjectStat] {
        let segments = Set(
            snapshot.commit.segments.map(\.name))
        var found: [ObjectStat] = []
        // The parity of a pack goes after it (§9.5).
        let prefixes =
            BoardKeys.collectedPrefixes
            + (config.parityPercent == nil ? [] : [BoardKeys.parityPrefix])
        for prefix in prefixes {
            let objects: [ObjectStat]
            do throws(BackendError) {
                objects = try await backend.listAll(prefix: prefix)
            } catch {
                throw EngineError(error)
            }
            for object in objects {
                guard let name = BoardKeys.name(of: object.key, prefix: prefix),
                    name.base < floor || Check.orphanFloor.isOff
                else { continue }
                if prefix == BoardKeys.packPrefix || prefix == BoardKeys.parityPrefix {
                    let isNamed = try snapshot.index.packs.row(name) != nil
                    if isNamed, plan.removed[name] == nil, !Check.namedPacks.isOff { continue }
                } else if segments.contains(name) {
                    continue
                }
                found.append(object)
            }
        }
        return found
    }

    private static func report(
        _ plan: CollectionPlan, _ orphans: [ObjectStat]
    ) -> CollectionReport {
        var report = CollectionReport()
        report.condemnedPacks = plan.condemned.count
        report.repackedPacks = plan.repacked.count
        report.reencodedFrames = plan.reencodedFrameCount
        report.deletedPacks =
            orphans.count { $0.key.description.hasPrefix(BoardKeys.packPrefix) }
        return report
    }

    /// Deletes objects, then the commits below the boundary in ascending order (FORMAT.md §9.6).
    private func sweep(
        _ orphans: [ObjectStat], _ snapshot: Snapshot
    ) async throws(EngineError) -> UInt64 {
        var freed: UInt64 = 0
        do throws(BackendError) {
            for object in orphans {
                try await backend.delete(object.key)
                freed &+= UInt64(clamping: object.byteCount)
            }
            let boundary = snapshot.commit.logBoundary
            guard boundary > 0, backend.capabilities.list else { return freed }
            for object in try await backend.listAll(prefix: BoardKeys.commitPrefix) {
                guard let sequence = BoardKeys.sequence(of: object.key), sequence <= boundary
                else { continue }
                try await backend.delete(object.key)
                freed &+= UInt64(clamping: object.byteCount)
            }
        } catch {
            throw EngineError(error)
        }
        return freed
    }

    /// Reads every segment whole and compares its digest: deleting by a damaged index would lose
    /// data (§2.5).
    func checkSeals(_ snapshot: Snapshot) async throws(EngineError) {
        let references =
            snapshot.commit.indexSegments.map { (BoardKeys.index($0.name), $0) }
            + snapshot.commit.tableSegments.map { (BoardKeys.table($0.name), $0) }
        for (key, reference) in references {
            do throws(BackendError) {
                var hasher = SHA256()
                let step = 8 << 20
                for start in stride(from: 0, to: reference.byteCount, by: step) {
                    let end = min(start + step, reference.byteCount)
                    let piece = try await backend.get(key, range: start..<end)
                    unsafe hasher.update(piece.span.bytes)
                }
                guard hasher.finish() == reference.digest || Check.seals.isOff else {
                    throw BackendError(
                        .rangeNotSatisfiable, key: key,
                        "'\(key)' is damaged; run 'pins verify --repair' first")
                }
            } catch {
                throw EngineError(error)
            }
        }
    }
}
