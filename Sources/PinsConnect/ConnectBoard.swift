public import PinEngine
internal import PinFormat
internal import PinStorage
public import Pins
internal import PinsHTTP
internal import Synchronization

/// A board on Posit Connect, as a form of board. A pin is a content item, a version one of its
/// bundles, the latest version the bundle that is active.
///
/// Colleagues with pins for Python and R read and write the same pins, and see them in the browser.
public struct ConnectBoard: BoardForm {
    let server: ConnectServer
    /// How it does its work.
    public var settings: ConnectSettings
    let client: ConnectClient
    var cache: BoardCache?
    let identity: CacheIdentity
    let clock: any WallClock
    let pause: any HTTPPause
    let known = ConnectKnowledge()

    init(
        _ server: ConnectServer, settings: ConnectSettings, transport: any HTTPTransport,
        cache: BoardCache?, clock: any WallClock = SystemClock(),
        pause: any HTTPPause = SystemPause()
    ) {
        self.server = server
        self.settings = settings
        client = ConnectClient(server, transport, pause: pause)
        self.cache = cache.flatMap { $0.settings.byteCountMax > 0 ? $0 : nil }
        identity = CacheIdentity(
            origin: server.url.origin, credentials: Array((server.key ?? "").utf8))
        self.clock = clock
        self.pause = pause
    }

    public var layout: String { "connect" }

    /// The server's address.
    public var address: String { server.printable }

    // MARK: - Finding

