internal import PinFormat
internal import PinStorage
internal import PinTransforms
internal import Synchronization

/// Reads, decodes and verifies the frames of one version. Nothing leaves it whose digest is not
/// right.
final class FrameReader: Sendable {
    /// Neighbouring frames are read together if no more than this lies between them, in bytes.
    private static let gapByteCountMax = 64 << 10
    /// How much is read at once at the most, in bytes.
    private static let runByteCountMax = 8 << 20
    /// How many collections may move the frames of one read while it runs.
    private static let reopenMax = 1_000

    private let store: Store
    private let pin: String
    private let version: String
    private let current: Mutex<FrameLocator>
    /// Frames are decoded together up to so many raw bytes, bases included: a small frame may need
    /// 64 MiB of them.
    private let groupByteCountMax: Int

    /// - Parameters:
    ///   - pin: Whose version is read; looked up again when a pack is found gone.
    ///   - packs: What the version's row names.
    init(
        _ store: Store, _ snapshot: Snapshot, pin: String, version: String, packs: [ObjectName],
        groupByteCountMax: Int = Limits.closureByteCount
    ) {
        self.store = store
        self.pin = pin
        self.groupByteCountMax = groupByteCountMax
        self.version = version
        current = Mutex(FrameLocator(store, snapshot, packs: packs))
    }

    convenience init(_ store: Store, _ snapshot: Snapshot, _ version: SnapshotVersion) {
        self.init(
            store, snapshot, pin: version.record.pinName, version: version.record.versionName,
            packs: version.row.packs)
    }

    /// The plain bytes of frames, in the order asked for.
    ///
    /// - Parameters:
    ///   - digests: At most a few hundred; their raw bytes and those of their bases are held in
    ///     memory.
    ///   - kind: What they must be.
    /// - Throws: ``EngineError/Code/corrupt``, ``EngineError/Code/notFound`` if the version was
    ///   deleted in the meantime.
    func frames(_ digests: [Digest], _ kind: FrameKind) async throws(EngineError) -> [[UInt8]] {
        var locator = current.withLock { $0 }
        for _ in 0..<Self.reopenMax {
            do throws(EngineError) {
                return try await frames(digests, kind, locator)
            } catch  where error.code == .notFound {
                // A pack is gone: a collection moved the frames, or the version was deleted (§9.5).
                guard let fresh = try await reopened(locator) else {
                    return try await frames(digests, kind, locator, packsMayBeGone: false)
                }
                locator = fresh
            }
        }
        throw EngineError(
            .tryAgain, "collections move pin '\(pin)' faster than it can be read", object: pin)
    }

    /// The version in a newer state; `nil` if there is none: then a pack is missing that the board
    /// names.
    private func reopened(_ locator: FrameLocator) async throws(EngineError) -> FrameLocator? {
        let snapshot = try await store.snapshot()
        guard let found = try snapshot.version(version, of: pin) else {
            throw EngineError(
                .notFound, "version '\(version)' of pin '\(pin)' was deleted while it was read",
                object: pin)
        }
        guard snapshot.sequence > locator.snapshot.sequence else { return nil }
        let fresh = FrameLocator(store, snapshot, packs: found.row.packs)
        current.withLock { $0 = fresh }
        return fresh
    }

    private func frames(
        _ digests: [Digest], _ kind: FrameKind, _ locator: FrameLocator, packsMayBeGone: Bool = true
    ) async throws(EngineError) -> [[UInt8]] {
        var plain: [Digest: [UInt8]] = [:]
        var (group, asked, byteCount): ([FramePlace], [Digest], Int) = ([], [], 0)
        for digest in digests where plain[digest] == nil {
            plain[digest] = []
            let closure = try await locator.closure(digest, kind)
            let more = closure.reduce(0) { $0 + $1.header.rawByteCount }
            if !asked.isEmpty, byteCount + more > groupByteCountMax {
                try await decode(group, asked, kind, locator, packsMayBeGone, into: &plain)
                (group, asked, byteCount) = ([], [], 0)
            }
            group += closure
            asked.append(digest)
            byteCount += more
        }
        try await decode(group, asked, kind, locator, packsMayBeGone, into: &plain)
        var out: [[UInt8]] = []
        out.reserveCapacity(digests.count)
        for digest in digests { out.append(plain[digest] ?? []) }
        return out
    }

    /// Reads and decodes frames with their bases, and keeps those that were asked for.
    private func decode(
        _ places: [FramePlace], _ asked: [Digest], _ kind: FrameKind, _ locator: FrameLocator,
        _ packsMayBeGone: Bool, into plain: inout [Digest: [UInt8]]
    ) async throws(EngineError) {
        var wanted = places
        // Bases first, because depth grows; within one depth in the order of the disk.
        wanted.sort {
            ($0.header.depth, $0.pack, $0.offset) < ($1.header.depth, $1.pack, $1.offset)
        }
        var decoded: [Digest: [UInt8]] = [:]
        decoded.reserveCapacity(wanted.count)
        var index = 0
        while index < wanted.count {
            let end = Self.endOfRun(wanted, from: index)
            try await read(wanted[index..<end], kind, locator, packsMayBeGone, into: &decoded)
            index = end
        }
        for digest in asked {
            guard let bytes = decoded[digest] else { preconditionFailure("every frame was read") }
            plain[digest] = bytes
        }
    }

