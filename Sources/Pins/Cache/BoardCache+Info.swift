public import PinEngine
internal import PinFormat
internal import PinStorage

/// What lies in a cache.
public struct CacheInfo: Sendable, Hashable {
    /// The folder of the cache.
    public var path: String
    /// The most bytes it keeps.
    public var byteCountMax: UInt64
    /// The bytes of all its files.
    public var byteCount: UInt64 = 0
    /// Who has something in it.
    public var identityCount = 0
    /// Segments of engine boards.
    public var objectCount = 0
    /// Chunks and pages of manifests of engine boards, each once for all boards.
    public var frameCount = 0
    /// Answers of web servers.
    public var answerCount = 0
    /// Versions of boards of other layouts.
    public var versionCount = 0
}

extension BoardCache {
    /// What lies in the cache; all zero where there is none.
    ///
    /// - Complexity: O(*n*) in the number of files.
    public func info() async -> CacheInfo {
        await runBlocking {
            var info = CacheInfo(
                path: self.settings.path, byteCountMax: self.settings.byteCountMax)
            guard CacheFolder.isCache(self.settings.path) else { return info }
            let folder = self.folder()
            info.byteCount = folder.byteCount(of: folder.path)
            for identity in folder.folders(of: folder.path) {
                let path = "\(folder.path)/\(identity)"
                info.identityCount += 1
                info.objectCount += folder.entries(of: path + "/objects").count
                info.frameCount += self.place(named: identity).frames.frameCount
                info.answerCount += folder.entries(of: path + "/answers").count
                info.versionCount += folder.entries(of: path + "/versions").count
            }
            return info
        }
    }

    /// Removes what was used longest ago until at most `byteCount` bytes are left; 0 empties the
    /// cache.
    ///
    /// - Returns: How many bytes were freed.
    /// - Throws: ``EngineError/Code/usage`` if the folder holds something that is no cache.
    public func prune(to byteCount: UInt64 = 0) async throws(EngineError) -> UInt64 {
        guard CacheFolder.isCache(settings.path) else { return 0 }
        let folder = folder()
        let before = await runBlocking { folder.byteCount(of: folder.path) }
        if byteCount == 0 {
            await runBlocking {
                for identity in folder.folders(of: folder.path) where Self.isIdentity(identity) {
                    self.setStore(nil, identity)
                    folder.removeTree("\(folder.path)/\(identity)")
                }
            }
            forgetPlaces()
        } else {
            _ = await makeRoom(to: byteCount, in: folder)
        }
        let after = await runBlocking { folder.byteCount(of: folder.path) }
        return before > after ? before - after : 0
    }

    /// Whether a folder can be one of an identity: nothing else is ever emptied.
    private static func isIdentity(_ name: String) -> Bool {
        name.utf8.count == 32
            && name.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
