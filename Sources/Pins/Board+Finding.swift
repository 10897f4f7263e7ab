public import PinEngine
public import PinStorage

/// Finding pins and versions.
extension Board {
    /// All pins, by name.
    public func list() async throws(EngineError) -> [PinSummary] {
        try await form.pins()
    }

    /// Pins whose name, title, description, tags or metadata contain a text, without regard to
    /// case.
    ///
    /// - Complexity: O(*n*) in the summaries of all pins; no version is opened.
    public func search(_ text: String) async throws(EngineError) -> [PinSummary] {
        let text = SearchText(text)
        if text.isEmpty { return try await list() }
        return try await list().filter { text.isIn($0.name, $0.metadata) }
    }

    /// The versions of a pin, oldest first.
    public func versions(_ pin: String) async throws(EngineError) -> [VersionInfo] {
        try await form.versions(of: pin)
    }

    /// Opens a version for reading.
    public func version(
        _ pin: String, _ selector: VersionSelector = .latest
    ) async throws(EngineError) -> PinVersion {
        try await form.version(of: pin, selector)
    }
}

extension Board {
    /// What reading files of a version will move, before it is done: requests and bytes, from
    /// opening the board on. `nil` where the kind of board does not tell.
    ///
    /// - Parameters:
    ///   - files: Files of the version; all by default.
    ///   - range: Which bytes of each, cut to its end; `nil` is all.
    public func trafficOfReading(
        _ version: PinVersion, files: [PinFile]? = nil, range: Range<UInt64>? = nil
    ) async throws(EngineError) -> Traffic? {
        try await form.trafficOfReading(files ?? version.files, of: version, range: range)
    }
}

/// Which versions a pruning keeps.
public enum PruneRule: Sendable, Hashable {
    /// The newest so many.
    case keep(Int)
    /// Those made in the last so many days.
    case days(Int)
}

extension Board {
    /// Removes old versions of a pin, never the latest.
    ///
    /// - Returns: The names of the versions that were removed, or would be.
    /// - Throws: ``EngineError/Code/usage`` for a count below 1 or days below 0.
    public func prune(
        _ pin: String, _ rule: PruneRule, isDryRun: Bool = false
    ) async throws(EngineError) -> [String] {
        switch rule {
        case .keep(let count):
            guard count >= 1 else {
                throw EngineError(
                    .usage, "at least one version is kept; to remove all, delete the pin")
            }
            return try await form.prune(pin, isDryRun: isDryRun) { Array($0.dropLast(count)) }
        case .days(let days):
            guard days >= 0, days <= 1_000_000 else {
                throw EngineError(.usage, "\(days) days are not allowed")
            }
            let limit = Timestamp.now() - Int64(days) * 86_400
            return try await form.prune(pin, isDryRun: isDryRun) { versions in
                versions.filter { $0.committedSeconds < limit }
            }
        }
    }
}
