public import PinEngine
internal import PinFormat
public import PinStorage

/// A backend that keeps what was read of a remote board's immutable objects on this machine, and
/// asks for it once.
///
/// Of packs the engine keeps frames, by their digests (``frames``): it asks for them before it asks
/// this backend for a part of a pack. Segments are kept whole. Their names are never used twice
/// (FORMAT.md §9.2), so what is kept stays right; the files are sealed, and the engine compares
/// the digest of every chunk and segment that comes from here as it does with what comes over the
/// network. Commits, `latest` and `config` are always asked for.
public final class CachingBackend: FrameCachingBackend {
    /// The remote one: what checks a board must not look into the cache.
    let base: any BoardBackend
    private let objects: CachedObjects
    private let kept: CachedFrames
    private let board: String
    private let settle: @Sendable () async -> Void

    public var frames: any FrameCache { kept }
    public var capabilities: BackendCapabilities { base.capabilities }
    public var description: String { base.description }

    /// - Parameters:
    ///   - board: Tells the boards of one identity apart: its URL.
    ///   - settle: Called after something was kept, to make room.
    init(
        _ base: any BoardBackend, _ objects: CachedObjects, _ frames: CachedFrames, board: String,
        settle: @escaping @Sendable () async -> Void
    ) {
        (self.base, self.objects, self.board) = (base, objects, board)
        kept = frames
        self.settle = settle
    }

    /// The name of a pack, if the key is one of a pack.
    private func pack(_ key: ObjectKey) -> ObjectName? {
        key.text.hasPrefix("packs/") ? ObjectName(key.text.dropFirst(6)) : nil
    }

    private func isSegment(_ key: ObjectKey) -> Bool {
        ["index/", "tables/", "sketches/"].contains { key.text.hasPrefix($0) }
    }

    private func name(_ key: ObjectKey) -> String { CacheName.of(board, key.text) }

    public func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        guard range == nil, isSegment(key) else {
            return try await base.get(key, range: range, limit: limit)
        }
        let name = name(key)
        if let bytes = await onDisk({ $0.bytes(name) }), bytes.count <= limit { return bytes }
        let bytes = try await base.get(key, range: nil, limit: limit)
        await onDisk { $0.keep(name, bytes) }
        await settle()
        return bytes
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
        guard isSegment(key) else { return false }
        let name = name(key)
        return await onDisk { $0.has(name) }
    }

    public func missing(_ key: ObjectKey, range: Range<Int>) async -> [Range<Int>] {
        await isAtHand(key, range: range) ? [] : [range]
    }

    public func requestCount(putting byteCount: Int, mode: PutMode) -> Int {
        base.requestCount(putting: byteCount, mode: mode)
    }

    /// Keeps what it writes, as far as it never changes: the next version finds its bases here.
    public func put(
        _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode, durable: Bool
    ) async throws(BackendError) -> PutOutcome {
        let outcome = try await base.put(key, bytes, mode: mode, durable: durable)
        guard outcome == .created else { return outcome }
        if let pack = pack(key) {
            await kept.keep(pack: bytes, pack)
        } else if isSegment(key) {
            let name = name(key)
            await onDisk { $0.keep(name, bytes) }
            await settle()
        }
        return outcome
    }

    public func writer(
        _ key: ObjectKey, byteCount: Int, mode: PutMode
    ) async throws(BackendError) -> any ObjectWriter {
        guard byteCount <= KeptWriter.byteCountMax, pack(key) != nil || isSegment(key) else {
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
