internal import PinFormat
internal import PinStorage
internal import Synchronization

/// Reads, decodes and verifies the frames of one version. Nothing leaves it whose digest is not
/// right.
final class FrameReader: Sendable {
    /// How many bytes of buffers wait for the next read while none is running.
    static let idleByteCountMax = 4 << 20
    /// How many collections may move the frames of one read while it runs.
    private static let reopenMax = 1_000

    /// Buffers of the batches that are read and decoded.
    let pool = BufferPool(byteCountMax: 48 << 20)
    let packs: OpenPacks
    let store: Store
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
        self.packs = OpenPacks(store.backend, store.frameCache)
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

    /// Where the frames of the version are.
    var locator: FrameLocator { current.withLock { $0 } }

    /// Fills the beginning of `output` with the plain bytes of neighbouring chunks, one after the
    /// other.
    ///
    /// - Parameters:
    ///   - output: At least as many bytes as the chunks have together; after an error without
    ///     meaning.
    ///   - chunks: Of a few MiB together.
    ///   - file: Theirs, for messages.
    ///   - keeping: Whether they and their bases go into the store's cache.
    /// - Throws: As ``frames(_:_:)``.
    func fill(
        _ output: inout [UInt8], with chunks: [ChunkReference], of file: FileEntry, keeping: Bool
    ) async throws(EngineError) {
        do throws(EngineError) {
            let decoder = BatchDecoder(
                store: store, locator: locator, packs: packs, pool: pool,
                keeps: keeping)
            return try await decoder.decode(chunks, into: &output)
        } catch  where error.code != .cancelled {
            // Damage that another copy makes good, a collection that moves packs, or a real loss:
            // the careful way knows.
            packs.forget()
        }
        try store.checkCancellation()
        let plain = try await frames(chunks.map(\.digest), .chunk)
        var start = 0
        for (chunk, bytes) in zip(chunks, plain) {
            guard bytes.count == chunk.byteCount else {
                throw EngineError(
                    .corrupt,
                    "a chunk of '\(Names.printable(file.path))' is not of the size its "
                        + "manifest says",
                    object: file.path)
            }
            output.replaceSubrange(start..<start + bytes.count, with: bytes)
            start += bytes.count
        }
    }

    /// The plain bytes of frames, in the order asked for; those that lie in the store's cache come
    /// from there, the others go into it.
    ///
    /// - Parameters:
    ///   - digests: At most a few hundred; their raw bytes and those of their bases are held in
    ///     memory.
    ///   - kind: What they must be.
    /// - Throws: ``EngineError/Code/corrupt``, ``EngineError/Code/notFound`` if the version was
    ///   deleted in the meantime.
    func frames(_ digests: [Digest], _ kind: FrameKind) async throws(EngineError) -> [[UInt8]] {
        let locator = locator
        do throws(EngineError) {
            return try await frames(digests, kind, following: locator)
        } catch  where locator.cache != nil && [.corrupt, .ioError].contains(error.code) {
            // What is kept here may be damaged, or gone: the board decides.
            return try await frames(digests, kind, following: locator.uncached)
        }
    }

    private func frames(
        _ digests: [Digest], _ kind: FrameKind, following start: FrameLocator
    ) async throws(EngineError) -> [[UInt8]] {
        var locator = start
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
        return locator.cache == nil ? fresh.uncached : fresh
    }

