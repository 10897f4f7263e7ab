package import PinEngine
internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Sizes, differences and soundness.
extension PlainBoard {
    package func statistics(of pin: String?) async throws(EngineError) -> BoardStatistics {
        try await runBlocking { () async throws(EngineError) in
            var statistics = BoardStatistics()
            var sizes: [PlainFileStatus.Identity: UInt64] = [:]
            var users: [PlainFileStatus.Identity: Int] = [:]
            var versions: [PlainVersion] = []
            let all = try await tree.pins().filter(PlainNames.isPin).sortedByBytes()
            for name in pin.map({ [$0] }) ?? all {
                let found = try await wholeVersions(of: name)
                if found.isEmpty, pin != nil { throw Self.noPin(name) }
                statistics.pinCount += found.isEmpty ? 0 : 1
                versions += found
            }
            for version in versions {
                statistics.versionCount += 1
                statistics.logicalByteCount += version.byteCount
                statistics.indexByteCount += version.metadataByteCount
                for file in Set(version.files.map(\.file)) { users[file, default: 0] += 1 }
                for file in version.files { sizes[file.file] = file.byteCount }
            }
            // What several versions have in common is one file under several names.
            statistics.uniqueByteCount = sizes.values.reduce(0, +)
            statistics.storedByteCount = statistics.uniqueByteCount + statistics.indexByteCount
            statistics.exclusiveByteCounts = versions.map { version in
                let own = Set(version.files.map(\.file)).filter { users[$0] == 1 }
                return BoardStatistics.VersionShare(
                    pin: version.place.pin, version: version.place.version,
                    byteCount: version.byteCount,
                    exclusiveStoredByteCount: own.reduce(version.metadataByteCount) {
                        $0 + (sizes[$1] ?? 0)
                    })
            }
            return statistics
        }
    }

    package func verify(
        _ options: VerifyOptions, progress: ProgressHandler?
    ) async throws(EngineError) -> VerifyReport {
        try await runBlocking { () async throws(EngineError) in
            var report = VerifyReport()
            for pin in try await tree.pins().filter(PlainNames.isPin).sortedByBytes() {
                for name in try await names(of: pin) {
                    let place = PlainPlace(pin, name)
                    guard let problem = try await problem(of: place, options, &report, progress)
                    else { continue }
                    report.problems.append(
                        VerifyProblem(
                            object: "\(pin)/\(name)", what: problem,
                            versions: [VerifyProblem.Version(pin: pin, version: name)]))
                }
            }
            return report
        }
    }

    /// What is wrong with a version.
    private func problem(
        of place: PlainPlace, _ options: VerifyOptions, _ report: inout VerifyReport,
        _ progress: ProgressHandler?
    ) async throws(EngineError) -> String? {
        report.objectCount += 1
        switch try await tree.find(place) {
        case .incomplete(let why): return "it is not whole: \(why)"
        case .needsNewer(let why): return "it needs a newer version of pins: \(why)"
        case .whole(let version):
            report.objectCount += version.files.count
            guard options.readsData else { return nil }
            do throws(EngineError) {
                // What an earlier read knows proves nothing about the medium now.
                let content = PlainContent(tree, version, PlainVerified())
                try await content.checkPinHash(progress: progress)
                report.checkedByteCount += version.byteCount
                return nil
            } catch  where error.code == .corrupt || error.code == .ioError {
                return error.message
            }
        }
    }

    /// Deleting gives space back at once: there is nothing to collect.
    package func collect(
        _ options: CollectionOptions, progress: ProgressHandler?
    ) async throws(EngineError) -> CollectionReport {
        CollectionReport()
    }

    package func changes(
        in new: PinVersion, since old: PinVersion
    ) async throws(EngineError) -> VersionDiff {
        try await VersionDiff(reading: new, since: old)
    }
}
