internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// What of a branch is not in the newest state, and the rows and entries that bring it there.
struct MergePlan {
    /// A version that is added, under the name it gets.
    struct Added {
        let record: VersionRecord
        let row: VersionRow
        /// What the branch calls it.
        let branchName: String

        var name: VerifyProblem.Version {
            VerifyProblem.Version(pin: record.pinName, version: record.versionName)
        }
    }

    /// Packs of a branch that the newest state does not name.
    struct Packs {
        /// Those that can be named as they are.
        var named: [(name: ObjectName, row: PackRow)] = []
        /// Those that a collection may delete at any time: their frames are stored anew.
        var copied: [ObjectName] = []
        /// Those that a collection has condemned, and the merge needs.
        var revived: [(name: ObjectName, row: PackRow)] = []
        /// Keys of objects that are not there.
        var missing: [String] = []
    }

    private let store: Store
    private let ours: Snapshot
    private let theirs: Snapshot
    private let base: Snapshot?

    init(_ store: Store, ours: Snapshot, theirs: Snapshot, base: Snapshot?) {
        (self.store, self.ours, self.theirs, self.base) = (store, ours, theirs, base)
    }

    // MARK: - Versions

    /// Versions that the branch made, by pin and time.
    ///
    /// - Complexity: O(*n*) in the versions of all states.
    func versions() throws(EngineError) -> [Added] {
        var known: Set<[UInt8]> = []
        for version in try base?.versions() ?? [] where !Check.mergedBase.isOff {
            known.insert(version.row.recordBytes)
        }
        var own: [VerifyProblem.Version: [UInt8]] = [:]
        var contents: Set<[UInt8]> = []
        for version in try ours.versions() {
            own[version.name] = version.row.recordBytes
            contents.insert(Self.content(version.record))
        }
        var added: [Added] = []
        for version in try theirs.versions() where !known.contains(version.row.recordBytes) {
            if own[version.name] == version.row.recordBytes { continue }
            var record = version.record
            var row = version.row
            if own[version.name] != nil {
                // Merged before, under another name.
                if contents.contains(Self.content(record)) { continue }
                if !Check.mergedName.isOff { record.versionName = try free(record, own) }
                row.recordBytes = record.encoded
            }
            let new = Added(
                record: record, row: row, branchName: version.record.versionName)
            own[new.name] = row.recordBytes
            added.append(new)
        }
        return added
    }

    /// What a version is but for its name.
    private static func content(_ record: VersionRecord) -> [UInt8] {
        var record = record
        record.versionName = "00000000T000000Z-00000"
        return record.encoded
    }

    /// The next name that no version of the pin has.
    private func free(
        _ record: VersionRecord, _ own: [VerifyProblem.Version: [UInt8]]
    ) throws(EngineError) -> String {
        var name = record.versionName
        let seconds = VersionName.seconds(of: name) ?? 0
        repeat {
            do throws(FormatError) {
                name = try VersionName.make(
                    seconds: seconds, pinHash: record.pinHash, after: name)
            } catch {
                throw EngineError(.cannotCreate, error.message, object: record.pinName)
            }
        } while own[VerifyProblem.Version(pin: record.pinName, version: name)] != nil
        return name
    }

    // MARK: - Packs

    /// How the packs of versions come to be named (FORMAT.md §9.4, Presence and Floor).
    func packs(of versions: [Added]) async throws(EngineError) -> Packs {
        var packs = Packs()
        for name in Set(versions.flatMap(\.row.packs)).sorted() {
            if let row = try ours.index.packs.row(name) {
                if row.status != .live { packs.revived.append((name, row.revived)) }
                continue
            }
            let key = BoardKeys.pack(name)
            guard let row = try theirs.index.packs.row(name),
                try await store.lack(
                    of: key, byteCount: row.byteCount,
                    blankAt: row.byteCount - PackTrailer.byteCount) == nil
            else {
                packs.missing.append(key.description)
                continue
            }
            if name.base >= ours.commit.orphanFloor || Check.mergedFloor.isOff {
                packs.named.append((name, row.revived))
            } else {
                packs.copied.append(name)
            }
        }
        return packs
    }

