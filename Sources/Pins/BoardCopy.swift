public import PinEngine
internal import PinFormat

/// Copying pins from one board to another.
///
///     let copy = BoardCopy(from: old, to: new)
///     let report = try await copy.run()
///
/// Versions go oldest first, each one whole: a copy that was interrupted goes on where it stopped
/// when it is run again. What is at the destination already is left alone.
public struct BoardCopy: Sendable {
    /// One version that was copied, or would be.
    public struct CopiedVersion: Sendable, Hashable {
        /// As it is on the source.
        public let source: VersionInfo
        /// As it is at the destination.
        public let destination: VersionInfo
        /// Bytes that were added there.
        public let storedByteCount: UInt64
    }

    /// What a copy did.
    public struct Report: Sendable, Hashable {
        /// What was copied, in that order.
        public var copied: [CopiedVersion] = []
        /// Versions that were there already.
        public var presentCount = 0

        public init() {}
    }

    /// Where versions come from.
    public let source: Board
    /// Where they go.
    public let destination: Board
    /// The pins to copy; `nil` for all of them.
    public var pins: [String]?
    /// Whether only the latest version of each pin is copied.
    public var latestOnly = false

    public init(from source: Board, to destination: Board) {
        self.source = source
        self.destination = destination
    }

    /// Copies.
    ///
    /// - Parameters:
    ///   - began: Called before each version that is copied.
    /// - Throws: ``EngineError/Code/notFound`` for a pin that the source does not have, before
    ///   anything is copied; ``EngineError/Code/corrupt`` for a version that cannot be verified;
    ///   ``EngineError/Code/usage`` for a name that the destination's layout does not allow.
    /// - Complexity: O(*n*) in the bytes that the destination lacks, and in the versions of both.
    public func run(
        progress: ProgressHandler? = nil, began: (@Sendable (VersionInfo) -> Void)? = nil
    ) async throws(EngineError) -> Report {
        var work: [(versions: [VersionInfo], there: [VersionInfo])] = []
        var report = Report()
        let there = Set(try await destination.list().map(\.name))
        for pin in try await pinNames() {
            var versions = try await source.versions(pin)
            if latestOnly { versions = versions.suffix(1) }
            let present = there.contains(pin) ? try await destination.versions(pin) : []
            work.append((versions, present))
        }
        let total = work.reduce(UInt64(0)) { sum, pin in
            pin.versions.reduce(sum) { $0 &+ $1.byteCount }
        }
        var done: UInt64 = 0
        for (versions, there) in work {
            var present = there
            for version in versions {
                let start = done
                done &+= version.byteCount
                if let copy = present.first(where: { Self.isCopy($0, of: version) }) {
                    report.presentCount += 1
                    try await copyLabels(version, copy)
                    continue
                }
                began?(version)
                let copied = try await copy(version, after: present.last) { part in
                    progress?(Progress(phase: .copying, done: start &+ part.done, total: total))
                }
                present.append(copied.destination)
                report.copied.append(copied)
                try await copyLabels(version, copied.destination)
            }
        }
        return report
    }

    private func pinNames() async throws(EngineError) -> [String] {
        let all = try await source.list().map(\.name)
        guard let pins else { return all }
        let known = Set(all)
        if let missing = pins.first(where: { !known.contains($0) }) {
            throw EngineError(
                .notFound,
                "there is no pin '\(Names.printable(missing))' on '\(source.location)'; "
                    + "'pins list' shows what there is",
                object: missing)
        }
        return pins
    }

    private func copy(
        _ info: VersionInfo, after latest: VersionInfo?, _ progress: @escaping ProgressHandler
    ) async throws(EngineError) -> CopiedVersion {
        let version = try await source.version(info.pin, .named(info.version))
        var request = WriteRequest(pin: info.pin, files: [], metadata: version.info.metadata)
        request.versionName = info.version
        if let origin = origin(of: version, after: latest) {
            request.metadata.originJSON = origin.json
        }
        let written = try await destination.form.copy(version, request, progress: progress)
        return CopiedVersion(
            source: info, destination: written.info, storedByteCount: written.storedByteCount)
    }

    /// What to note about where a version comes from; `nil` leaves what it says itself.
    private func origin(of version: PinVersion, after latest: VersionInfo?) -> VersionOrigin? {
        if let origin = version.content.origin { return origin }
        guard version.info.metadata.originJSON == nil else { return nil }
        // Under its own name it is recognised without.
        let name = version.info.version
        let keepsName = latest.map { $0.version.prefix(16) < name.prefix(16) } ?? true
        return keepsName
            ? nil
            : VersionOrigin(
                layout: source.form.layout, version: name, pinHash: version.info.pinHash)
    }

    /// Whether a version of the destination is one of the source.
    static func isCopy(_ there: VersionInfo, of here: VersionInfo) -> Bool {
        let (thereOrigin, hereOrigin) = (
            VersionOrigin(json: there.metadata.originJSON),
            VersionOrigin(json: here.metadata.originJSON)
        )
        let names = [there.version, thereOrigin?.version].compactMap { $0 }
        let hereNames = [here.version, hereOrigin?.version].compactMap { $0 }
        guard names.contains(where: hereNames.contains) else { return false }
        let hashes = [there.pinHash, thereOrigin?.pinHash].compactMap { $0 }
        if hashes.contains(here.pinHash) || hereOrigin.map({ hashes.contains($0.pinHash) }) == true
        {
            return true
        }
        // Layouts hash differently: a name, five digits of a hash in it, and all sizes say enough.
        return here.pinHash.utf8.count != there.pinHash.utf8.count
            && here.byteCount == there.byteCount && here.fileCount == there.fileCount
    }

    private func copyLabels(
        _ version: VersionInfo, _ copy: VersionInfo
    ) async throws(EngineError) {
        for label in version.labels where !copy.labels.contains(label) {
            do throws(EngineError) {
                _ = try await destination.setLabel(label, of: copy.pin, to: .named(copy.version))
            } catch  where error.code == .usage {
                // A form without labels: the version is there all the same.
                BoardWarnings.warn(
                    "the label '\(label)' of version '\(version.version)' of pin "
                        + "'\(version.pin)' is not copied: \(error.message)")
            }
        }
    }
}
