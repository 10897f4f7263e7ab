internal import PinFormat
internal import PinStorage
internal import Synchronization

/// Packs that are open in place, where the board is on this machine, or in the cache of frames:
/// reading more of one takes one system call.
///
/// An open pack stays readable when a collection deletes it.
final class OpenPacks: Sendable {
    private struct State {
        /// The one that was opened first comes first.
        var open: [(name: ObjectName, object: any LocalObject)] = []
        var isRemote = false
    }

    /// How many are open at the most.
    private static let countMax = 16

    private let backend: any BoardBackend
    private let cache: (any FrameCache)?
    private let state = Mutex(State())

    init(_ backend: any BoardBackend, _ cache: (any FrameCache)? = nil) {
        (self.backend, self.cache) = (backend, cache)
    }

    /// A pack that can be read in place, or `nil` where it has to be fetched.
    func local(_ pack: ObjectName) async throws(BackendError) -> (any LocalObject)? {
        let (known, isRemote) = state.withLock { state in
            (state.open.first { $0.name == pack }?.object, state.isRemote)
        }
        if let known { return known }
        if let kept = try cache?.openLocal(pack) {
            add(pack, kept)
            return kept
        }
        if isRemote { return nil }
        guard let object = try await backend.openLocal(BoardKeys.pack(pack)) else {
            state.withLock { $0.isRemote = true }
            return nil
        }
        add(pack, object)
        return object
    }

    private func add(_ pack: ObjectName, _ object: any LocalObject) {
        state.withLock { state in
            if state.open.count >= Self.countMax { state.open.removeFirst() }
            state.open.append((pack, object))
        }
    }

    /// Whether a pack is one of the cache's.
    func isCached(_ pack: ObjectName) throws(BackendError) -> Bool {
        try cache?.openLocal(pack) != nil
    }

    /// A part of a pack, from where it is.
    ///
    /// - Returns: The bytes, and whether they were fetched.
    func bytes(
        of pack: ObjectName, in range: Range<Int>
    ) async throws(BackendError) -> (bytes: [UInt8], isFetched: Bool) {
        if let kept = try cache?.openLocal(pack) { return (try kept.bytes(in: range), false) }
        return (try await backend.get(BoardKeys.pack(pack), range: range), true)
    }

    /// Closes all of them: one may not be what it was.
    func forget() {
        state.withLock { $0.open = [] }
    }
}