    /// Adds versions with all they need.
    func add(
        _ versions: [Added], _ packs: Packs, _ change: inout StateChange
    ) async throws(EngineError) {
        for (name, row) in packs.revived { change.set(RowKey.pack(name), row.encoded) }
        for (name, row) in packs.named {
            change.set(RowKey.pack(name), row.encoded)
            change.places += try await places(of: name)
        }
        var repacker = Repacker(store, base: ours.sequence)
        var heirs: [ObjectName: Set<ObjectName>] = [:]
        for name in packs.copied {
            let places = try await places(of: name)
            try await repacker.copy(places.sorted { $0.offset < $1.offset }, from: name)
            try await repacker.finish()
            heirs[name] = Set(
                places.flatMap {
                    repacker.moved[FrameKey(digest: $0.digest, kind: $0.header.kind)] ?? []
                })
        }
        for (name, row) in repacker.rows { change.set(RowKey.pack(name), row.encoded) }
        change.places += repacker.places
        for version in versions {
            var row = version.row
            row.packs = Set(row.packs.flatMap { heirs[$0] ?? [$0] }).sorted()
            change.set(
                RowKey.version(version.record.versionName, of: version.record.pinName),
                row.encoded)
        }
        try addPins(versions, &change)
    }

    private func places(of name: ObjectName) async throws(EngineError) -> [FramePlace] {
        try await store.footer(of: name, theirs).map { FramePlace($0, in: name) }
    }

    private func addPins(
        _ versions: [Added], _ change: inout StateChange
    ) throws(EngineError) {
        // By the bytes of the names: strings that are canonically equivalent can be two pins.
        for (_, added) in Dictionary(grouping: versions, by: { Array($0.record.pinName.utf8) }) {
            let pin = added[0].record.pinName
            let names = try ours.versionNames(of: pin) + added.map(\.record.versionName)
            guard let latest = names.max() else { continue }
            var record = added.first { $0.record.versionName == latest }?.record
            if record == nil { record = try ours.version(latest, of: pin)?.record }
            guard let record else { continue }
            var row = PinRow(
                latest: latest, versionCount: UInt64(names.count), byteCount: record.byteCount,
                metadata: record.metadata)
            row.unknown = try ours.pin(pin)?.unknown ?? []
            change.set(RowKey.pin(pin), row.encoded)
        }
    }

    // MARK: - Labels

    /// Sets labels as the branch has them, where nobody else has.
    ///
    /// - Returns: Those that both moved, `pin label`; they stay as they are.
    func labels(
        after versions: [Added], _ change: inout StateChange
    ) throws(EngineError) -> [String] {
        var kept: [String] = []
        var added: [VerifyProblem.Version: String] = [:]
        for version in versions {
            let pin = version.record.pinName
            added[VerifyProblem.Version(pin: pin, version: version.branchName)] =
                version.record.versionName
        }
        for (pin, _) in try theirs.pins() {
            let own = Dictionary(
                try ours.labels(of: pin).map { ($0.label, $0.version) }, uniquingKeysWith: { $1 })
            let before = Dictionary(
                try base?.labels(of: pin).map { ($0.label, $0.version) } ?? [],
                uniquingKeysWith: { $1 })
            for (label, version) in try theirs.labels(of: pin)
            where version != own[label] && version != before[label] {
                guard
                    own[label] == nil || own[label] == before[label] || Check.mergedLabels.isOff
                else {
                    kept.append("\(pin) \(label)")
                    continue
                }
                let target = VerifyProblem.Version(pin: pin, version: version)
                var name = added[target]
                if name == nil, try ours.version(version, of: pin) != nil { name = version }
                guard let name, name != own[label] else { continue }
                change.set(RowKey.label(label, of: pin), LabelRow(version: name).encoded)
            }
        }
        return kept
    }
}

extension PackRow {
    /// The row of the pack in use.
    fileprivate var revived: PackRow {
        var row = self
        row.status = .live
        (row.since, row.timeSeconds, row.session) = (nil, nil, nil)
        return row
    }
}
