public import PinEngine
internal import PinFormat
public import Pins

/// Removing versions, and what Connect does not have.
extension ConnectBoard {
    public func delete(
        _ pin: String, _ selector: VersionSelector?
    ) async throws(EngineError) -> [String] {
        let me = try await me()
        let found = try await find(try ConnectName(pin))
        try checkMayChange(found, me)
        let bundles = try await client.bundles(found.content.guid)
        guard let selector else {
            try await client.deleteContent(found.content.guid)
            return bundles.map(\.id.text)
        }
        let wanted: ConnectModels.Number
        switch selector {
        case .latest:
            guard let active = found.content.bundle_id else { throw noVersions(found) }
            wanted = active
        case .named(let text): wanted = try number(text, of: found)
        }
        guard bundles.contains(where: { $0.id == wanted }) else {
            throw EngineError(
                .notFound,
                "pin '\(found.name)' has no version '\(wanted.text)'; 'pins versions' shows what "
                    + "there is",
                object: found.name)
        }
        if wanted == found.content.bundle_id {
            try await replaceActive(of: found, bundles.map(\.id).filter { $0 != wanted })
        }
        try await client.deleteBundle(found.content.guid, wanted)
        return [wanted.text]
    }

    /// Makes the newest of the other versions that can be read the active one: Connect does not
    /// delete the one that is.
    private func replaceActive(
        of found: ConnectPin, _ others: [ConnectModels.Number]
    ) async throws(EngineError) {
        for bundle in others.reversed() {
            guard let metadata = try? await metadata(of: found.place(bundle)) else { continue }
            let guid = found.content.guid
            try await activate(bundle, guid)
            try await client.change(
                guid, ["title": metadata.title ?? "", "description": metadata.description ?? ""])
            return
        }
        throw EngineError(
            .cannotCreate,
            "Posit Connect cannot delete the latest pin version, and '\(found.name)' has no "
                + "other; to remove the pin with its address and permissions, delete it without "
                + "'--version'",
            object: found.name)
    }

    public func prune(
        _ pin: String, isDryRun: Bool,
        _ rule: @escaping @Sendable ([VersionInfo]) -> [VersionInfo]
    ) async throws(EngineError) -> [String] {
        let name = try ConnectName(pin)
        let found: ConnectPin
        if isDryRun {
            found = try await find(name)
        } else {
            let me = try await me()
            found = try await find(name)
            try checkMayChange(found, me)
        }
        let infos = try await versions(of: found).map { listed in
            var info = listed.info
            // When it came here, not what its writer calls its date.
            if let seconds = ConnectTime.seconds(listed.bundle.created_time) {
                info.metadata.createdSeconds = seconds
            }
            return info
        }
        let latest = found.content.bundle_id?.text
        let going = rule(infos).map(\.version).filter { $0 != latest }
        if !isDryRun {
            for version in going {
                try await client.deleteBundle(
                    found.content.guid, try number(version, of: found))
            }
        }
        return going
    }

    public func setLabel(
        _ label: String, of pin: String, to selector: VersionSelector?
    ) async throws(EngineError) -> String {
        throw EngineError(
            .usage,
            "Connect has no place for labels: activate a version on the pin's page instead, or "
                + "copy the pin to an engine board",
            object: label)
    }

    public func collect(
        _ options: CollectionOptions, progress: ProgressHandler?
    ) async throws(EngineError) -> CollectionReport {
        // The server gives back what no version needs by itself.
        CollectionReport()
    }
}
