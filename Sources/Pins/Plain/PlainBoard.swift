package import PinEngine
internal import PinFormat
package import PinStorage

/// A board in the layout that pins for Python and R read and write, as a form of board.
///
/// It does what they do, without their losses: a version appears whole where the place can do
/// that, is never sorted before an older one, replaces another only after it stands, and every byte
/// that is read is checked against the recorded hash. What another tool left half-written is passed
/// over with a warning.
package struct PlainBoard: BoardForm {
    /// How much is read and handed out at once.
    static let pieceByteCount = 1 << 20

    /// The place.
    package let tree: any PlainTree
    let clock: any WallClock
    let verified = PlainVerified()

    package init(_ tree: some PlainTree, clock: any WallClock = SystemClock()) {
        self.tree = tree
        self.clock = clock
    }

    package var layout: String { "plain" }

    // MARK: - Finding

    package func versions(of pin: String) async throws(EngineError) -> [VersionInfo] {
        try await runBlocking { () async throws(EngineError) in
            let versions = try await wholeVersions(of: pin)
            guard !versions.isEmpty else { throw Self.noPin(pin) }
            let current = PlainLabels(versions)
            return versions.map { $0.info(labels: current.labels(of: $0.place.version)) }
        }
    }

    package func version(
        of pin: String, _ selector: VersionSelector
    ) async throws(EngineError) -> PinVersion {
        try await runBlocking { () async throws(EngineError) in
            let version = try await resolve(selector, of: pin)
            var labels: [String] = []
            // Whether they are the newest of their names, the other versions know.
            if !version.labels.isEmpty {
                labels = try await self.labels(of: pin).labels(of: version.place.version)
            }
            return PinVersion(
                version.info(labels: labels), version.pinFiles,
                PlainContent(tree, version, verified))
        }
    }

    // MARK: - Versions

    /// The names in a pin's place, ascending: the order of versions.
    func names(of pin: String) async throws(EngineError) -> [String] {
        guard PlainNames.isPin(pin) else { return [] }
        return try await tree.versions(of: pin).filter(PlainNames.isVersion).sortedByBytes()
    }

    /// The last version that is whole, and how many names there are but for those passed over.
    func latest(of pin: String) async throws(EngineError) -> (PlainVersion, count: Int)? {
        let names = try await names(of: pin)
        var count = names.count
        for name in names.reversed() {
            if let version = try await whole(PlainPlace(pin, name)) { return (version, count) }
            count -= 1
        }
        return nil
    }

    /// All versions that are whole, ascending.
    func wholeVersions(of pin: String) async throws(EngineError) -> [PlainVersion] {
        var versions: [PlainVersion] = []
        for name in try await names(of: pin) {
            do throws(EngineError) {
                if let version = try await whole(PlainPlace(pin, name)) { versions.append(version) }
            } catch  where error.code == .needsNewer {
                BoardWarnings.warn(error.message)
            }
        }
        return versions
    }

    /// The version of a name, or `nil` with a warning if it is not whole.
    ///
    /// - Throws: ``EngineError/Code/needsNewer``: nobody may act as if it were not there.
    private func whole(_ place: PlainPlace) async throws(EngineError) -> PlainVersion? {
        switch try await tree.find(place) {
        case .whole(let version):
            for remark in version.metadata.remarks {
                BoardWarnings.warn("\(Self.name(place)): \(remark)")
            }
            return version
        case .incomplete(let why):
            BoardWarnings.warn(
                "\(Self.name(place)) is passed over: \(why); another program may be writing it, "
                    + "or was interrupted")
            return nil
        case .needsNewer(let why):
            throw EngineError(
                .needsNewer, "\(Self.name(place)) needs a newer version of pins: \(why)",
                object: place.pin)
        }
    }

    /// The version that is meant.
    func resolve(
        _ selector: VersionSelector, of pin: String
    ) async throws(EngineError) -> PlainVersion {
        guard case .named(let text) = selector else {
            guard let (latest, _) = try await latest(of: pin) else { throw Self.noPin(pin) }
            return latest
        }
        let place = PlainPlace(pin, try await resolveName(text, of: pin))
        if let version = try await whole(place) { return version }
        throw EngineError(
            .corrupt,
            "\(Self.name(place)) is not whole: another program was interrupted while it wrote it; "
                + "delete it, or read another version",
            object: pin)
    }

    /// The name of the version that is meant, also of one that is not whole.
    func resolveName(_ text: String, of pin: String) async throws(EngineError) -> String {
        let names = try await names(of: pin)
        guard !names.isEmpty else { throw Self.noPin(pin) }
        if let exact = names.first(where: { $0.utf8.elementsEqual(text.utf8) }) { return exact }
        if let version = try await labels(of: pin).version(of: text) { return version }
        let missing = EngineError(
            .notFound,
            "pin '\(pin)' has no version or label '\(Names.printable(text))'; 'pins versions' "
                + "shows what there is",
            object: pin)
        guard text.utf8.count >= 8 else { throw missing }
        let matches = names.filter { $0.utf8.starts(with: text.utf8) }
        guard let match = matches.first else { throw missing }
        guard matches.count == 1 else {
            throw EngineError(
                .usage,
                "'\(Names.printable(text))' begins \(matches.count) versions of pin '\(pin)'; "
                    + "give more of it",
                object: pin)
        }
        return match
    }

    static func noPin(_ pin: String) -> EngineError {
        EngineError(
            .notFound, "there is no pin '\(Names.printable(pin))'; 'pins list' shows what there is",
            object: pin)
    }

    private static func name(_ place: PlainPlace) -> String {
        "version '\(Names.printable(place.version))' of pin '\(Names.printable(place.pin))'"
    }
}

extension [String] {
    /// Ascending by the bytes of UTF-8, which is how Python and R in the C locale sort names.
    func sortedByBytes() -> [String] {
        sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
