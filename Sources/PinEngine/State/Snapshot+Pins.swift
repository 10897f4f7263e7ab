internal import PinFormat
internal import PinStorage

/// A version as a commit has it: its row and the record in it.
struct SnapshotVersion: Sendable {
    let row: VersionRow
    let record: VersionRecord
}

/// Pins, versions and labels of a commit.
extension Snapshot {
    /// The row of a pin, or `nil`.
    func pin(_ name: String) throws(EngineError) -> PinRow? {
        guard let value = try table.value(RowKey.pin(name)) else { return nil }
        return try decoded("pin '\(name)'") { () throws(FormatError) in try PinRow(value) }
    }

    /// All pins, ascending by the bytes of their names.
    ///
    /// - Complexity: O(*n*).
    func pins() throws(EngineError) -> [(name: String, row: PinRow)] {
        var out: [(name: String, row: PinRow)] = []
        try forEachPin { name, row in out.append((name, row)) }
        return out
    }

    /// Hands out all pins, ascending by the bytes of their names.
    ///
    /// - Complexity: O(*n*).
    func forEachPin(_ body: (_ name: String, _ row: PinRow) -> Void) throws(EngineError) {
        try table.forEachRow(prefix: [RowKey.pinPrefix]) { (row, value) throws(EngineError) in
            do throws(FormatError) {
                body(try RowKey.text(row.key, after: 1), try PinRow(row.bytes, value))
            } catch {
                throw EngineError(error, object: "pin row")
            }
            return true
        }
    }

    /// One version by its full name, or `nil`.
    func version(_ version: String, of pin: String) throws(EngineError) -> SnapshotVersion? {
        guard let value = try table.value(RowKey.version(version, of: pin)) else { return nil }
        let found = try decode(value, "version '\(version)' of pin '\(pin)'")
        guard found.record.versionName == version, found.record.pinName == pin else {
            throw EngineError(
                .corrupt,
                "the row of version '\(version)' of pin '\(pin)' holds another version; run "
                    + "'pins verify'",
                object: pin)
        }
        return found
    }

    /// The newest version of a pin, or `nil` if there is no such pin.
    func latestVersion(of pin: String) throws(EngineError) -> SnapshotVersion? {
        guard let row = try self.pin(pin) else { return nil }
        guard let latest = try version(row.latest, of: pin) else {
            throw EngineError(
                .corrupt,
                "pin '\(pin)' has no version '\(row.latest)', though its row says so; run 'pins "
                    + "verify'",
                object: pin)
        }
        return latest
    }

    /// The names of a pin's versions, oldest first.
    func versionNames(of pin: String) throws(EngineError) -> [String] {
        let prefix = RowKey.versions(of: pin)
        var out: [String] = []
        try table.forEach(prefix: prefix) { (key, _) throws(EngineError) in
            out.append(
                try self.decoded("version row") { () throws(FormatError) in
                    try RowKey.text(key, after: prefix.count)
                })
            return true
        }
        return out
    }

    /// All versions of a pin, oldest first; or of all pins, by name.
    func versions(of pin: String? = nil) throws(EngineError) -> [SnapshotVersion] {
        var out: [SnapshotVersion] = []
        let prefix = pin.map { RowKey.versions(of: $0) } ?? [RowKey.versionPrefix]
        try table.forEach(prefix: prefix) { (_, value) throws(EngineError) in
            out.append(try self.decode(value, "a version row"))
            return true
        }
        return out
    }

    /// The labels of a pin and the versions they point at, by label.
    func labels(of pin: String) throws(EngineError) -> [(label: String, version: String)] {
        let prefix = RowKey.labels(of: pin)
        var out: [(label: String, version: String)] = []
        try table.forEach(prefix: prefix) { (key, value) throws(EngineError) in
            out.append(
                try self.decoded("label row") { () throws(FormatError) in
                    (try RowKey.text(key, after: prefix.count), try LabelRow(value).version)
                })
            return true
        }
        return out
    }

    private func decode(_ value: [UInt8], _ what: String) throws(EngineError) -> SnapshotVersion {
        try decoded(what) { () throws(FormatError) in
            let row = try VersionRow(value)
            return SnapshotVersion(row: row, record: try VersionRecord(row.recordBytes))
        }
    }

    func decoded<Value>(
        _ what: String, _ body: () throws(FormatError) -> Value
    ) throws(EngineError) -> Value {
        do throws(FormatError) {
            return try body()
        } catch {
            throw EngineError(error, object: what)
        }
    }
}

/// Changes to pins and versions.
extension Snapshot {
    /// Adds a version's row and brings its pin's row up to date.
    ///
    /// - Parameter replacing: Whether the only version there is goes.
    func add(
        _ record: VersionRecord, packs: [ObjectName], replacing: Bool, _ change: inout StateChange
    ) throws(EngineError) {
        let name = record.pinName
        let existing = try pin(name)
        // Any number may stand in a row that came from elsewhere.
        let versionCount = existing?.versionCount ?? 0
        var count = versionCount == .max ? .max : versionCount + 1
        if replacing, let existing {
            try drop(existing.latest, of: name, &change)
            count = 1
        }
        let value = VersionRow(recordBytes: record.encoded, packs: packs).encoded
        // Each list of the metadata may be within its limit, and the row that holds them all be
        // over its own.
        guard value.count <= Limits.tableValueByteCount else {
            throw EngineError(
                .usage,
                "the metadata of pin '\(name)' makes a row of \(value.count) bytes; "
                    + "\(Limits.tableValueByteCount) are allowed",
                object: name)
        }
        change.set(RowKey.version(record.versionName, of: name), value)
        var row = PinRow(
            latest: record.versionName, versionCount: count, byteCount: record.byteCount,
            metadata: record.metadata)
        row.unknown = existing?.unknown ?? []
        change.set(RowKey.pin(name), row.encoded)
    }

    /// Removes versions of a pin; without any left, the pin goes too.
    func remove(
        _ versions: [String], of pin: String, _ change: inout StateChange
    ) throws(EngineError) {
        guard var row = try self.pin(pin) else { return }
        let gone = Set(versions)
        for version in versions { try drop(version, of: pin, &change) }
        let left = try versionNames(of: pin).filter { !gone.contains($0) }
        guard let latest = left.last, let version = try self.version(latest, of: pin) else {
            return change.set(RowKey.pin(pin), nil)
        }
        row.latest = latest
        row.versionCount = UInt64(left.count)
        row.byteCount = version.record.byteCount
        row.metadata = version.record.metadata
        change.set(RowKey.pin(pin), row.encoded)
    }

    private func drop(
        _ version: String, of pin: String, _ change: inout StateChange
    ) throws(EngineError) {
        change.set(RowKey.version(version, of: pin), nil)
        for (label, target) in try labels(of: pin) where target == version {
            change.set(RowKey.label(label, of: pin), nil)
        }
    }
}