    /// How many places can be read with one request.
    private static func endOfRun(_ places: [FramePlace], from start: Int) -> Int {
        var end = start + 1
        while end < places.count {
            let (last, next) = (places[end - 1], places[end])
            let lastEnd = last.offset + last.storedByteCount
            guard next.pack == last.pack, next.offset - lastEnd <= gapByteCountMax,
                next.offset + next.storedByteCount - places[start].offset <= runByteCountMax
            else { break }
            end += 1
        }
        return end
    }

    private func read(
        _ run: ArraySlice<FramePlace>, _ kind: FrameKind, _ locator: FrameLocator,
        _ packsMayBeGone: Bool, into decoded: inout [Digest: [UInt8]]
    ) async throws(EngineError) {
        guard let first = run.first, let last = run.last else { return }
        let range =
            first
            .offset..<max(
                last.offset + last.storedByteCount, first.offset + first.storedByteCount)
        let key = BoardKeys.pack(first.pack)
        let bytes: [UInt8]
        do throws(BackendError) {
            bytes = try await store.backend.get(key, range: range)
        } catch
            where error.code == .rangeNotSatisfiable
            || (error.code == .notFound && !packsMayBeGone)
        {
            // The pack is shorter than it was, or lost: take the frames one by one, from wherever
            // they are.
            let damage = EngineError(
                .corrupt, "\(error.message); the board names it: run 'pins verify'",
                object: key.description)
            for place in run where decoded[place.digest] == nil {
                decoded[place.digest] = try await rescue(place, kind, locator, damage, decoded)
            }
            return
        } catch {
            throw EngineError(error)
        }
        for place in run where decoded[place.digest] == nil {
            do throws(EngineError) {
                decoded[place.digest] = try store.decode(
                    bytes, at: place.offset - range.lowerBound, place, decoded)
            } catch  where error.code == .corrupt {
                decoded[place.digest] = try await rescue(place, kind, locator, error, decoded)
            }
        }
    }

    /// Reads a frame again, in case the damage was on the way, and then its other copies.
    private func rescue(
        _ place: FramePlace, _ kind: FrameKind, _ locator: FrameLocator, _ error: EngineError,
        _ decoded: [Digest: [UInt8]]
    ) async throws(EngineError) -> [UInt8] {
        for place in [place] + (try await locator.alternatives(to: place)) {
            let range = place.offset..<place.offset + place.storedByteCount
            guard
                let bytes = try? await store.backend.get(BoardKeys.pack(place.pack), range: range),
                let plain = try? store.decode(bytes, at: 0, place, decoded)
            else { continue }
            return plain
        }
        throw error
    }
}

extension Store {
    /// Decodes the frame whose record stands at `offset` of `bytes`, and compares its digest.
    ///
    /// - Parameter decoded: The plain bytes of its bases.
    /// - Throws: ``EngineError/Code/corrupt``.
    func decode(
        _ bytes: [UInt8], at offset: Int, _ place: FramePlace, _ decoded: [Digest: [UInt8]]
    ) throws(EngineError) -> [UInt8] {
        let object = BoardKeys.pack(place.pack).description
        let record: FrameRecord
        do throws(FormatError) {
            record = try FrameRecord.decode(
                bytes, at: offset, end: min(bytes.count, offset + place.storedByteCount), .standard
            ).record
        } catch {
            throw EngineError(error, object: object)
        }
        guard record.header == place.header, record.bases == place.bases else {
            throw EngineError(
                .corrupt,
                "'\(object)' holds another frame at byte \(place.offset) than the index says; "
                    + "run 'pins verify'",
                object: object)
        }
        var prefix: [UInt8] = []
        for base in record.bases {
            guard let plain = decoded[base] else {
                throw EngineError(
                    .corrupt, "a base of a frame in '\(object)' is missing", object: object)
            }
            prefix += plain
        }
        return try workers.use { (worker) throws(EngineError) in
            try worker.decode(bytes, record, prefix, place.digest, object)
        }
    }
}

extension Worker {
    /// Decodes a frame and compares the digest of its plain bytes.
    func decode(
        _ bytes: [UInt8], _ record: FrameRecord, _ prefix: [UInt8], _ expected: Digest?,
        _ object: String
    ) throws(EngineError) -> [UInt8] {
        let header = record.header
        let plain: [UInt8]
        do throws(TransformError) {
            let stored = unsafe bytes.span.bytes.extracting(record.frame)
            plain =
                if header.baseCount > 0 {
                    try unsafe decoder.decode(
                        stored, codec: header.codec, filter: header.filter,
                        rawByteCount: header.rawByteCount, prefix: prefix.span.bytes)
                } else {
                    try decoder.decode(
                        stored, codec: header.codec, filter: header.filter,
                        rawByteCount: header.rawByteCount)
                }
        } catch {
            throw EngineError(
                .corrupt,
                "a frame of '\(object)' cannot be decoded: \(error.message); run 'pins verify "
                    + "--data'",
                object: object)
        }
        if let expected, digest(plain, header.kind) != expected {
            throw EngineError(
                .corrupt,
                "a frame of '\(object)' has other bytes than its digest says; run 'pins verify "
                    + "--data'",
                object: object)
        }
        return plain
    }

    /// The digest of a chunk or node (FORMAT.md §5).
    func digest(_ plain: [UInt8], _ kind: FrameKind) -> Digest {
        switch kind {
        case .chunk: unsafe hasher.digest(plain.span.bytes)
        case .node: unsafe hasher.digest(domain: .node, plain.span.bytes)
        }
    }
}
