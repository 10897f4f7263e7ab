package import PinEngine
internal import PinFormat
internal import PinStorage

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Changing a plain board in a folder.
extension PlainFolder {
    package func lock() async throws(EngineError) -> any PlainLock {
        try await PlainStaging(self).lock()
    }

    package func stage(for pin: String) async throws(EngineError) -> any PlainStage {
        let staging = try PlainStaging(self)
        staging.clean()
        return try PlainFolderStage(pin, try staging.claim())
    }

    package func addMarker(
        _ name: String, to place: PlainPlace
    ) async throws(EngineError) -> Bool {
        let folder = folder(place)
        do throws(SystemError) {
            let file = try OwnedFile.createExclusive("\(folder)/\(name)", of: fileSystem)
            try file.synchronize()
            try file.close()
            if !Check.plainSyncMarker.isOff { try fileSystem.synchronizeDirectory(folder) }
            return true
        } catch {
            if error.call == .createExclusive, error.number == EEXIST { return false }
            throw EngineError.plain(error, "\(folder)/\(name)")
        }
    }

    package func removeMarker(_ name: String, from place: PlainPlace) async throws(EngineError) {
        let folder = folder(place)
        do throws(SystemError) {
            try uninterrupted { () throws(SystemError) in
                try fileSystem.unlink("\(folder)/\(name)")
            }
            if !Check.plainSyncMarkerGone.isOff { try fileSystem.synchronizeDirectory(folder) }
        } catch {
            if error.call == .unlink, error.number == ENOENT { return }
            throw EngineError.plain(error, "\(folder)/\(name)")
        }
    }

    package func delete(_ place: PlainPlace) async throws(EngineError) {
        try remove(folder(place), of: place, from: folder(place.pin))
    }

    package func delete(pin: String) async throws(EngineError) {
        try remove(folder(pin), of: PlainPlace(pin, ""), from: path)
    }

    /// Renames a folder away, so that no reader sees a part of it, and then removes it.
    private func remove(
        _ folder: String, of place: PlainPlace, from parent: String
    ) throws(EngineError) {
        let isPin = place.version.isEmpty
        let staging = try PlainStaging(self, avoiding: place)
        // A staging place inside of what goes away would go with it.
        let isInside = staging.root.utf8.starts(with: "\(folder)/".utf8)
        let safe =
            isInside ? PlainStaging(self, root: "\(path)/\(PlainStaging.insideName)") : staging
        safe.clean()
        let claim = try safe.claim()
        defer { claim.remove() }
        do throws(SystemError) {
            let pinFolder = "\(claim.folder)/\(place.pin)"
            if !isPin { try fileSystem.makeDirectory(pinFolder) }
            try uninterrupted { () throws(SystemError) in
                try fileSystem.rename(
                    folder, to: isPin ? pinFolder : "\(pinFolder)/\(place.version)")
            }
            // It must be gone for good before its files are.
            if !Check.plainSyncRemoval.isOff { try fileSystem.synchronizeDirectory(parent) }
        } catch {
            if error.number == ENOENT {
                throw EngineError(.notFound, "'\(folder)' is not there any more", object: folder)
            }
            throw EngineError.plain(error, folder)
        }
    }

    package func writeRootFile(_ name: String, _ bytes: [UInt8]) async throws(EngineError) {
        let staging = try PlainStaging(self)
        staging.clean()
        let claim = try staging.claim()
        defer { claim.remove() }
        do throws(SystemError) {
            let temporary = "\(claim.folder)/\(name)"
            let file = try OwnedFile.createExclusive(temporary, of: fileSystem)
            try file.write(bytes, at: 0)
            if !Check.plainSyncManifest.isOff { try file.synchronize() }
            try file.close()
            try fileSystem.rename(temporary, to: folder(name))
            if !Check.plainSyncManifestName.isOff { try fileSystem.synchronizeDirectory(path) }
        } catch {
            throw EngineError.plain(error, folder(name))
        }
    }
}