    public func pins() async throws(EngineError) -> [PinSummary] {
        var found: [ConnectModels.Application] = []
        var continuation: String?
        let count = 1_000
        while true {
            let page = try await client.applications(
                start: found.count + 1, count: count, continuation: continuation)
            let known = Set(found.map(\.guid))
            // A server that knows no pages would give the same ones for ever.
            let new = page.applications.filter { !known.contains($0.guid) }
            found += new
            continuation = page.continuation
            if new.isEmpty || page.applications.count < count { break }
        }
        let all = found
        let summaries = await concurrently(all) { await summary($0) }
        return summaries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// What is known of a pin in the list; its metadata, unless the key does not open it.
    private func summary(_ pin: ConnectModels.Application) async -> PinSummary {
        let name = pin.owner_username.map { "\($0)/\(pin.name)" } ?? pin.name
        if let bundle = pin.bundle_id {
            let place = ConnectPlace(pin: name, guid: pin.guid, bundle: bundle)
            if let found = try? await metadata(of: place) {
                return PinSummary(
                    name: name, latest: bundle.text, versionCount: 0, byteCount: found.byteCount,
                    metadata: found.versionMetadata(version: bundle.text))
            }
        }
        return PinSummary(
            name: name, latest: pin.bundle_id?.text ?? "", versionCount: 0, byteCount: 0,
            metadata: VersionMetadata(
                createdSeconds: ConnectTime.seconds(pin.last_deployed_time) ?? 0, type: "",
                title: pin.title.flatMap { $0.isEmpty ? nil : $0 },
                description: pin.description.flatMap { $0.isEmpty ? nil : $0 }))
    }

    public func versions(of pin: String) async throws(EngineError) -> [VersionInfo] {
        try await versions(of: try await find(try ConnectName(pin))).map(\.info)
    }

    /// A version in a list.
    struct Listed: Sendable {
        let bundle: ConnectModels.Bundle
        let info: VersionInfo
    }

    /// All that can be read, ascending by the bundles' numbers.
    func versions(of found: ConnectPin) async throws(EngineError) -> [Listed] {
        let bundles = try await client.bundles(found.content.guid)
        warn(of: found, bundles)
        let infos = await concurrently(bundles) { bundle in
            await info(of: found, bundle)
        }
        var listed: [Listed] = []
        for (bundle, info) in zip(bundles, infos) {
            if let info = try info.get() { listed.append(Listed(bundle: bundle, info: info)) }
        }
        guard !listed.isEmpty else { throw noVersions(found) }
        return listed
    }

    private func info(
        of found: ConnectPin, _ bundle: ConnectModels.Bundle
    ) async -> Result<VersionInfo?, EngineError> {
        let place = found.place(bundle.id)
        do throws(EngineError) {
            let metadata = try await metadata(of: place)
            return .success(self.info(place, metadata, bundle))
        } catch {
            // Uploaded and never deployed, or no pin: it is no version that anybody can read.
            guard error.code == .notFound || error.code == .corrupt else { return .failure(error) }
            BoardWarnings.warn(
                "version '\(bundle.id.text)' of pin '\(found.name)' is passed over: it was never "
                    + "deployed, or is no pin; 'pins delete' removes it")
            return .success(nil)
        }
    }

    func info(
        _ place: ConnectPlace, _ metadata: PlainMetadata, _ bundle: ConnectModels.Bundle? = nil
    ) -> VersionInfo {
        VersionInfo(
            pin: place.pin, version: place.bundle.text, pinHash: metadata.pinHash ?? "",
            byteCount: metadata.byteCount, fileCount: metadata.files.count,
            metadata: metadata.versionMetadata(version: place.bundle.text),
            newByteCount: bundle?.size)
    }

    /// Says so where pins for Python would take another version for the latest.
    func warn(of found: ConnectPin, _ bundles: [ConnectModels.Bundle]) {
        guard let active = found.content.bundle_id, let highest = bundles.last?.id,
            highest != active
        else { return }
        BoardWarnings.warn(
            "the latest version of pin '\(found.name)' is '\(active.text)', which is active on "
                + "Connect; '\(highest.text)' is newer and not active, and pins for Python would "
                + "take that one")
    }

    public func version(
        of pin: String, _ selector: VersionSelector
    ) async throws(EngineError) -> PinVersion {
        let name = try ConnectName(pin)
        let found: ConnectPin
        do throws(EngineError) {
            found = try await find(name)
        } catch  where error.code == .unavailable && settings.usesCacheOnFailure {
            guard let kept = await keptPin(pin) else { throw error }
            BoardWarnings.warn(
                "Failed to connect to Posit Connect; using cached version of pin '\(kept.name)'"
                    + ": \(error.message)")
            found = kept
        }
        return try await open(found, selector, asked: pin)
    }

    func open(
        _ found: ConnectPin, _ selector: VersionSelector, asked: String
    ) async throws(EngineError) -> PinVersion {
        let bundle: ConnectModels.Number
        switch selector {
        case .latest:
            guard let active = found.content.bundle_id else { throw noVersions(found) }
            bundle = active
            // Only where it is new to us: a second look would cost a request for nothing.
            if !found.isFromCache, await !isKept(found.place(active)) {
                if let bundles = try? await client.bundles(found.content.guid) {
                    warn(of: found, bundles)
                }
            }
        case .named(let text):
            bundle = try number(text, of: found)
        }
        let place = found.place(bundle)
        let metadata = try await sized(
            place, try await metadata(of: place, active: found.content.bundle_id))
        if !found.isFromCache { await keep(found, asked: asked) }
        return PinVersion(
            info(place, metadata), metadata.pinFiles, try await content(place, metadata))
    }

    /// The bundle that a version's name means.
    func number(_ text: String, of found: ConnectPin) throws(EngineError) -> ConnectModels.Number {
        guard let number = UInt64(text), text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            throw EngineError(
                .notFound,
                "pin '\(found.name)' has no version '\(Names.printable(text))': on Connect a "
                    + "version is the number of a bundle; 'pins versions' shows what there is",
                object: found.name)
        }
        return ConnectModels.Number(number)
    }

    func noVersions(_ found: ConnectPin) -> EngineError {
        EngineError(
            .notFound, "pin '\(found.name)' has no version that can be read", object: found.name)
    }
}

extension PlainMetadata {
    /// The bytes of all files, as far as they are recorded.
    var byteCount: UInt64 { sizes.reduce(0) { $0 + ($1 ?? 0) } }

    /// Its files as every kind of board tells of them, ascending by path.
    var pinFiles: [PinFile] {
        zip(files, sizes).map { PinFile(path: $0, byteCount: $1 ?? 0) }
            .sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }
}

/// Does the same for many items, a few at a time, and keeps their order.
func concurrently<Item: Sendable, Value: Sendable>(
    _ items: [Item], _ body: @escaping @Sendable (Item) async -> Value
) async -> [Value] {
    await withTaskGroup(of: (Int, Value).self) { group in
        var values = [Value?](repeating: nil, count: items.count)
        var next = 0
        while next < items.count, next < 8 {
            let (index, item) = (next, items[next])
            group.addTask { (index, await body(item)) }
            next += 1
        }
        while let (index, value) = await group.next() {
            values[index] = value
            guard next < items.count else { continue }
            let (following, item) = (next, items[next])
            group.addTask { (following, await body(item)) }
            next += 1
        }
        return values.compactMap { $0 }
    }
}
