package import PinEngine
internal import PinFormat
internal import PinStorage

/// Removing versions.
extension PlainBoard {
    package func delete(
        _ pin: String, _ selector: VersionSelector?
    ) async throws(EngineError) -> [String] {
        try checkWritable()
        return try await runBlocking { () async throws(EngineError) in
            let lock = try await tree.lock()
            defer { lock.release() }
            let names = try await names(of: pin)
            let isThere = try await tree.pins().contains { $0.utf8.elementsEqual(pin.utf8) }
            guard isThere, PlainNames.isPin(pin) else { throw Self.noPin(pin) }
            guard let selector else {
                try await tree.delete(pin: pin)
                return names
            }
            let name =
                switch selector {
                case .latest: try await resolve(.latest, of: pin).place.version
                case .named(let text): try await resolveName(text, of: pin)
                }
            try await remove([name], of: pin, from: names)
            return [name]
        }
    }

    package func prune(
        _ pin: String, isDryRun: Bool,
        _ rule: @escaping @Sendable ([VersionInfo]) -> [VersionInfo]
    ) async throws(EngineError) -> [String] {
        if !isDryRun { try checkWritable() }
        return try await runBlocking { () async throws(EngineError) in
            let lock: (any PlainLock)? = isDryRun ? nil : try await tree.lock()
            defer { lock?.release() }
            let versions = try await wholeVersions(of: pin)
            guard let latest = versions.last else { throw Self.noPin(pin) }
            let going = rule(versions.map { $0.info(labels: []) }).map(\.version)
                .filter { $0 != latest.place.version }
            if !isDryRun {
                try await remove(going, of: pin, from: try await names(of: pin))
            }
            return going
        }
    }

    /// Removes versions; with the last name the pin goes too, because pins for Python cannot read
    /// or write one without versions.
    private func remove(
        _ versions: [String], of pin: String, from names: [String]
    ) async throws(EngineError) {
        if Set(names).subtracting(versions).isEmpty, !versions.isEmpty {
            return try await tree.delete(pin: pin)
        }
        for version in versions { try await tree.delete(PlainPlace(pin, version)) }
    }
}
