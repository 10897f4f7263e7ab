internal import PinFormat
internal import PinStorage
internal import Synchronization

/// A board that nothing is written to: what is put stays here, what is read comes from the board,
/// and both are counted as the board would see them.
///
/// A use of it needs the same calls, and moves the same bytes, as the use of the board itself
/// would.
/// Of packs and their parity only the lengths are kept, but for small ones.
final class RehearsalBackend: BoardBackend {
    private enum Object {
        case bytes([UInt8])
        case length(Int)

        var byteCount: Int {
            switch self {
            case .bytes(let bytes): bytes.count
            case .length(let count): count
            }
        }
    }

    private struct State {
        /// What was put here; `nil` was deleted.
        var objects: [ObjectKey: Object?] = [:]
        var traffic = Traffic()
        /// Frames that the cache would have by now.
        var fetched: Set<Digest> = []
    }

    /// Packs up to here are kept.
    private static let keptPackByteCountMax = 256 << 10

    private let base: any BoardBackend
    private let state = Mutex(State())

    /// Frames at hand are so in a rehearsal too.
    var frames: (any FrameCache)? { (base as? any FrameCachingBackend)?.frames }
    var capabilities: BackendCapabilities { base.capabilities }
    var description: String { base.description }

    init(_ base: any BoardBackend) { self.base = base }

    /// What was counted.
    var traffic: Traffic { state.withLock { $0.traffic } }

    func note(requests: Int = 0, sent: Int = 0, received: Int = 0) {
        state.withLock {
            $0.traffic.add(requests: requests, sent: sent, received: received)
        }
    }

    /// Counts a read of a part of an object of the board, without making it.
    func noteRead(_ key: ObjectKey, _ range: Range<Int>) async {
        for part in await base.missing(key, range: range) {
            note(requests: capabilities.isRemote ? 1 : 0, received: part.count)
        }
    }

    /// The frames that would still be fetched; those the cache would then have.
    func notFetched(_ frames: [FramePlace]) -> [FramePlace] {
        guard self.frames != nil else { return frames }
        return state.withLock { state in
            frames.filter { state.fetched.insert($0.digest).inserted }
        }
    }

    /// What was put under a key: nothing, or something, or that it was deleted.
    private func own(_ key: ObjectKey) -> Object?? { state.withLock { $0.objects[key] } }

    private func absent(_ key: ObjectKey) -> BackendError {
        BackendError(.notFound, key: key, "there is no object \(key) in \(description)")
    }

    // MARK: - Reading

