internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Making packs durable.
extension Store {
    /// Up to here a pack is put together in memory and stored with one call.
    private static let wholePackByteCountMax = 1 << 20

    /// Stores a pack under its name, its parity first where the board has such: whoever sees the
    /// pack sees both.
    ///
    /// - Throws: what the backend throws; the pack is then to be given up.
    func upload(_ pack: FinishedPack) async throws(EngineError) {
        let key = BoardKeys.pack(pack.name)
        do throws(BackendError) {
            if let parity = parity(of: pack) {
                let key = BoardKeys.parity(pack.name)
                let outcome = try await backend.put(key, parity, mode: .ifAbsent)
                try await confirm(outcome, key, parity.count)
            }
            try await confirm(try await put(pack, key), key, pack.byteCount)
        } catch {
            throw EngineError(error)
        }
    }

    /// Makes sure that an object of a fresh name is stored, whatever the answer was.
    private func confirm(
        _ outcome: PutOutcome, _ key: ObjectKey, _ byteCount: Int
    ) async throws(BackendError) {
        guard outcome != .created, !Check.uploaded.isOff else { return }
        // Names are fresh, so what stands there can only be this object: whole, or not yet there.
        guard try await backend.stat(key)?.byteCount == byteCount else {
            throw BackendError(.ioError, key: key, "'\(key)' was not stored; try again")
        }
    }

    /// The parity of a pack; `nil` where the board has none (FORMAT.md §7.10).
    ///
    /// - Complexity: O(*n*) in the pack times its parity rows; memory for the parity alone.
    private func parity(of pack: FinishedPack) -> [UInt8]? {
        guard let percent = config.parityPercent else { return nil }
        var encoder = ParityEncoder(
            ParityLayout(packByteCount: pack.byteCount, percent: percent))
        if pack.isWhole {
            let bytes = pack.bytes
            unsafe encoder.update(bytes.span.bytes)
        } else {
            unsafe encoder.update(pack.head.span.bytes)
            for piece in pack.pieces {
                let bytes = piece.buffer.bytes
                unsafe encoder.update(bytes.span.bytes.extracting(piece.range))
            }
            unsafe encoder.update(pack.tail.span.bytes)
        }
        return encoder.finish(name: pack.name)
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
