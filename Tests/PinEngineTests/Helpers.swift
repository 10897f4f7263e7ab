import PinEngine
import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Synchronization
import Testing

/// The pieces of a small board: chunks of about 4 KiB, packs of 64 KiB and inline tables of 1 KiB,
/// so that small inputs make many chunks, packs, segments and manifest levels.
struct Ground: Sendable {
    let seed: UInt64
    let clock = ManualClock()
    let random: SeededRandom

    init(seed: UInt64) {
        self.seed = seed
        random = SeededRandom(seed: seed)
    }

    func configuration(
        label: UInt64 = 0, workerCount: Int = 2, packByteTarget: Int = 64 << 10,
        inlineByteTarget: Int = 1 << 10, commitAttemptCount: Int = 10_000
    ) -> StoreConfiguration {
        StoreConfiguration(
            clock: clock, random: random.fork(label), producer: "test", workerCount: workerCount,
            packByteTarget: packByteTarget, inlineByteTarget: inlineByteTarget,
            commitAttemptCount: commitAttemptCount)
    }

    /// Makes a board with small chunks.
    func create(
        on backend: any BoardBackend, _ configuration: StoreConfiguration? = nil
    ) async throws -> Store {
        try await Store.create(
            on: backend, chunker: try ChunkerParameters(averageExponent: 12),
            configuration: configuration ?? self.configuration())
    }

    /// A board with small chunks in memory, and what it is made of.
    static func board(seed: UInt64) async throws -> (Ground, MemoryBackend, Store) {
        let (ground, backend) = (Ground(seed: seed), MemoryBackend())
        return (ground, backend, try await ground.create(on: backend))
    }

    /// Opens it as another process would: with its own random numbers.
    func open(
        on backend: any BoardBackend, label: UInt64 = 1, workerCount: Int = 2
    ) async throws -> Store {
        try await Store.open(
            on: backend, configuration: configuration(label: label, workerCount: workerCount))
    }

    /// Random bytes of their own for every label.
    func bytes(_ count: Int, _ label: UInt64 = 0) -> [UInt8] {
        random.fork(1_000 + label).bytes(count: count)
    }
}

extension Store {
    /// Writes one file, `data`.
    @discardableResult
    func write(
        _ bytes: [UInt8], to pin: String, title: String? = nil, forced: Bool = false
    ) async throws(EngineError) -> WriteResult {
        try await write(["data": bytes], to: pin, title: title, forced: forced)
    }

    /// Writes several files.
    @discardableResult
    func write(
        _ files: [String: [UInt8]], to pin: String, title: String? = nil, forced: Bool = false
    ) async throws(EngineError) -> WriteResult {
        var request = WriteRequest(
            pin: pin,
            files: files.sorted { $0.key < $1.key }.map {
                InputFile(path: $0.key, source: BytesSource($0.value))
            }, metadata: VersionMetadata(createdSeconds: 1, title: title))
        request.forcesIdentical = forced
        return try await write(request)
    }

    /// The one file of a version.
    func read(_ pin: String, _ version: String? = nil) async throws(EngineError) -> [UInt8] {
        let reader = try await reader(of: pin, VersionSelector(version)).reader
        return try await reader.bytes(reader.files[0])
    }

    /// Collects garbage.
    @discardableResult
    func collect(
        grace: Int64 = 0, exclusive: Bool = false, dryRun: Bool = false
    ) async throws(EngineError) -> CollectionReport {
        var options = CollectionOptions()
        options.graceSeconds = grace
        options.isExclusive = exclusive
        options.isDryRun = dryRun
        return try await collect(options)
    }
}

extension MemoryBackend {
    /// Bytes of all objects under a prefix.
    func byteCount(_ prefix: String = "") -> Int {
        snapshot.filter { $0.key.description.hasPrefix(prefix) }.reduce(0) { $0 + $1.value.count }
    }

    func keys(_ prefix: String) -> [ObjectKey] {
        snapshot.keys.filter { $0.description.hasPrefix(prefix) }.sorted()
    }
}

