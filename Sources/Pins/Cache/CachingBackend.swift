public import PinStorage

/// A backend that keeps what it read of a remote board's immutable objects on this machine, and
/// asks for it once.
///
/// Packs are kept by the ranges that were read, segments whole. Names of such objects are never
/// used twice (FORMAT.md §9.2), so what is kept stays right; the files are sealed, and the engine
/// compares the digest of every chunk and segment that comes from here as it does with what comes
/// over the network. Commits, `latest` and `config` are always asked for.
///
/// A version that shares frames with one that was read costs only the frames that are new.
public final class CachingBackend: BoardBackend {
    /// The remote one: what checks a board must not look into the cache.
    let base: any BoardBackend
    private let objects: CachedObjects
    private let board: String
    private let settle: @Sendable () async -> Void

    public var capabilities: BackendCapabilities { base.capabilities }
    public var description: String { base.description }

    /// - Parameters:
    ///   - board: Tells the boards of one identity apart: its URL.
    ///   - settle: Called after something was kept, to make room.
    init(
        _ base: any BoardBackend, _ objects: CachedObjects, board: String,
        settle: @escaping @Sendable () async -> Void
    ) {
        (self.base, self.objects, self.board) = (base, objects, board)
        self.settle = settle
    }

    private func isPack(_ key: ObjectKey) -> Bool { key.text.hasPrefix("packs/") }

    private func isSegment(_ key: ObjectKey) -> Bool {
        ["index/", "tables/", "sketches/"].contains { key.text.hasPrefix($0) }
    }

    private func name(_ key: ObjectKey) -> String { CacheName.of(board, key.text) }

    public func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        if let range, isPack(key), range.lowerBound >= 0, !range.isEmpty {
            return try await part(key, range)
        }
        guard range == nil, isSegment(key) else {
            return try await base.get(key, range: range, limit: limit)
        }
        let name = name(key)
        if let bytes = await onDisk({ $0.whole(name) }), bytes.count <= limit { return bytes }
        let bytes = try await base.get(key, range: nil, limit: limit)
        await onDisk { $0.keepWhole(name, bytes) }
        await settle()
        return bytes
    }

    private func part(_ key: ObjectKey, _ range: Range<Int>) async throws(BackendError) -> [UInt8] {
        let name = name(key)
        let pieces = await onDisk { $0.pieces(name, range) }
        var out: [UInt8] = []
        out.reserveCapacity(range.count)
        for piece in pieces {
            if let bytes = piece.bytes {
                out += bytes
            } else {
                let bytes = try await base.get(key, range: piece.range)
                await onDisk { $0.keep(name, piece.range, bytes) }
                out += bytes
            }
        }
        await settle()
        return out
    }

    /// Runs on threads that may block.
    private func onDisk<Value: Sendable>(
        _ body: @escaping @Sendable (CachedObjects) -> Value
    ) async -> Value {
        await runBlocking { [objects] in body(objects) }
    }

    public func distrust(_ key: ObjectKey) async {
        let name = name(key)
        await onDisk { $0.forget(name) }
        await base.distrust(key)
    }

    public func isAtHand(_ key: ObjectKey, range: Range<Int>) async -> Bool {
        guard isPack(key) || isSegment(key) else { return false }
        let (name, isWhole) = (name(key), isSegment(key))
        return await onDisk { isWhole ? $0.hasWhole(name) : $0.has(name, range) }
    }

    public func missing(_ key: ObjectKey, range: Range<Int>) async -> [Range<Int>] {
        guard isPack(key), range.lowerBound >= 0, !range.isEmpty else {
            return await isAtHand(key, range: range) ? [] : [range]
        }
        let name = name(key)
        return await onDisk { objects in
            objects.pieces(name, range).filter { $0.bytes == nil }.map(\.range)
        }
    }

    public func requestCount(putting byteCount: Int, mode: PutMode) -> Int {
        base.requestCount(putting: byteCount, mode: mode)
    }

    /// Keeps what it writes, as far as it never changes: the next version finds its bases here.
    public func put(
        _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode, durable: Bool
    ) async throws(BackendError) -> PutOutcome {
        let outcome = try await base.put(key, bytes, mode: mode, durable: durable)
        guard outcome == .created, isPack(key) || isSegment(key) else { return outcome }
        let (name, isWhole) = (name(key), isSegment(key))
        await onDisk {
            if isWhole { $0.keepWhole(name, bytes) } else { $0.keep(name, 0..<bytes.count, bytes) }
        }
        await settle()
        return outcome
    }

    public func writer(
        _ key: ObjectKey, byteCount: Int, mode: PutMode
    ) async throws(BackendError) -> any ObjectWriter {
        guard byteCount <= KeptWriter.byteCountMax, isPack(key) || isSegment(key) else {
            return try await base.writer(key, byteCount: byteCount, mode: mode)
        }
        return KeptWriter(self, key, byteCount: byteCount, mode: mode)
    }

    public func list(prefix: String, after: ObjectKey?) async throws(BackendError) -> ListPage {
        try await base.list(prefix: prefix, after: after)
    }

    public func stat(_ key: ObjectKey) async throws(BackendError) -> ObjectStat? {
        try await base.stat(key)
    }

    public func delete(_ key: ObjectKey) async throws(BackendError) {
        try await base.delete(key)
    }

    public func openLocal(_ key: ObjectKey) async throws(BackendError) -> (any LocalObject)? {
        try await base.openLocal(key)
    }

    public func removeStaleTemporaries(
        olderThan age: Int64, now: any WallClock
    ) async throws(BackendError) -> Int {
        try await base.removeStaleTemporaries(olderThan: age, now: now)
    }
}
