internal import PinFormat
internal import PinStorage

/// Says which frames can be read, given what was found out about the packs; as a reader would find
/// them.
final class VerifierFrames {
    /// What is known about one frame.
    enum Availability {
        case found(Need)
        case lost
    }

    /// Packs that reading a frame needs, damaged or not.
    enum Need {
        /// All of them.
        case all(Set<ObjectName>)
        /// One of them: each has a copy.
        case one(Set<ObjectName>)
        /// There are several ways to decode it.
        case several(FrameKey)
    }

    private let snapshot: Snapshot
    private let damaged: [ObjectName: PackExamination]
    /// Where the copies of frames stood that cannot be read.
    private var culprits: [FrameKey: Set<ObjectName>] = [:]

    init(_ snapshot: Snapshot, _ damaged: [ObjectName: PackExamination]) {
        self.snapshot = snapshot
        self.damaged = damaged
        for (name, pack) in damaged {
            for place in pack.places where !pack.isGood(place) {
                blame(name, for: FrameKey(digest: place.digest, kind: place.header.kind))
            }
        }
    }

    /// The packs to blame for a frame that is lost; none if nothing ever named a place for it.
    func culprits(_ frame: FrameKey) -> Set<ObjectName> { culprits[frame] ?? [] }

    /// Notes that a pack turned out to be damaged where a frame was read.
    func blame(_ pack: ObjectName, for frame: FrameKey) {
        culprits[frame, default: []].insert(pack)
    }

    func isGood(_ place: FramePlace) -> Bool { damaged[place.pack]?.isGood(place) ?? true }

    /// Finds a frame and all it needs.
    ///
    /// - Parameters:
    ///   - byteCount: Its raw length, where it is known.
    ///   - locator: Of the version that needs it.
    /// - Throws: What is not damage.
    func find(
        _ digest: Digest, _ kind: FrameKind, byteCount: Int?, _ locator: FrameLocator
    ) async throws(EngineError) -> Availability {
        let copies = (try? snapshot.index.copies(digest, kind)) ?? []
        if hasGoodPlainCopy(copies, byteCount) {
            return .found(need(copies, FrameKey(digest: digest, kind: kind)))
        }
        do throws(EngineError) {
            let closure = try await locator.closure(digest, kind)
            for place in closure where !isGood(place) {
                if try await locator.alternatives(to: place).contains(where: isGood) { continue }
                // A base that is lost is to blame for all that need it.
                let blamed = culprits(FrameKey(digest: place.digest, kind: place.header.kind))
                culprits[FrameKey(digest: digest, kind: kind), default: []].formUnion(blamed)
                return .lost
            }
            guard let header = closure.last?.header, header.kind == kind,
                byteCount == nil || byteCount == header.rawByteCount
            else { return .lost }
            return .found(need(copies, FrameKey(digest: digest, kind: kind)))
        } catch  where error.code == .corrupt {
            return .lost
        }
    }

    /// Whether a good copy needs no others.
    private func hasGoodPlainCopy(_ copies: [ChunkIndex.Copy], _ byteCount: Int?) -> Bool {
        copies.contains { copy in
            let (entry, header) = (copy.entry, copy.entry.header)
            guard header.baseCount == 0, byteCount == nil || byteCount == header.rawByteCount
            else { return false }
            if damaged.isEmpty { return true }
            return isGood(
                FramePlace(
                    digest: entry.digest, pack: copy.pack, offset: entry.offset,
                    storedByteCount: entry.storedByteCount, header: header, bases: []))
        }
    }

    // MARK: - Packs that are needed

    private func need(_ copies: [ChunkIndex.Copy], _ frame: FrameKey) -> Need {
        let current = Self.current(copies)
        if current.allSatisfy({ $0.entry.header.baseCount == 0 }) {
            let packs = Set(current.map(\.pack))
            return packs.count > 1 ? .one(packs) : .all(packs)
        }
        // One way only, down to the last base, is what a board normally has.
        guard current.count == 1 else { return .several(frame) }
        var packs: Set<ObjectName> = []
        var pending = current
        var count = 1
        while let copy = pending.popLast() {
            guard count <= Limits.closureFrameCount else { return .several(frame) }
            packs.insert(copy.pack)
            for base in ((try? snapshot.index.place(copy))?.bases) ?? [] {
                let copies = Self.current((try? snapshot.index.copies(base, .chunk)) ?? [])
                guard copies.count == 1 else { return .several(frame) }
                pending += copies
                count += 1
            }
        }
        return .all(packs)
    }

    /// Whether some packs suffice to decode a frame.
    ///
    /// - Parameter budget: How many look-ups may still be made; without any, the answer is yes.
    func isCovered(
        _ frame: FrameKey, by named: Set<ObjectName>, depth: Int = Limits.depth + 1,
        budget: inout Int
    ) -> Bool {
        budget -= 1
        guard budget > 0 else { return true }
        // Depth goes down with each base, so that this ends after at most fifteen steps (§6.1).
        for copy in (try? snapshot.index.copies(frame.digest, frame.kind)) ?? []
        where named.contains(copy.pack) && copy.entry.header.depth < depth {
            guard let place = try? snapshot.index.place(copy) else { return true }
            var isWhole = true
            for base in place.bases where isWhole {
                isWhole = isCovered(
                    FrameKey(digest: base, kind: .chunk), by: named, depth: place.header.depth,
                    budget: &budget)
            }
            if isWhole { return true }
        }
        return false
    }

    /// Copies in packs that stay, or all if there are none: rows name what replaces a condemned
    /// pack (§9.5).
    private static func current(_ copies: [ChunkIndex.Copy]) -> [ChunkIndex.Copy] {
        let staying = copies.filter { $0.status != .condemned }
        return staying.isEmpty ? copies : staying
    }
}