/// What a ``HookedBackend`` may stop at.
struct HookedCall: Sendable {
    let verb: BackendCall.Verb
    let text: String
}

/// Runs a test's own code before calls of a backend: how another process gets in between two steps.
final class HookedBackend: BoardBackend {
    typealias Hook = @Sendable (HookedCall) async -> Void

    /// Gets the key and the number of bytes that a call has moved.
    typealias ByteHook = @Sendable (String, Int) -> Void

    private let base: any BoardBackend
    private let hook = Mutex<Hook?>(nil)
    private let putHook = Mutex<ByteHook?>(nil)
    private let getHook = Mutex<ByteHook?>(nil)

    var capabilities: BackendCapabilities { base.capabilities }
    var description: String { base.description }

    init(_ base: any BoardBackend) { self.base = base }

    func setHook(_ hook: Hook?) { self.hook.withLock { $0 = hook } }

    /// Runs something before the n-th call of a verb for keys that begin so, and before no other.
    func hookOnce(
        _ verb: BackendCall.Verb, _ prefix: String, at position: Int = 1,
        _ body: @escaping @Sendable () async throws -> Void
    ) {
        let once = Once(at: position)
        setHook { call in
            guard call.verb == verb, call.text.hasPrefix(prefix), once.fires() else { return }
            do { try await body() } catch { Issue.record(error) }
        }
    }

    func setPutHook(_ hook: ByteHook?) { putHook.withLock { $0 = hook } }

    func setGetHook(_ hook: ByteHook?) { getHook.withLock { $0 = hook } }

    private func run(_ verb: BackendCall.Verb, _ text: String) async {
        guard let hook = hook.withLock({ $0 }) else { return }
        await hook(HookedCall(verb: verb, text: text))
    }

    func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        await run(.get, key.description)
        let bytes = try await base.get(key, range: range, limit: limit)
        getHook.withLock { $0 }?(key.description, bytes.count)
        return bytes
    }

    func put(
        _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode, durable: Bool
    ) async throws(BackendError) -> PutOutcome {
        await run(.put, key.description)
        let outcome = try await base.put(key, bytes, mode: mode, durable: durable)
        putHook.withLock { $0 }?(key.description, bytes.count)
        return outcome
    }

    func list(prefix: String, after: ObjectKey?) async throws(BackendError) -> ListPage {
        await run(.list, prefix)
        return try await base.list(prefix: prefix, after: after)
    }

    func stat(_ key: ObjectKey) async throws(BackendError) -> ObjectStat? {
        await run(.stat, key.description)
        return try await base.stat(key)
    }

    func delete(_ key: ObjectKey) async throws(BackendError) {
        await run(.delete, key.description)
        try await base.delete(key)
    }

    func openLocal(_ key: ObjectKey) async throws(BackendError) -> (any LocalObject)? {
        await run(.openLocal, key.description)
        guard let object = try await base.openLocal(key) else { return nil }
        return HookedObject(object) { self.getHook.withLock { $0 }?(key.description, $0) }
    }
}

/// A local object whose reads are told like those of `get`.
private final class HookedObject: LocalObject {
    private let base: any LocalObject
    private let didRead: @Sendable (Int) -> Void

    var byteCount: Int { base.byteCount }

    init(_ base: any LocalObject, _ didRead: @escaping @Sendable (Int) -> Void) {
        self.base = base
        self.didRead = didRead
    }

    func read(
        at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(BackendError) {
        try base.read(at: offset, into: buffer)
        didRead(buffer.count)
    }
}

/// True for exactly one caller, from the `position`-th on.
final class Once: Sendable {
    private let left: Mutex<Int>

    init(at position: Int = 1) { left = Mutex(position) }

    func fires() -> Bool {
        left.withLock { left in
            left -= 1
            return left == 0
        }
    }
}

/// SHA-256 as `sha256sum` prints it: what names a chunk.
func sha256(_ bytes: [UInt8]) -> Digest { Checksums.standard.sha256(bytes, 0..<bytes.count) }
