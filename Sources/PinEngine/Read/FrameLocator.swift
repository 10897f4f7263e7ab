internal import PinFormat
internal import PinStorage
internal import PinTransforms
internal import Synchronization

/// Finds the frames of one version: where they are kept on this machine, else through the index,
/// and where that fails through the footers of the packs that the version names (FORMAT.md §7.5,
/// §14).
final class FrameLocator: Sendable {
    private let store: Store
    let snapshot: Snapshot
    private let packs: [ObjectName]
    /// What is at hand; `nil` where the board alone is to be asked.
    let cache: (any FrameCache)?
    /// Every frame of the version's packs by digest, read when the index is first found wanting.
    private let footers = Mutex<[Digest: [FramePlace]]?>(nil)

    /// - Parameter usesCache: Whether frames may come from the store's ``FrameCache``.
    init(_ store: Store, _ snapshot: Snapshot, packs: [ObjectName], usesCache: Bool = true) {
        self.store = store
        self.snapshot = snapshot
        self.packs = packs
        cache = usesCache ? store.frameCache : nil
    }

    /// The same, without what is at hand.
    var uncached: FrameLocator {
        FrameLocator(store, snapshot, packs: packs, usesCache: false)
    }

    /// The places of a frame and all it needs, bases first.
    ///
    /// - Throws: ``EngineError/Code/corrupt`` if no pack of the version has it.
    func closure(_ digest: Digest, _ kind: FrameKind) async throws(EngineError) -> [FramePlace] {
        // Another board may have encoded it against other bases: all of it, or nothing.
        if let cache, let kept = Self.closure(digest, kind, copies: cache.copies) { return kept }
        return try await ownClosure(digest, kind)
    }

    /// The places of a frame and all it needs as this board has encoded them, those that are at
    /// hand in the cache.
    ///
    /// - Throws: As ``closure(_:_:)``.
    func ownClosure(
        _ digest: Digest, _ kind: FrameKind
    ) async throws(EngineError) -> [FramePlace] {
        let closure = try await storedClosure(digest, kind)
        guard let cache else { return closure }
        return closure.map { place in
            cache.copies(place.digest, place.header.kind).first {
                $0.header == place.header && $0.bases == place.bases
            } ?? place
        }
    }

    private func storedClosure(
        _ digest: Digest, _ kind: FrameKind
    ) async throws(EngineError) -> [FramePlace] {
        var cause: EngineError?
        do throws(EngineError) {
            if let closure = try snapshot.index.closure(digest, kind) {
                var places: [FramePlace] = []
                for copy in closure { places.append(try snapshot.index.place(copy)) }
                return places
            }
        } catch  where error.code == .corrupt || error.code == .ioError {
            // A part of the index that is damaged or cannot be read: the footers know as well.
            cause = error
        }
        let table = try await footerTable()
        guard let closure = Self.closure(digest, kind, table) else {
            // Where nothing can be read, nothing is known to be missing.
            if let cause, cause.code == .ioError { throw cause }
            throw EngineError(
                .corrupt,
                "the frame \(digest.hex.prefix(16))… is in no pack of the board; run 'pins verify'",
                object: digest.hex)
        }
        return closure
    }

    /// Other copies of a frame than `place`, without those that need other bases: where to look
    /// when it is damaged.
    func alternatives(to place: FramePlace) async throws(EngineError) -> [FramePlace] {
        var found: [FramePlace] = []
        for copy in (try? snapshot.index.copies(place.digest, place.header.kind)) ?? [] {
            if let other = try? snapshot.index.place(copy) { found.append(other) }
        }
        found += try await footerTable()[place.digest] ?? []
        return found.filter {
            $0 != place && $0.header.kind == place.header.kind
                && $0.bases.allSatisfy(place.bases.contains)
        }
    }

    private func footerTable() async throws(EngineError) -> [Digest: [FramePlace]] {
        if let table = footers.withLock({ $0 }) { return table }
        var table: [Digest: [FramePlace]] = [:]
        for pack in packs {
            // A pack that is damaged here may not be needed: the frame that is missing will say so.
            guard let entries = try? await store.footer(of: pack, snapshot) else { continue }
            for entry in entries {
                table[entry.digest, default: []].append(FramePlace(entry, in: pack))
            }
        }
        footers.withLock { $0 = table }
        return table
    }

    /// As ``ChunkIndex/closure(_:_:)``, over a table in memory.
    static func closure(
        _ digest: Digest, _ kind: FrameKind, _ table: [Digest: [FramePlace]]
    ) -> [FramePlace]? {
        closure(digest, kind) { digest, kind in
            (table[digest] ?? []).filter { $0.header.kind == kind }
        }
    }

