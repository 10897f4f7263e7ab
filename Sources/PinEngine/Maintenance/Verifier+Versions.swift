internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Versions, pins and labels: that each says what the others say, and that all they need is there.
extension Verifier {
    /// Checks every version whose row can be read.
    func checkVersions(_ store: Store, _ state: VerifiedState) async throws(EngineError) {
        let frames = VerifierFrames(state.snapshot, damagedPacks)
        let manifests = VerifierManifests(store, frames)
        for version in state.versions {
            try checkCancellation()
            let walk = VersionWalk(store, state.snapshot, version)
            try await check(walk, manifests, store, state)
        }
        if state.tablesAreWhole { try checkPins(state) }
    }

    private func check(
        _ walk: VersionWalk, _ manifests: VerifierManifests, _ store: Store, _ state: VerifiedState
    ) async throws(EngineError) {
        let (version, name) = (walk.version, walk.version.name)
        if state.tablesAreWhole {
            for pack in version.row.packs
            where state.packs[pack] == nil && !Check.verifyPackRows.isOff {
                note(
                    state.key,
                    "a version names the pack '\(BoardKeys.pack(pack))', which has no row",
                    versions: [name])
            }
        }
        var needs = VerifierManifests.Summary()
        guard let files = try await files(walk, manifests, store, state, &needs) else { return }
        for file in files {
            let below = try await manifests.summary(of: file, walk)
            needs.need(below)
            if !below.isClean { try await noteDamage(file, walk, manifests, state) }
        }
        guard needs.isClean, state.tablesAreWhole, state.indexIsWhole else { return }
        // The index does not show what stands in packs whose rows say that they have lost it.
        guard wholeAgain.isDisjoint(with: version.row.packs) else { return }
        let isCovered = needs.isCovered(by: Set(version.row.packs), manifests.frames)
        if !isCovered, !Check.verifyRowPacks.isOff {
            note(
                state.key, "the row of a version does not name all packs that it needs",
                versions: [name])
        }
    }

    /// The files of a version, its totals and its hash compared; `nil` if the list cannot be read.
    private func files(
        _ walk: VersionWalk, _ manifests: VerifierManifests, _ store: Store, _ state: VerifiedState,
        _ needs: inout VerifierManifests.Summary
    ) async throws(EngineError) -> [FileEntry]? {
        let record = walk.version.record
        let list: FileList
        switch record.files {
        case .inline(let inline): list = inline
        case .stored(let file, let count):
            let below = try await manifests.summary(of: file, walk)
            needs.need(below)
            guard below.isClean else {
                try await noteDamage(file, walk, manifests, state, isList: true)
                return nil
            }
            do throws(EngineError) {
                let bytes = try await Restore(store: store, frames: walk.reader)
                    .bytes(file, 0..<file.byteCount)
                advance(0)
                list = try Self.list(bytes, count, record)
            } catch  where error.code == .corrupt || error.code == .notFound {
                note(
                    error.object.flatMap { findings[$0] == nil ? nil : $0 } ?? state.key,
                    error.message, versions: [walk.version.name])
                return nil
            }
        }
        // The digits in its name say nothing: a copy keeps the name it had elsewhere (§3.2).
        if Store.pinHash(list) != record.pinHash, !Check.verifyPinHash.isOff {
            note(
                state.key, "the 'pin_hash' of a version is not that of its files",
                versions: [walk.version.name])
        }
        return list.files
    }

    private static func list(
        _ bytes: [UInt8], _ count: Int, _ record: VersionRecord
    ) throws(EngineError) -> FileList {
        do throws(FormatError) {
            let list = try FileList(bytes)
            guard
                list.files.count == count && list.byteCount == record.byteCount
                    || Check.verifyFileList.isOff
            else {
                throw FormatError(
                    .invalidValue, section: "7.6", "the file list is not of its version")
            }
            return list
        } catch {
            throw EngineError(error, object: "file list")
        }
    }

