public import PinEngine
internal import PinFormat
public import Pins

/// Sizes, differences and soundness.
extension ConnectBoard {
    public func changes(
        in new: PinVersion, since old: PinVersion
    ) async throws(EngineError) -> VersionDiff {
        try await VersionDiff(reading: new, since: old)
    }

    public func statistics(of pin: String?) async throws(EngineError) -> BoardStatistics {
        var statistics = BoardStatistics()
        let names: [String] =
            if let pin { [pin] } else { try await pins().map(\.name) }
        for name in names {
            let found = try await find(try ConnectName(name))
            guard found.content.bundle_id != nil else { continue }
            statistics.pinCount += 1
            for listed in try await versions(of: found) {
                let stored = listed.bundle.size ?? 0
                statistics.versionCount += 1
                statistics.logicalByteCount += listed.info.byteCount
                statistics.storedByteCount += stored
                statistics.exclusiveByteCounts.append(
                    BoardStatistics.VersionShare(
                        pin: found.name, version: listed.info.version,
                        byteCount: listed.info.byteCount, exclusiveStoredByteCount: stored))
            }
        }
        // Nothing is shared between bundles.
        statistics.uniqueByteCount = statistics.logicalByteCount
        return statistics
    }

    public func verify(
        _ options: VerifyOptions, progress: ProgressHandler?
    ) async throws(EngineError) -> VerifyReport {
        var report = VerifyReport()
        for pin in try await pins() where !pin.latest.isEmpty {
            let found = try await find(try ConnectName(pin.name))
            for bundle in try await client.bundles(found.content.guid) {
                report.objectCount += 1
                let place = found.place(bundle.id)
                guard let what = try await problem(place, options, &report, progress) else {
                    continue
                }
                report.problems.append(
                    VerifyProblem(
                        object: "\(found.name)/\(bundle.id.text)", what: what,
                        versions: [
                            VerifyProblem.Version(pin: found.name, version: bundle.id.text)
                        ]))
            }
        }
        return report
    }

    /// What is wrong with a version; the cache is not asked for its data.
    private func problem(
        _ place: ConnectPlace, _ options: VerifyOptions, _ report: inout VerifyReport,
        _ progress: ProgressHandler?
    ) async throws(EngineError) -> String? {
        do throws(EngineError) {
            let metadata = try await metadata(of: place)
            guard options.readsData else { return nil }
            var uncached = self
            uncached.cache = nil
            try await uncached.content(place, metadata).checkPinHash(progress: progress)
            report.checkedByteCount += metadata.byteCount
            return nil
        } catch  where error.code == .corrupt || error.code == .notFound {
            return error.message
        }
    }
}
