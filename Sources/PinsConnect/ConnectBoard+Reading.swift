internal import PinEngine
internal import PinFormat
internal import PinStorage
internal import Pins
internal import PinsHTTP
internal import Synchronization

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Reading versions.
extension ConnectBoard {
    /// What a `data.txt` has at most.
    private static let metadataByteCountMax = 1 << 20

    /// What a file of a version is called in the cache.
    func cacheName(_ place: ConnectPlace, _ file: String = PlainMetadata.fileName) -> String {
        "connect \(server.printable) \(place.guid) \(place.bundle.text) \(file)"
    }

    /// Whether the metadata of a version is in the cache.
    func isKept(_ place: ConnectPlace) async -> Bool {
        await cache?.bytes(named: cacheName(place), identity: identity) != nil
    }

    /// The metadata of a version, which never changes.
    ///
    /// - Parameter active: The pin's active bundle, for the message.
    /// - Throws: ``EngineError/Code/notFound`` if it is not there, or not any more.
    func metadata(
        of place: ConnectPlace, active: ConnectModels.Number? = nil
    ) async throws(EngineError) -> PlainMetadata {
        let name = cacheName(place)
        if let bytes = await cache?.bytes(named: name, identity: identity),
            let metadata = try? PlainMetadata(readingBundle: bytes)
        {
            return metadata
        }
        var request = client.fileRequest(place.guid, place.bundle, PlainMetadata.fileName)
        request.responseByteCountMax = Self.metadataByteCountMax
        let bytes: [UInt8]
        do throws(ConnectRefusal) {
            bytes = try await client.answer(request, "read \(place.printable)").body
        } catch {
            let wasThere = active.map { place.bundle < $0 } ?? false
            throw error.status == 404 ? absent(place, wasThere: wasThere) : error.engineError
        }
        let metadata: PlainMetadata
        do throws(PlainMetadataError) {
            metadata = try PlainMetadata(readingBundle: bytes)
        } catch {
            throw EngineError(
                error.needsNewer ? .needsNewer : .corrupt,
                "\(PlainMetadata.fileName) of \(place.printable) cannot be read: \(error.message)",
                object: place.pin)
        }
        for remark in metadata.remarks { BoardWarnings.warn("\(place.printable): \(remark)") }
        await cache?.keep(bytes, named: name, identity: identity)
        return metadata
    }

    /// Fills in the sizes that are not recorded: R does not know those above 2 GiB.
    func sized(
        _ place: ConnectPlace, _ metadata: PlainMetadata
    ) async throws(EngineError) -> PlainMetadata {
        var metadata = metadata
        for (index, path) in metadata.files.enumerated() where metadata.sizes[index] == nil {
            var request = client.fileRequest(place.guid, place.bundle, path)
            request.method = .head
            let what = "say how large '\(Names.printable(path))' of \(place.printable) is"
            guard let size = try await client.send(request, what).head.contentLength, size >= 0
            else {
                throw EngineError(
                    .unavailable, "Connect at '\(server.printable)' does not \(what)",
                    object: place.pin)
            }
            metadata.sizes[index] = UInt64(size)
        }
        return metadata
    }

    /// The error of a version that is not there.
    ///
    /// - Parameter wasThere: Whether it must have been there once.
    func absent(_ place: ConnectPlace, wasThere: Bool) -> EngineError {
        var message = "there is no \(place.printable)"
        if wasThere {
            message +=
                ": it was deleted, or the server keeps only so many bundles of a pin and has "
                + "removed it"
        }
        return EngineError(
            .notFound, "\(message); 'pins versions' shows what there is", object: place.pin)
    }

    // MARK: - While the server does not answer

    /// What was said of a pin the last time.
    private struct Kept: Codable {
        let guid: String
        let name: String
        let owner: String
        let bundle: String?
    }

    private func keptName(_ asked: String) -> String { "connect \(server.printable) pin \(asked)" }

    /// Remembers where a pin is.
    func keep(_ found: ConnectPin, asked: String) async {
        guard let cache else { return }
        let kept = Kept(
            guid: found.content.guid, name: found.content.name, owner: found.owner,
            bundle: found.content.bundle_id?.text)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard let data = try? encoder.encode(kept) else { return }
        let name = keptName(asked)
        guard await cache.bytes(named: name, identity: identity) != Array(data) else { return }
        await cache.keep(Array(data), named: name, identity: identity)
    }

    /// Where a pin was the last time.
    func keptPin(_ asked: String) async -> ConnectPin? {
        guard let bytes = await cache?.bytes(named: keptName(asked), identity: identity),
            let kept = try? JSONDecoder().decode(Kept.self, from: Data(bytes))
        else { return nil }
        let content = ConnectModels.Content(
            guid: kept.guid, name: kept.name, title: nil, description: nil, access_type: nil,
            bundle_id: kept.bundle.flatMap { UInt64($0) }.map(ConnectModels.Number.init),
            owner_guid: nil, app_role: nil, content_url: nil)
        return ConnectPin(content: content, owner: kept.owner, isFromCache: true)
    }

    // MARK: - Content

    /// The bytes of a version: through the cache where there is one.
    func content(
        _ place: ConnectPlace, _ metadata: PlainMetadata
    ) async throws(EngineError) -> any VersionContent {
        if let note = metadata.engine {
            return EngineBundleContent(self, place, metadata, note)
        }
        let remote = ConnectContent(client, place, metadata)
        guard let cache else { return remote }
        return CachedConnectContent(
            remote: remote, cache: cache, identity: identity,
            board: "connect \(server.printable)")
    }
}
