internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Features of new chunks in a commit (FORMAT.md §7.9): small amounts inline, larger ones in
/// segments that are merged as rows are. A segment that cannot be read is left out: it is advice.
extension CommitBuilder {
    func laySketches(
        _ change: StateChange, _ snapshot: Snapshot, _ record: inout CommitRecord,
        _ uploaded: inout Int
    ) async throws(EngineError) {
        let old = snapshot.commit.sketchSegments.filter {
            !change.leftOutSketches.contains($0.name)
        }
        var newest = Self.over(change.sketches, snapshot.inlineSketches)
        let encoded = Self.encode(newest)
        guard change.compacts || encoded.count > configuration.inlineByteTarget / 4 else {
            record.sketchSegments = old
            record.inlineSketches = newest.isEmpty ? nil : encoded
            return
        }
        let small = old.prefix { $0.byteCount <= SegmentMerge.maintenanceByteCountMax }
        let count = max(
            change.compacts ? small.count : SegmentMerge.count(old, swallowedBy: encoded.count),
            SegmentMerge.leastCount(of: old.count))
        for reference in old.prefix(count) {
            let bytes = try? await backend.get(
                BoardKeys.sketches(reference.name), limit: reference.byteCount)
            guard let bytes, let entries = try? SketchSegment.decode(bytes, .standard) else {
                continue
            }
            newest = Self.over(newest, entries)
        }
        if change.compacts {
            let going = Set(change.rows.filter { $0.value == nil }.map(\.key))
            let moved = Set(change.places.map(\.digest))
            newest = newest.filter {
                moved.contains($0.chunk) || Self.isAlive($0.chunk, snapshot, without: going)
            }
        }
        record.sketchSegments = Array(old.dropFirst(count))
        guard !newest.isEmpty else { return }
        let segment = Self.encode(newest)
        let reference = try await upload(
            segment, entryCount: newest.count, base: snapshot.sequence, key: BoardKeys.sketches)
        record.sketchSegments.insert(reference, at: 0)
        uploaded += segment.count
    }

    /// Entries of which the earlier ones, and all of `newer`, hide others of the same feature.
    private static func over(_ newer: [SketchEntry], _ older: [SketchEntry]) -> [SketchEntry] {
        var known: Set<UInt64> = []
        // The last of the newer ones is the newest.
        return (newer.reversed() + older).filter { known.insert($0.feature).inserted }
    }

    private static func encode(_ entries: [SketchEntry]) -> [UInt8] {
        SketchSegment.encode(entries.sorted { $0.feature < $1.feature }, .standard)
    }

    /// Whether a pack that keeps its row holds the chunk.
    private static func isAlive(
        _ chunk: Digest, _ snapshot: Snapshot, without going: Set<[UInt8]>
    ) -> Bool {
        let copies = (try? snapshot.index.copies(chunk, .chunk)) ?? []
        return copies.contains { $0.status != .condemned && !going.contains(RowKey.pack($0.pack)) }
    }
}