    private func frames(
        _ digests: [Digest], _ kind: FrameKind, _ locator: FrameLocator, packsMayBeGone: Bool = true
    ) async throws(EngineError) -> [[UInt8]] {
        var plain: [Digest: [UInt8]] = [:]
        var (group, asked, byteCount): ([FramePlace], [Digest], Int) = ([], [], 0)
        for digest in digests where plain[digest] == nil {
            if let known = store.decodedFrames.bytes(digest, kind) {
                plain[digest] = known
                continue
            }
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
        var decoded: [Digest: [UInt8]] = [:]
        decoded.reserveCapacity(places.count)
        var wanted = uncached(places, asked, &decoded)
        // Bases first, because depth grows; within one depth in the order of the disk.
        wanted.sort {
            ($0.header.depth, $0.pack, $0.offset) < ($1.header.depth, $1.pack, $1.offset)
        }
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

    /// The frames among closures that must be decoded, less those that only cached ones need.
    ///
    /// - Parameter decoded: Gets the bytes of the cached ones.
    private func uncached(
        _ places: [FramePlace], _ asked: [Digest], _ decoded: inout [Digest: [UInt8]]
    ) -> [FramePlace] {
        guard places.contains(where: { $0.header.baseCount > 0 }) else { return places }
        let isAsked = Set(asked)
        for place in places where !isAsked.contains(place.digest) && decoded[place.digest] == nil {
            decoded[place.digest] = store.decodedFrames.bytes(place.digest, .chunk)
        }
        if decoded.isEmpty { return places }
        // Those that need others come before them, from the greatest depth down.
        var needed = isAsked
        var out: [FramePlace] = []
        for place in places.sorted(by: { $0.header.depth > $1.header.depth })
        where needed.contains(place.digest) && decoded[place.digest] == nil {
            needed.formUnion(place.bases)
            out.append(place)
        }
        return out
    }

    /// How many places can be read with one request.
    private static func endOfRun(_ places: [FramePlace], from start: Int) -> Int {
        var end = start + 1
        while end < places.count {
            let (last, next) = (places[end - 1], places[end])
            let lastEnd = last.offset + last.storedByteCount
            guard next.pack == last.pack,
                next.offset - lastEnd <= StoredFrames.remoteGapByteCountMax,
                next.offset + next.storedByteCount - places[start].offset
                    <= StoredFrames.runByteCountMax
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
        let (bytes, isFetched): ([UInt8], Bool)
        do throws(BackendError) {
            (bytes, isFetched) = try await packs.bytes(of: first.pack, in: range)
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
                let plain = try await rescue(place, kind, locator, damage, decoded)
                keep(plain, place, &decoded)
            }
            return
        } catch {
            throw EngineError(error)
        }
        var fetched: [StoredFrame] = []
        for place in run where decoded[place.digest] == nil {
            let plain: [UInt8]
            let offset = place.offset - range.lowerBound
            do throws(EngineError) {
                plain = try store.decode(bytes, at: offset, place, decoded)
                if isFetched {
                    let stored = bytes[offset..<offset + place.storedByteCount]
                    fetched.append(StoredFrame(place, stored))
                }
            } catch  where error.code == .corrupt {
                plain = try await rescue(place, kind, locator, error, decoded)
            }
            keep(plain, place, &decoded)
        }
        if !fetched.isEmpty { await store.frameCache?.keep(fetched) }
    }

    /// Takes the bytes of a frame, whose digest was compared.
    private func keep(_ plain: [UInt8], _ place: FramePlace, _ decoded: inout [Digest: [UInt8]]) {
        decoded[place.digest] = plain
        store.decodedFrames.insert(place.digest, place.header.kind, plain)
    }

    /// Reads a frame again, in case the damage was on the way, and then its other copies.
    private func rescue(
        _ place: FramePlace, _ kind: FrameKind, _ locator: FrameLocator, _ error: EngineError,
        _ decoded: [Digest: [UInt8]]
    ) async throws(EngineError) -> [UInt8] {
        let isKept = await store.frameCache?.distrust(place.pack) ?? false
        if !isKept { await store.backend.distrust(BoardKeys.pack(place.pack)) }
        let others = try await locator.alternatives(to: place)
        for place in isKept ? others : [place] + others {
            let range = place.offset..<place.offset + place.storedByteCount
            guard
                let bytes = try? await store.backend.get(BoardKeys.pack(place.pack), range: range),
                let plain = try? store.decode(bytes, at: 0, place, decoded)
            else { continue }
            await store.frameCache?.keep([StoredFrame(place, bytes[...])])
            return plain
        }
        throw error
    }
}
