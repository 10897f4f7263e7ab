internal import PinFormat
internal import PinTransforms

/// Frames that keep nothing from going, in versions of which others were encoded again.
extension Reencoder {
    /// Encodes again what becomes clearly smaller: a chunk may have been written when the closures
    /// of all bases that it could have had were full, and now they are not.
    ///
    /// Only versions that have dependents of carried frames are looked at, so that a board from
    /// which nothing was deleted costs nothing.
    mutating func improve(_ repacker: inout Repacker) async throws(EngineError) {
        guard let marked = try marked() else { return }
        isBase = try index.bases(of: marked)
        let frames = try affectedFrames()
        aligned = try await AlignedBases(
            store, snapshot, versions: try snapshot.versions(), ends: marker.versionEnds,
            Dictionary(uniqueKeysWithValues: frames.map { ($0.digest, $0.order) }))
        for (digest, number, order) in frames {
            try store.checkCancellation()
            guard let copy = try index.copy(digest, at: number), !isBase.contains(copy),
                !bases.contains(digest)
            else { continue }
            let found = try candidates(for: copy, order, ([], []))
            guard !found.isEmpty else { continue }
            let (new, encoded) = try await encode(copy, found)
            let (old, size) = (
                copy.entry.storedByteCount,
                FrameRecord.storedByteCount(new.header, frameByteCount: encoded.bytes.count)
            )
            guard size <= old - old / Self.improvementPart else { continue }
            try await put(digest, new, encoded, &repacker)
            superseded.insert(layer: copy.layer, ordinal: copy.ordinal)
            renewed[digest] = new
        }
    }

    /// The chunks that are not renewed of versions that first name one that is, in their order.
    private func affectedFrames() throws(EngineError) -> [(
        digest: Digest, number: FrameNumber, order: UInt32
    )] {
        var isAffected = [Bool](repeating: false, count: marker.versionEnds.count)
        for (number, layer) in index.layers.enumerated() {
            try layer.forEachEntry { (ordinal, _) throws(EngineError) in
                guard superseded.contains(layer: number, ordinal: ordinal) else { return }
                isAffected[version(of: order[FrameNumber(layer: number, ordinal: ordinal)])] = true
            }
        }
        var found: [(digest: Digest, number: FrameNumber, order: UInt32)] = []
        for (number, layer) in index.layers.enumerated() {
            try layer.forEachEntry { (ordinal, entry) throws(EngineError) in
                guard entry.header.kind == .chunk, direct.contains(layer: number, ordinal: ordinal),
                    !superseded.contains(layer: number, ordinal: ordinal)
                else { return }
                let place = FrameNumber(layer: number, ordinal: ordinal)
                guard isAffected[version(of: order[place])] else { return }
                found.append((entry.digest, place, order[place]))
            }
        }
        return found.sorted { $0.order < $1.order }
    }

    /// The version that gave a frame its number.
    private func version(of order: UInt32) -> Int {
        var (low, high) = (0, marker.versionEnds.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if marker.versionEnds[middle] < order { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
