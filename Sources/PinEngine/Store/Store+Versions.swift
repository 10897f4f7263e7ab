public import PinFormat
internal import PinStorage
internal import PinTransforms

/// A pin in a list.
public struct PinSummary: Sendable, Hashable {
    /// The pin's name.
    public let name: String
    /// The name of its latest version, and that version's size and metadata.
    public let latest: String
    /// 0 where it is not known.
    public let versionCount: Int
    /// The bytes of all files of the latest version.
    public let byteCount: UInt64
    /// Of the latest version.
    public let metadata: VersionMetadata

    public init(
        name: String, latest: String, versionCount: Int, byteCount: UInt64,
        metadata: VersionMetadata
    ) {
        self.name = name
        self.latest = latest
        self.versionCount = versionCount
        self.byteCount = byteCount
        self.metadata = metadata
    }
}

/// A version in a list.
public struct VersionSummary: Sendable, Hashable {
    /// The version as it is stored (FORMAT.md §7.6).
    public let record: VersionRecord
    /// Ascending.
    public let labels: [String]

    public init(record: VersionRecord, labels: [String]) {
        self.record = record
        self.labels = labels
    }

    /// The version's name.
    public var version: String { record.versionName }
}

/// Which version of a pin is meant.
public enum VersionSelector: Sendable, Hashable {
    case latest
    /// A version's name, a label, or a prefix of at least 8 characters that only one version has.
    case named(String)

    /// `nil` and `latest` mean the latest version.
    public init(_ text: String?) {
        self = text.map { $0 == "latest" ? .latest : .named($0) } ?? .latest
    }
}

/// Finding pins and versions.
extension Store {
    /// All pins, ascending by the bytes of their names.
    public func pins() async throws(EngineError) -> [PinSummary] {
        try await runBlocking { () async throws(EngineError) in
            var out: [PinSummary] = []
            try await viewing { (snapshot) throws(EngineError) in
                out = []
                try snapshot.forEachPin { name, row in
                    out.append(
                        PinSummary(
                            name: name, latest: row.latest,
                            versionCount: Int(clamping: row.versionCount),
                            byteCount: row.byteCount, metadata: row.metadata))
                }
            }
            return out
        }
    }

    /// The versions of a pin, oldest first.
    ///
    /// - Throws: ``EngineError/Code/notFound`` if there is no such pin.
    public func versions(of pin: String) async throws(EngineError) -> [VersionSummary] {
        try await runBlocking { () async throws(EngineError) in
            let (versions, labels) = try await viewing { (snapshot) throws(EngineError) in
                let versions = try snapshot.versions(of: pin)
                guard !versions.isEmpty else { throw Self.noPin(pin) }
                return (versions, try snapshot.labels(of: pin))
            }
            return versions.map { version in
                let name = version.record.versionName
                return VersionSummary(
                    record: version.record,
                    labels: labels.filter { $0.version == name }.map(\.label))
            }
        }
    }

    /// Opens a version for reading.
    ///
    /// - Throws: ``EngineError/Code/notFound``, ``EngineError/Code/usage`` for an ambiguous prefix.
    public func reader(
        of pin: String, _ selector: VersionSelector
    ) async throws(EngineError) -> (reader: VersionReader, labels: [String]) {
        try await runBlocking { () async throws(EngineError) in
            try await viewing { (snapshot) throws(EngineError) in
                try snapshot.resolve(selector, of: pin).row.packs
            } _: { (snapshot) async throws(EngineError) in
                let version = try snapshot.resolve(selector, of: pin)
                let labels = try snapshot.labels(of: pin)
                    .filter { $0.version == version.record.versionName }.map(\.label)
                return (try await VersionReader(self, snapshot, version), labels)
            }
        }
    }

    static func noPin(_ pin: String) -> EngineError {
        EngineError(
            .notFound, "there is no pin '\(Names.printable(pin))'; 'pins list' shows what there is",
            object: pin)
    }
}

/// Changing what there is.
extension Store {
    /// Removes versions from the log; their space comes back with ``collect(_:progress:)``.
    ///
    /// - Parameters:
    ///   - selector: The version; `nil` removes the pin with all its versions.
    /// - Returns: The names of the versions that were removed.
    public func delete(
        _ pin: String, _ selector: VersionSelector?
    ) async throws(EngineError) -> [String] {
        try await remove(from: pin) { (snapshot) throws(EngineError) in
            guard let selector else {
                let names = try snapshot.versionNames(of: pin)
                guard !names.isEmpty else { throw Store.noPin(pin) }
                return names
            }
            return [try snapshot.resolve(selector, of: pin).record.versionName]
        }
    }

    /// Removes old versions of a pin, never the latest.
    ///
    /// - Parameter rule: Given all versions, oldest first, says which go.
    /// - Returns: The names of the versions that were removed, or would be.
    public func prune(
        _ pin: String, isDryRun: Bool,
        _ rule: @escaping @Sendable ([VersionRecord]) -> [VersionRecord]
    ) async throws(EngineError) -> [String] {
        try await remove(from: pin, isDryRun: isDryRun) { (snapshot) throws(EngineError) in
            let versions = try snapshot.versions(of: pin).map(\.record)
            guard let latest = versions.last else { throw Store.noPin(pin) }
            return rule(versions).map(\.versionName).filter { $0 != latest.versionName }
        }
    }