    /// Notes which bytes of a file are lost, with the packs that lost them.
    private func noteDamage(
        _ file: FileEntry, _ walk: VersionWalk, _ manifests: VerifierManifests,
        _ state: VerifiedState, isList: Bool = false
    ) async throws(EngineError) {
        let name = walk.version.name
        noteDiscovered(manifests)
        var damage = VerifierDamage(manifests)
        try await damage.walk(file, walk)
        noteDiscovered(manifests)
        for (pack, ranges) in damage.ranges {
            let object: String
            if let pack {
                object = BoardKeys.pack(pack).description
                note(object, "a frame that is needed is damaged or missing", versions: [name])
            } else {
                object = blamed(walk, state)
                note(object, "a version needs frames that are in no pack", versions: [name])
            }
            findings[object]?.needing.insert(name)
            guard !isList else { continue }
            findings[object]?.damage += VerifierDamage.merged(ranges).map {
                VerifyProblem.Damage(
                    pin: name.pin, version: name.version, file: file.path, range: $0)
            }
        }
    }

    /// Nodes that were found damaged only when they were read: without data, packs are not read.
    private func noteDiscovered(_ manifests: VerifierManifests) {
        for (object, what, digest) in manifests.takeDiscovered() {
            guard let key = try? ObjectKey(validating: object),
                let pack = BoardKeys.name(of: key, prefix: BoardKeys.packPrefix)
            else { continue }
            if findings[object] == nil { note(object, what) }
            manifests.frames.blame(pack, for: FrameKey(digest: digest, kind: .node))
        }
    }

    /// Whom to blame for a frame that has no place: damaged objects that could have named it, else
    /// the state.
    private func blamed(_ walk: VersionWalk, _ state: VerifiedState) -> String {
        let packs = walk.version.row.packs.map { BoardKeys.pack($0).description }
        if let pack = packs.first(where: { findings[$0] != nil }) { return pack }
        let segment = findings.keys.sorted().first {
            $0.hasPrefix(BoardKeys.indexPrefix) || $0.hasPrefix(BoardKeys.tablePrefix)
        }
        return segment ?? state.key
    }

    // MARK: - Pins and labels

    private func checkPins(_ state: VerifiedState) throws(EngineError) {
        // By the bytes of the names: strings that are canonically equivalent are equal, pins are
        // not.
        var versions: [[UInt8]: [VersionRecord]] = [:]
        for version in state.versions {
            versions[Array(version.record.pinName.utf8), default: []].append(version.record)
        }
        do throws(EngineError) {
            var rows: Set<[UInt8]> = []
            for (pin, row) in try state.snapshot.pins() {
                rows.insert(Array(pin.utf8))
                let own = versions[Array(pin.utf8)] ?? []
                if row.isSummary(of: own) || Check.verifyPinRow.isOff { continue }
                wrongPins.insert(pin)
                note(
                    state.key, "the row of a pin is not that of its versions", .pinRow,
                    versions: own.map { Version(pin: pin, version: $0.versionName) })
            }
            for (name, own) in versions
            where !rows.contains(name) && !Check.verifyPinMissing.isOff {
                let pin = String(decoding: name, as: UTF8.self)
                wrongPins.insert(pin)
                note(
                    state.key, "a pin has versions and no row", .pinRow,
                    versions: own.map { Version(pin: pin, version: $0.versionName) })
            }
            try checkLabels(state)
        } catch  where error.code == .corrupt {
            note(state.key, error.message)
        }
    }

    private func checkLabels(_ state: VerifiedState) throws(EngineError) {
        let names = Set(state.versions.map(\.name))
        try state.snapshot.table.forEach(prefix: [RowKey.labelPrefix]) {
            (key, value) throws(EngineError) in
            let target = try state.snapshot.decoded("label row") { () throws(FormatError) in
                try LabelRow(value).version
            }
            let pin = key.dropFirst().prefix { $0 != 0 }
            guard let pin = String(validating: pin, as: UTF8.self),
                names.contains(Version(pin: pin, version: target)) || Check.verifyLabel.isOff
            else {
                note(state.key, "a label points at version '\(target)', which is not there")
                return true
            }
            return true
        }
    }
}

extension PinRow {
    /// Whether the row says what it must about a pin's versions.
    func isSummary(of versions: [VersionRecord]) -> Bool {
        guard let latest = versions.max(by: { $0.versionName < $1.versionName }) else {
            return false
        }
        var metadata = latest.metadata
        metadata.originJSON = self.metadata.originJSON
        return self.latest == latest.versionName && versionCount == UInt64(versions.count)
            && byteCount == latest.byteCount && self.metadata == metadata
    }
}
