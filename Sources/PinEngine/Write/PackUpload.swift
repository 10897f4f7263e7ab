internal import PinFormat
internal import PinStorage

/// Making packs durable.
extension Store {
    /// Up to here a pack is put together in memory and stored with one call.
    private static let wholePackByteCountMax = 1 << 20

    /// Stores a pack under its name.
    ///
    /// - Throws: what the backend throws; the pack is then to be given up.
    func upload(_ pack: FinishedPack) async throws(EngineError) {
        let key = BoardKeys.pack(pack.name)
        do throws(BackendError) {
            switch try await put(pack, key) {
            case .created: return
            case .exists, .unknown:
                // Names are fresh, so what stands there can only be this pack: whole, or not yet
                // there.
                guard
                    try await backend.stat(key)?.byteCount == pack.byteCount
                        || Check.uploaded.isOff
                else {
                    throw BackendError(.ioError, key: key, "'\(key)' was not stored; try again")
                }
            }
        } catch {
            throw EngineError(error)
        }
    }

    /// As ``upload(_:)``, for a task: the pack, or why it was not stored.
    func uploadOutcome(_ pack: FinishedPack) async -> Result<FinishedPack, EngineError> {
        do throws(EngineError) {
            try await upload(pack)
            return .success(pack)
        } catch {
            return .failure(error)
        }
    }

    private func put(_ pack: FinishedPack, _ key: ObjectKey) async throws(BackendError)
        -> PutOutcome
    {
        if pack.isWhole || pack.byteCount <= Self.wholePackByteCountMax {
            return try await backend.put(key, pack.bytes, mode: .ifAbsent)
        }
        let writer = try await backend.writer(key, byteCount: pack.byteCount, mode: .ifAbsent)
        try await writer.append(pack.head)
        for piece in pack.pieces { try await writer.append(piece.bytes) }
        try await writer.append(pack.tail)
        return try await writer.publish()
    }

    /// A pack as its backend wants it: where that has to have it in one piece anyway, its pieces
    /// are let go now, for the packs after it.
    func packed(_ pack: FinishedPack) -> FinishedPack {
        backend.capabilities.isRemote ? pack.whole : pack
    }

    /// A fresh name for an object of a session whose base is `base`.
    func freshName(base: UInt64) -> ObjectName {
        ObjectName(base: base, random: configuration.random.bytes(count: 16))
    }
}