    /// As ``ChunkIndex/closure(_:_:)``, over anything that knows copies.
    static func closure(
        _ digest: Digest, _ kind: FrameKind, copies: @escaping (Digest, FrameKind) -> [FramePlace]
    ) -> [FramePlace]? {
        // A copy whose bases are gone may stand beside one that needs others.
        for top in copies(digest, kind).sorted(by: isPreferred) {
            if let closure = closure(of: top, copies) { return closure }
            var search = ClosureSearch<FramePlace>(
                copies: { (digest, below) in
                    copies(digest, .chunk).filter { $0.header.depth < below }
                        .sorted(by: isPreferred)
                }, bases: { $0.bases }, header: { $0.header })
            if let closure = try? search.closure(of: top, digest) { return closure }
        }
        return nil
    }

    private static func isPreferred(_ left: FramePlace, _ right: FramePlace) -> Bool {
        left.header.depth == right.header.depth
            ? left.pack > right.pack : left.header.depth < right.header.depth
    }

    private static func closure(
        of top: FramePlace, _ copies: (Digest, FrameKind) -> [FramePlace]
    ) -> [FramePlace]? {
        var chosen: [Digest: FramePlace] = [top.digest: top]
        var pending = [top]
        var byteCount = top.header.rawByteCount
        while let next = pending.popLast() {
            for base in next.bases {
                if let known = chosen[base], known.header.depth < next.header.depth { continue }
                guard
                    let place = copies(base, .chunk).filter({
                        $0.header.depth < next.header.depth
                    }).min(by: isPreferred)
                else { return nil }
                byteCount += place.header.rawByteCount
                guard chosen.count < Limits.closureFrameCount,
                    byteCount <= Limits.closureByteCount
                else { return nil }
                chosen[base] = place
                pending.append(place)
            }
        }
        return chosen.values.sorted { $0.header.depth < $1.header.depth }
    }
}

extension Store {
    /// The frames that a pack's footer lists: in one request where the pack has a row, which says
    /// where the footer is and what its digest is, and in none where it is kept on this machine.
    ///
    /// - Throws: ``EngineError/Code/notFound`` if the pack is gone, ``EngineError/Code/corrupt``.
    func footer(of name: ObjectName, _ snapshot: Snapshot) async throws(EngineError) -> [PackEntry]
    {
        let key = BoardKeys.pack(name)
        let row = try snapshot.index.packs.row(name)
        do throws(BackendError) {
            if let row { return try await entries(of: row, key) }
            guard let size = try await backend.stat(key)?.byteCount else {
                throw BackendError(.notFound, key: key, "the pack '\(key)' is gone")
            }
            guard size >= PackHeader.byteCount + PackTrailer.byteCount else {
                throw BackendError(.rangeNotSatisfiable, key: key, "the pack '\(key)' is too short")
            }
            let tail = try await backend.get(key, range: size - PackTrailer.byteCount..<size)
            let trailer = try decoding(key) { () throws(FormatError) in
                try PackTrailer(tail, at: 0, packByteCount: size)
            }
            let footer = try await backend.get(
                key, range: trailer.footerOffset..<trailer.footerOffset + trailer.footerByteCount)
            return try decoding(key) { () throws(FormatError) in
                try PackFooter(footer, trailer, .standard).entries
            }
        } catch {
            throw EngineError(error)
        }
    }

    private func entries(
        of row: PackRow, _ key: ObjectKey
    ) async throws(BackendError) -> [PackEntry] {
        let end = row.byteCount - PackTrailer.byteCount
        let trailer = PackTrailer(
            footerOffset: end - row.footerByteCount, footerByteCount: row.footerByteCount,
            frameCount: row.frameCount, footerDigest: row.footerDigest)
        if let kept = await frameCache?.footer(row.footerDigest),
            let footer = try? PackFooter(kept, trailer, .standard)
        {
            return footer.entries
        }
        let bytes = try await backend.get(key, range: trailer.footerOffset..<end)
        let footer = try decoding(key) { () throws(FormatError) in
            try PackFooter(bytes, trailer, .standard)
        }
        await frameCache?.keep(footer: bytes, row.footerDigest)
        return footer.entries
    }

    /// A format error as one of the backend, so that one catch serves both.
    private func decoding<Value>(
        _ key: ObjectKey, _ body: () throws(FormatError) -> Value
    ) throws(BackendError) -> Value {
        do throws(FormatError) {
            return try body()
        } catch {
            throw BackendError(
                .rangeNotSatisfiable, key: key, "'\(key)' is damaged: \(error); run 'pins verify'")
        }
    }
}
