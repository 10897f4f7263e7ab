internal import PinFormat
public import PinStorage

/// What uses of a board would move, before they are made.
extension Store {
    /// Does as if: runs `body` on a store that takes its writes to itself.
    func rehearsed(
        _ body: (Store) async throws(EngineError) -> WriteResult
    ) async throws(EngineError) -> WriteResult {
        // What the local cache keeps of the state is there then, as it will be.
        _ = try await snapshot()
        let stage = RehearsalBackend(backend)
        let store = try await Store.open(on: stage, configuration: configuration)
        var result = try await body(store)
        result.traffic = stage.traffic
        return result
    }

    /// What reading files of a version will move: every request from opening the board on, and
    /// exactly the bytes of the frames that are not at hand. Nothing of the files is read.
    ///
    /// Exact where the board does not change meanwhile and no frame is a delta; bases that several
    /// batches share may be read once more or less often than told.
    ///
    /// - Parameters:
    ///   - version: Its full name.
    ///   - paths: The files that will be read one after the other; `nil` is all.
    ///   - range: Which bytes of each, cut to its end; `nil` is all.
    /// - Throws: As ``reader(of:_:)``.
    /// - Complexity: O(*n*) in the chunks of the files; reads their manifests.
    public func trafficOfReading(
        _ pin: String, _ version: String, paths: [String]? = nil, range: Range<UInt64>? = nil
    ) async throws(EngineError) -> Traffic {
        try await runBlocking { () async throws(EngineError) in
            // The first time brings what the local cache keeps: it is not asked for again.
            if self.backend.capabilities.isRemote {
                _ = try await self.plannedTraffic(pin, version, paths, range)
            }
            return try await self.plannedTraffic(pin, version, paths, range)
        }
    }

    private func plannedTraffic(
        _ pin: String, _ version: String, _ paths: [String]?, _ range: Range<UInt64>?
    ) async throws(EngineError) -> Traffic {
        // The latest is found with fewer looks into the tables.
        let isLatest = try await snapshot().pin(pin)?.latest == version
        let meter = RehearsalBackend(backend)
        let store = try await Store.open(on: meter, configuration: configuration)
        let reader = try await store.reader(of: pin, isLatest ? .latest : .named(version)).reader
        for file in reader.files where paths?.contains(file.path) ?? true {
            let whole = 0..<file.byteCount
            try await Restore(store: store, frames: reader.frames)
                .plan(file, (range ?? whole).clamped(to: whole), meter)
        }
        return meter.traffic
    }
}
