internal import PinFormat
internal import PinStorage

/// Making packs durable.
extension Store {
    /// Stores a pack under its name.
    ///
    /// - Throws: what the backend throws; the pack is then to be given up.
    func upload(_ pack: FinishedPack) async throws(EngineError) {
        let key = BoardKeys.pack(pack.name)
        do throws(BackendError) {
            switch try await backend.put(key, pack.bytes, mode: .ifAbsent) {
            case .created: return
            case .exists, .unknown:
                // Names are fresh, so what stands there can only be this pack: whole, or not yet
                // there.
                guard try await backend.stat(key)?.byteCount == pack.bytes.count else {
                    throw BackendError(.ioError, key: key, "'\(key)' was not stored; try again")
                }
            }
        } catch {
            throw EngineError(error)
        }
    }

    /// A fresh name for an object of a session whose base is `base`.
    func freshName(base: UInt64) -> ObjectName {
        ObjectName(base: base, random: configuration.random.bytes(count: 16))
    }
}
