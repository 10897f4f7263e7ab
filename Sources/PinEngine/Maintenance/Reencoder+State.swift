internal import PinFormat

/// What is needed, and where it stands, once frames have been encoded again.
extension Reencoder {
    /// Marks what versions need of the old copies, when new ones stand for those they supersede:
    /// what frames that stay need, and what new ones do.
    ///
    /// - Returns: `nil` if a frame would then need more than a reader takes (§6.1), or nothing low
    ///   enough: what was encoded again must then be given up.
    /// - Complexity: O(*n*) in the entries of the index, a look-up for each base of each delta.
    func marked() throws(EngineError) -> FrameSet? {
        var marked = FrameSet(index)
        var isWithinLimits = true
        for (number, layer) in index.layers.enumerated() {
            try layer.forEachEntry { (ordinal, entry) throws(EngineError) in
                guard direct.contains(layer: number, ordinal: ordinal),
                    !superseded.contains(layer: number, ordinal: ordinal)
                else { return }
                marked.insert(layer: number, ordinal: ordinal)
                guard entry.header.baseCount > 0 else { return }
                let bases = try layer.place(entry).bases
                if try !mark(bases, of: entry.header, entry.digest, &marked) {
                    isWithinLimits = false
                }
            }
        }
        for (digest, frame) in renewed where !frame.bases.isEmpty {
            if try !mark(frame.bases, of: frame.header, digest, &marked) { isWithinLimits = false }
        }
        return isWithinLimits ? marked : nil
    }

    /// Marks the bases of a frame, and theirs; whether its closure is within the limits.
    private func mark(
        _ bases: [Digest], of top: FrameHeader, _ digest: Digest, _ marked: inout FrameSet
    ) throws(EngineError) -> Bool {
        var pending = [(bases: bases, depth: top.depth)]
        var seen: Set<Digest> = [digest]
        var byteCount = top.rawByteCount
        while let next = pending.popLast() {
            for base in next.bases {
                let header: FrameHeader
                if let frame = renewed[base], frame.header.depth < next.depth {
                    header = frame.header
                    pending.append((frame.bases, header.depth))
                } else if let copy = try index.bases([base], below: next.depth).first {
                    header = copy.entry.header
                    marked.insert(layer: copy.layer, ordinal: copy.ordinal)
                    pending.append((try index.place(copy).bases, header.depth))
                } else {
                    return false
                }
                if seen.insert(base).inserted { byteCount += header.rawByteCount }
                guard seen.count <= Limits.closureFrameCount, pending.count <= 64,
                    byteCount <= Limits.closureByteCount
                else { return false }
            }
        }
        return true
    }
}

/// Where the frames of the next state stand.
struct NextPlaces {
    let index: ChunkIndex
    /// The old copies that are still needed.
    let marked: FrameSet
    let renewed: [Digest: RenewedFrame]
    /// Frames that were copied or encoded again, and the packs that hold them now.
    let moved: [FrameKey: [ObjectName]]
    /// Packs that go.
    let going: Set<ObjectName>

    /// The packs of a frame and all it needs; none if no version needs it.
    ///
    /// - Complexity: a look-up for each frame of the closure.
    func packs(_ digest: Digest, _ kind: FrameKind) throws(EngineError) -> Set<ObjectName> {
        var found: Set<ObjectName> = []
        var pending = [(digest: digest, depth: Limits.depth + 1)]
        var seen: Set<Digest> = []
        while let next = pending.popLast() {
            guard seen.insert(next.digest).inserted else { continue }
            let key = FrameKey(digest: next.digest, kind: kind)
            if kind == .chunk, let frame = renewed[next.digest], frame.header.depth < next.depth {
                found.formUnion(moved[key] ?? [])
                pending += frame.bases.map { ($0, frame.header.depth) }
                continue
            }
            let copies = try index.copies(next.digest, kind)
            guard
                let copy = copies.first(where: {
                    $0.entry.header.depth < next.depth && marked.contains($0)
                })
            else { continue }
            if going.contains(copy.pack) {
                found.formUnion(moved[key] ?? [])
            } else {
                found.insert(copy.pack)
            }
            let header = copy.entry.header
            guard header.baseCount > 0 else { continue }
            pending += try index.place(copy).bases.map { ($0, header.depth) }
        }
        return found
    }
}
