internal import PinFormat

/// Copying versions between stores.
extension Store {
    /// Takes a version over from another store: frames move as they stand, without being
    /// compressed again; what this store has already is not read.
    ///
    /// Every frame that moves is decoded and compared with its digest. The file list stays as it
    /// is, flat digests included, and so does `pin_hash`.
    ///
    /// - Parameters:
    ///   - version: A version of a store of any profile; it keeps the parameters it was cut with.
    ///   - request: Pin, metadata and the name to keep; its `files` are not looked at.
    /// - Throws: As ``write(_:progress:)``; ``EngineError/Code/corrupt`` for damage of the other
    ///   store.
    /// - Complexity: O(*n*) in the bytes this store lacks; memory does not depend on the size.
    public func copy(
        _ version: VersionReader, _ request: WriteRequest, progress: ProgressHandler? = nil
    ) async throws(EngineError) -> WriteResult {
        try Self.check(request)
        if request.isDryRun {
            var real = request
            real.isDryRun = false
            return try await rehearsed { (store) throws(EngineError) in
                try await store.copy(version, real, progress: progress)
            }
        }
        return try await attempts(request, version.record.chunker, true, progress) {
            (session, _) async throws(EngineError) in
            let work = VersionImport(
                store: self, session: session, source: version, progress: progress)
            let outcome = try await work.run()
            let list: FileList
            do throws(FormatError) {
                list = try FileList(outcome.files)
            } catch {
                throw EngineError(error, object: version.record.pinName)
            }
            let files = try await self.store(list, session)
            try await self.uploadRemaining(session)
            return (list, files, outcome.chunkCount)
        }
    }
}
