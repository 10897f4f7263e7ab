internal import PinFormat
internal import PinStorage

/// Whether what a write leaves out is there. A writer reads nothing of the packs that hold what it
/// need not store; where asking costs no request, it sees that they are there and have their sizes.
extension Store {
    /// Those of some packs that are missing, or not of the size that their rows say; none on boards
    /// of other machines, where nobody asks.
    ///
    /// - Throws: ``EngineError/Code/incomplete`` where they may still arrive; what the backend
    ///   throws.
    /// - Complexity: one system call for each pack.
    func lacking(
        _ packs: Set<ObjectName>, _ snapshot: Snapshot
    ) async throws(EngineError) -> Set<ObjectName> {
        if backend.capabilities.isRemote || Check.usedPacks.isOff { return [] }
        var found: Set<ObjectName> = []
        for name in packs.sorted() {
            guard let row = try snapshot.index.packs.row(name), !row.isLost else { continue }
            do throws(BackendError) {
                let byteCount = try await backend.stat(BoardKeys.pack(name))?.byteCount
                if byteCount != row.byteCount { found.insert(name) }
            } catch  where error.code == .notFound {
                found.insert(name)
            } catch {
                throw EngineError(error)
            }
        }
        if !found.isEmpty, folder != nil {
            let error = await explained(Self.lacks(found))
            if error.code == .incomplete { throw error }
        }
        return found
    }

    /// The error for a write that would have to be begun again, and cannot.
    static func lacks(_ packs: Set<ObjectName>) -> EngineError {
        let key = packs.min().map { BoardKeys.pack($0).description } ?? ""
        return EngineError(
            .corrupt,
            "'\(key)' holds a part of what is to be written, and is missing or not of its size; "
                + "run 'pins verify --repair' and write it again",
            object: key)
    }
}