    func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        guard let own = own(key) else { return try await baseBytes(key, range, limit) }
        note(requests: 1)
        guard case .bytes(let bytes)? = own else { throw absent(key) }
        let part = range ?? 0..<bytes.count
        guard part.lowerBound >= 0, part.upperBound <= bytes.count else {
            throw BackendError(.rangeNotSatisfiable, key: key, "a read past the end of \(key)")
        }
        note(received: part.count)
        return Array(bytes[part])
    }

    private func baseBytes(
        _ key: ObjectKey, _ range: Range<Int>?, _ limit: Int
    ) async throws(BackendError) -> [UInt8] {
        let isFree: Bool
        if let range {
            let missing = await base.missing(key, range: range)
            note(requests: missing.count, received: missing.reduce(0) { $0 + $1.count })
            isFree = true
        } else {
            let isAtHand = await base.isAtHand(key, range: 0..<1)
            isFree = capabilities.isRemote && isAtHand
            if !isFree { note(requests: 1) }
        }
        let bytes = try await base.get(key, range: range, limit: limit)
        if !isFree { note(received: bytes.count) }
        return bytes
    }

    func stat(_ key: ObjectKey) async throws(BackendError) -> ObjectStat? {
        note(requests: 1)
        guard let own = own(key) else { return try await base.stat(key) }
        return own.map { ObjectStat(key: key, byteCount: $0.byteCount, modified: nil) }
    }

    func list(prefix: String, after: ObjectKey?) async throws(BackendError) -> ListPage {
        note(requests: 1)
        let page = try await base.list(prefix: prefix, after: after)
        let own = state.withLock { $0.objects }
        let last = page.isLast ? nil : page.objects.last?.key
        let added = own.compactMap { (key, object) -> ObjectStat? in
            guard let object, key.text.hasPrefix(prefix), after.map({ key > $0 }) ?? true,
                last.map({ key < $0 }) ?? true
            else { return nil }
            return ObjectStat(key: key, byteCount: object.byteCount, modified: nil)
        }
        let kept = page.objects.filter { own[$0.key] == nil }
        return ListPage(
            objects: (kept + added).sorted { $0.key < $1.key }, isLast: page.isLast)
    }

    func openLocal(_ key: ObjectKey) async throws(BackendError) -> (any LocalObject)? {
        switch own(key) {
        case nil:
            guard let object = try await base.openLocal(key) else { return nil }
            note(requests: 1)
            return CountedObject(object, self)
        case .some(.some(.bytes(let bytes))):
            guard !capabilities.isRemote else { return nil }
            note(requests: 1)
            return CountedObject(BytesObject(bytes), self)
        default:
            throw absent(key)
        }
    }

    func isAtHand(_ key: ObjectKey, range: Range<Int>) async -> Bool {
        switch own(key) {
        case nil: await base.isAtHand(key, range: range)
        case .some(.some(.bytes)): true
        default: false
        }
    }

    func missing(_ key: ObjectKey, range: Range<Int>) async -> [Range<Int>] {
        own(key) == nil ? await base.missing(key, range: range) : [range]
    }

    func distrust(_ key: ObjectKey) async { await base.distrust(key) }

    // MARK: - Writing

    func put(
        _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode, durable: Bool
    ) async throws(BackendError) -> PutOutcome {
        try await put(
            key,
            Self.keeps(key, bytes.count) ? .bytes(bytes) : .length(bytes.count), mode)
    }

    /// Whether the bytes of an object are kept.
    private static func keeps(_ key: ObjectKey, _ byteCount: Int) -> Bool {
        byteCount <= keptPackByteCountMax
            || ![BoardKeys.packPrefix, BoardKeys.parityPrefix].contains {
                key.text.hasPrefix($0)
            }
    }

    private func put(
        _ key: ObjectKey, _ object: Object, _ mode: PutMode
    ) async throws(BackendError) -> PutOutcome {
        if mode == .ifAbsent {
            var isThere = own(key).map { $0 != nil }
            // All other names are fresh.
            if isThere == nil, key.text.hasPrefix("commits/") || key == BoardKeys.config {
                isThere = try await base.stat(key) != nil
            }
            if isThere == true {
                // Where a place cannot create atomically, it is looked at first.
                let isSent = capabilities.atomicCreate
                note(
                    requests: isSent ? base.requestCount(putting: 0, mode: mode) : 1,
                    sent: isSent ? object.byteCount : 0)
                return .exists
            }
        }
        note(
            requests: base.requestCount(putting: object.byteCount, mode: mode),
            sent: object.byteCount)
        state.withLock { $0.objects[key] = .some(object) }
        return .created
    }

    func writer(
        _ key: ObjectKey, byteCount: Int, mode: PutMode
    ) async throws(BackendError) -> any ObjectWriter {
        RehearsalWriter { (bytes, count) async throws(BackendError) in
            try await self.put(
                key, Self.keeps(key, count) ? .bytes(bytes) : .length(count), mode)
        } keeps: { count in
            Self.keeps(key, count)
        }
    }

    func requestCount(putting byteCount: Int, mode: PutMode) -> Int {
        base.requestCount(putting: byteCount, mode: mode)
    }

    func delete(_ key: ObjectKey) async throws(BackendError) {
        note(requests: 1)
        state.withLock { $0.objects[key] = .some(nil) }
    }
}

/// Counts the bytes of an object that is written piece by piece, and keeps those of small ones.
private final class RehearsalWriter: ObjectWriter {
    private let put: ([UInt8], Int) async throws(BackendError) -> PutOutcome
    private let keeps: (Int) -> Bool
    private var bytes: [UInt8] = []
    private var byteCount = 0

    init(
        _ put: @escaping ([UInt8], Int) async throws(BackendError) -> PutOutcome,
        keeps: @escaping (Int) -> Bool
    ) {
        (self.put, self.keeps) = (put, keeps)
    }

    func append(_ more: [UInt8]) async throws(BackendError) { take(more[...]) }

    func append(_ more: ArraySlice<UInt8>) async throws(BackendError) { take(more) }

    private func take(_ more: ArraySlice<UInt8>) {
        byteCount += more.count
        if keeps(byteCount) { bytes += more } else { bytes = [] }
    }

    func publish() async throws(BackendError) -> PutOutcome { try await put(bytes, byteCount) }
}

/// A local object whose reads are counted.
private final class CountedObject: LocalObject {
    private let base: any LocalObject
    private let counter: RehearsalBackend

    var byteCount: Int { base.byteCount }

    init(_ base: any LocalObject, _ counter: RehearsalBackend) {
        (self.base, self.counter) = (base, counter)
    }

    func read(
        at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(BackendError) {
        counter.note(received: buffer.count)
        try unsafe base.read(at: offset, into: buffer)
    }
}