    private func remove(
        from pin: String, isDryRun: Bool = false,
        _ choose: @escaping @Sendable (Snapshot) throws(EngineError) -> [String]
    ) async throws(EngineError) -> [String] {
        try await runBlocking { () async throws(EngineError) in
            var removed: [String] = []
            _ = try await commitTogether { (snapshot) throws(EngineError) in
                removed = try choose(snapshot)
                if isDryRun || removed.isEmpty { return nil }
                var change = StateChange(.delete)
                try snapshot.remove(removed, of: pin, &change)
                return change
            }
            return removed
        }
    }

    /// Points a label at a version, or takes it away.
    ///
    /// - Parameter selector: `nil` takes the label away.
    /// - Returns: The version the label points at, or did.
    public func setLabel(
        _ label: String, of pin: String, to selector: VersionSelector?
    ) async throws(EngineError) -> String {
        do throws(FormatError) {
            try Names.checkLabel(label)
            // A row of a hostile board may have a longer name, and with the label no key of it.
            if selector != nil { try Names.checkPin(pin) }
        } catch {
            throw EngineError.usage(error, object: label)
        }
        return try await runBlocking { () async throws(EngineError) in
            var target = ""
            _ = try await commitTogether { (snapshot) throws(EngineError) in
                guard try snapshot.pin(pin) != nil else { throw Self.noPin(pin) }
                let current = try snapshot.labels(of: pin).first { $0.label == label }?.version
                var change = StateChange(.administer)
                if let selector {
                    target = try snapshot.resolve(selector, of: pin).record.versionName
                    if target == current { return nil }
                    change.set(
                        RowKey.label(label, of: pin), LabelRow(version: target).encoded)
                } else {
                    guard let current else {
                        throw EngineError(
                            .notFound, "pin '\(pin)' has no label '\(label)'", object: label)
                    }
                    target = current
                    change.set(RowKey.label(label, of: pin), nil)
                }
                return change
            }
            return target
        }
    }

    /// Writes a version with the content of the latest one and other metadata; stores no data.
    ///
    /// - Throws: What `body` throws; ``EngineError/Code/notFound``, ``EngineError/Code/usage``.
    public func edit(
        _ pin: String,
        _ body: @escaping @Sendable (inout VersionMetadata) throws(EngineError) -> Void
    ) async throws(EngineError) -> WriteResult {
        try await runBlocking { () async throws(EngineError) in
            var result: VersionRecord?
            var isUnchanged = false
            let outcome = try await commitTogether { (snapshot) throws(EngineError) in
                guard let latest = try snapshot.latestVersion(of: pin) else {
                    throw Self.noPin(pin)
                }
                var record = latest.record
                try body(&record.metadata)
                record.metadata = record.metadata.canonical
                do throws(FormatError) {
                    try Self.checkMetadata(record.metadata)
                } catch {
                    throw EngineError.usage(error, object: pin)
                }
                isUnchanged = record.metadata == latest.record.metadata
                // What another board recorded is not true of the edited version.
                if !isUnchanged, record.metadata.originJSON == latest.record.metadata.originJSON {
                    record.metadata.originJSON = nil
                }
                if !isUnchanged {
                    try record.follow(latest, seconds: configuration.clock.secondsSince1970)
                    (record.newChunkCount, record.newByteCount) = (0, 0)
                    record.producer = configuration.producer
                }
                result = record
                if isUnchanged { return nil }
                var change = StateChange(.write)
                try snapshot.add(record, packs: latest.row.packs, replacing: false, &change)
                return change
            }
            guard let record = result else { preconditionFailure("the change was made") }
            let version = SnapshotVersion(
                row: VersionRow(recordBytes: record.encoded, packs: []), record: record)
            let files = try await files(of: version, outcome.snapshot)
            return WriteResult(
                version: record, files: files, isUnchanged: isUnchanged,
                chunkCount: record.chunkCount, newChunkCount: 0, newByteCount: 0,
                storedByteCount: UInt64(outcome.storedByteCount))
        }
    }

    private func files(
        of version: SnapshotVersion, _ snapshot: Snapshot
    ) async throws(EngineError) -> [FileEntry] {
        try await VersionReader(self, snapshot, version).files
    }
}

extension Snapshot {
    /// The version that is meant.
    ///
    /// - Throws: ``EngineError/Code/notFound``, ``EngineError/Code/usage``.
    func resolve(
        _ selector: VersionSelector, of pin: String
    ) throws(EngineError) -> SnapshotVersion {
        guard let latest = try latestVersion(of: pin) else { throw Store.noPin(pin) }
        guard case .named(let text) = selector else { return latest }
        if let exact = try version(text, of: pin) { return exact }
        let labels = try labels(of: pin)
        if let label = labels.first(where: { $0.label == text }),
            let labelled = try version(label.version, of: pin)
        {
            return labelled
        }
        let missing = EngineError(
            .notFound,
            "pin '\(pin)' has no version or label '\(Names.printable(text))'; 'pins versions' "
                + "shows what there is",
            object: pin)
        guard text.utf8.count >= 8 else { throw missing }
        let matches = try versionNames(of: pin).filter { $0.hasPrefix(text) }
        guard let match = matches.first, let found = try version(match, of: pin) else {
            throw missing
        }
        guard matches.count == 1 else {
            throw EngineError(
                .usage,
                "'\(Names.printable(text))' begins \(matches.count) versions of pin '\(pin)'; "
                    + "give more of it",
                object: pin)
        }
        return found
    }
}
