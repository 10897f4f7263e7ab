internal import PinFormat
internal import PinStorage

/// Says which frames can be read, given what was found out about the packs; as a reader would find them.
final class VerifierFrames {
    /// What is known about one frame.
    enum Availability {
        /// It can be read; each list names packs of which one is needed.
        case found([[ObjectName]])
        case lost
    }

    private let snapshot: Snapshot
    private let damaged: [ObjectName: PackExamination]
    /// Where the copies of frames stood that cannot be read.
    private var culprits: [Digest: Set<ObjectName>] = [:]

    init(_ snapshot: Snapshot, _ damaged: [ObjectName: PackExamination]) {
        self.snapshot = snapshot
        self.damaged = damaged
        for (name, pack) in damaged {
            for place in pack.places where !pack.isGood(place) {
                culprits[place.digest, default: []].insert(name)
            }
        }
    }

    /// The packs to blame for a frame that is lost; none if nothing ever named a place for it.
    func culprits(_ digest: Digest) -> Set<ObjectName> { culprits[digest] ?? [] }

    /// Notes that a pack turned out to be damaged where a frame was read.
    func blame(_ pack: ObjectName, for digest: Digest) { culprits[digest, default: []].insert(pack) }

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
        if let packs = plainCopies(digest, kind, byteCount), !packs.isEmpty { return .found([packs]) }
        do throws(EngineError) {
            let closure = try await locator.closure(digest, kind)
            var packs: [[ObjectName]] = []
            for place in closure {
                if !isGood(place) {
                    guard
                        let other = try await locator.alternatives(to: place).first(where: isGood)
                    else {
                        // A base that is lost is to blame for all that need it.
                        culprits[digest, default: []].formUnion(culprits(place.digest))
                        return .lost
                    }
                    packs.append([other.pack])
                } else {
                    packs.append([place.pack])
                }
            }
            guard let header = closure.last?.header, header.kind == kind,
                byteCount == nil || byteCount == header.rawByteCount
            else { return .lost }
            return .found(packs)
        } catch where error.code == .corrupt {
            return .lost
        }
    }

    /// The packs with a good copy that needs no others; `nil` if the index cannot tell.
    private func plainCopies(_ digest: Digest, _ kind: FrameKind, _ byteCount: Int?) -> [ObjectName]? {
        guard let copies = try? snapshot.index.copies(digest, kind) else { return nil }
        return copies.compactMap { copy in
            let (entry, header) = (copy.entry, copy.entry.header)
            guard header.baseCount == 0, header.kind == kind,
                byteCount == nil || byteCount == header.rawByteCount
            else { return nil }
            let place = FramePlace(
                digest: digest, pack: copy.pack, offset: entry.offset,
                storedByteCount: entry.storedByteCount, header: header, bases: [])
            return isGood(place) ? copy.pack : nil
        }
    }
}
