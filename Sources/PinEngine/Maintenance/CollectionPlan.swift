internal import PinFormat

/// What a collection will change, and what it may then delete (FORMAT.md §9.5).
struct CollectionPlan {
    var change = StateChange(.collect)
    /// The number of the commit that is planned.
    var sequence: UInt64 = 0
    /// Packs that lose their row, with their sizes.
    var removed: [ObjectName: Int] = [:]
    var condemned: Set<ObjectName> = []
    /// How many frames have a new copy that needs other frames, or none.
    var reencodedFrameCount = 0
    /// Sparse or small packs whose marked frames are copied.
    var repacked: Set<ObjectName> = []
    /// Whether rows change.
    var isNeeded = false
}

/// What a collection has made so far: which old copies are still needed, and what new ones there
/// are.
struct CollectionWork {
    /// The old copies that versions need, when the new ones are there.
    var marked: FrameSet
    /// Frames that were encoded again.
    var renewed: [Digest: RenewedFrame] = [:]
    /// Their old copies.
    var superseded: FrameSet
    var repacker: Repacker

    init(_ marker: LivenessMarker, _ repacker: Repacker, _ snapshot: Snapshot) {
        marked = marker.marked
        superseded = FrameSet(snapshot.index)
        self.repacker = repacker
    }
}

/// How much of each pack is needed.
struct PackUsage {
    /// Stored bytes of marked frames, and how many there are.
    private(set) var live: [ObjectName: Int] = [:]
    private(set) var frames: [ObjectName: Int] = [:]

    /// - Complexity: O(*n*) in the entries of the index; memory O(packs).
    init(_ index: ChunkIndex, _ marked: FrameSet) throws(EngineError) {
        for (number, layer) in index.layers.enumerated() {
            let packs = layer.tables.packs
            var sums = [Int](repeating: 0, count: packs.count)
            var counts = [Int](repeating: 0, count: packs.count)
            try layer.forEachEntry { (ordinal, entry) throws(EngineError) in
                guard marked.contains(layer: number, ordinal: ordinal) else { return }
                sums[entry.pack] += entry.storedByteCount
                counts[entry.pack] += 1
            }
            for (ordinal, name) in packs.enumerated() where counts[ordinal] > 0 {
                live[name, default: 0] += sums[ordinal]
                frames[name, default: 0] += counts[ordinal]
            }
        }
    }
}
