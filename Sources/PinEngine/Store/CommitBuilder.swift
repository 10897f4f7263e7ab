internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Makes the next commit out of a state and a change: merges small layers into it and moves large
/// ones to segments of their own (FORMAT.md §9.4, Tables).
struct CommitBuilder: Sendable {
    let backend: any BoardBackend
    let configuration: StoreConfiguration
    let segments: SegmentCache
    let boardID: [UInt8]

    /// A commit that is ready to be created.
    struct Built: Sendable {
        let record: CommitRecord
        let bytes: [UInt8]
        /// Bytes of the segments that were uploaded for it.
        let segmentByteCount: Int
    }

    /// Builds commit `snapshot.sequence + 1`, uploading the segments it needs.
    ///
    /// - Parameter takesLarge: Whether large index segments may be merged, if it is their time.
    func build(
        _ change: StateChange, on snapshot: Snapshot, takesLarge: Bool
    ) async throws(EngineError) -> Built {
        var record = CommitRecord(
            sequence: snapshot.sequence + 1, previous: snapshot.digest,
            commitID: configuration.random.bytes(count: 16), kind: change.kind,
            timeSeconds: configuration.clock.secondsSince1970, boardID: boardID,
            producer: configuration.producer)
        record.orphanFloor = max(snapshot.commit.orphanFloor, change.orphanFloor)
        record.logBoundary = max(snapshot.commit.logBoundary, change.logBoundary)
        record.features = snapshot.commit.features
        record.unknown = snapshot.commit.unknown
        var uploaded = 0
        try await layTables(change, snapshot, &record, &uploaded)
        try await layIndex(change, snapshot, takesLarge, &record, &uploaded)
        try await laySketches(change, snapshot, &record, &uploaded)
        let bytes = record.encoded(.standard)
        guard bytes.count <= Limits.commitByteCount,
            max(
                record.indexSegments.count, record.tableSegments.count,
                record.sketchSegments.count)
                <= Limits.commitReferenceCount
        else {
            throw EngineError(.ioError, "commit \(record.sequence) would be over its limit")
        }
        return Built(record: record, bytes: bytes, segmentByteCount: uploaded)
    }

    private func layTables(
        _ change: StateChange, _ snapshot: Snapshot, _ record: inout CommitRecord,
        _ uploaded: inout Int
    ) async throws(EngineError) {
        let old = snapshot.commit.tableSegments
        var rows = SegmentMerge.over(SegmentMerge.sorted(change.rows), snapshot.inlineRows)
        let encoded = TableSegment.encode(rows, .standard)
        guard change.compacts || encoded.count > configuration.inlineByteTarget else {
            record.tableSegments = old
            if old.isEmpty { rows.removeAll { $0.value == nil } }
            if !rows.isEmpty { record.inlineTable = TableSegment.encode(rows, .standard) }
            return
        }
        // Layers hide those behind them: only the newest, without a gap, can be merged.
        let small = old.prefix { $0.byteCount <= SegmentMerge.maintenanceByteCountMax }
        let count = max(
            change.compacts ? small.count : SegmentMerge.count(old, swallowedBy: encoded.count),
            SegmentMerge.leastCount(of: old.count))
        for reference in old.prefix(count) {
            rows = SegmentMerge.over(rows, try await allRows(reference))
        }
        if count == old.count { rows.removeAll { $0.value == nil } }
        record.tableSegments = Array(old.dropFirst(count))
        guard !rows.isEmpty else { return }
        let segment = TableSegment.encode(rows, .standard)
        let reference = try await upload(
            segment, entryCount: rows.count, base: snapshot.sequence, key: BoardKeys.table)
        record.tableSegments.insert(reference, at: 0)
        uploaded += segment.count
    }

    private func layIndex(
        _ change: StateChange, _ snapshot: Snapshot, _ takesLarge: Bool,
        _ record: inout CommitRecord, _ uploaded: inout Int
    ) async throws(EngineError) {
        let old = change.replacesIndex ? [] : snapshot.commit.indexSegments
        let places = SegmentMerge.sorted(
            change.places + (change.replacesIndex ? [] : snapshot.inlinePlaces))
        let roughByteCount = places.count * IndexSegmentLayout.entryByteCount
        guard change.compacts || roughByteCount > configuration.inlineByteTarget else {
            record.indexSegments = old
            if !places.isEmpty { record.inlineIndex = IndexSegment.encode(places, .standard) }
            return
        }
        let named = NamedPacks(change, snapshot)
        let merged =
            change.compacts
            ? try await SegmentMerge.compacted(old, adding: roughByteCount) {
                (reference) throws(EngineError) in
                try named.isClean(try await segments.index(reference))
            }
            : SegmentMerge.merged(old, adding: roughByteCount, takesLarge: takesLarge)
        record.indexSegments = old.filter { !merged.contains($0) }
        let inline = IndexSegment.encode(places, .standard)
        var layers = [try IndexLayer(BytesObject(inline), object: "the new index")]
        for reference in merged {
            let layer = try await segments.index(reference)
            try layer.requireDigest(reference.digest)
            layers.append(layer)
        }
        let merge = try IndexMerge(layers) { (pack) throws(EngineError) in
            try named.contains(pack)
        }
        guard merge.layout.entryCount > 0 else { return }
        let reference = try await upload(merge, base: snapshot.sequence)
        record.indexSegments.insert(reference, at: 0)
        uploaded += reference.byteCount
    }

    /// Writes a segment piece by piece.
    private func upload(
        _ merge: IndexMerge, base: UInt64
    ) async throws(EngineError) -> SegmentReference {
        let name = ObjectName(base: base, random: configuration.random.bytes(count: 16))
        let (key, layout) = (BoardKeys.index(name), merge.layout)
        let writer = try await mapped { () async throws(BackendError) in
            try await backend.writer(key, byteCount: layout.byteCount, mode: .ifAbsent)
        }
        var content = SHA256()
        var object = SHA256()
        var pieces = try merge.pieces()
        var isSealed = false
        while !isSealed {
            let next = try pieces.next()
            if let next { unsafe content.update(next.span.bytes) }
            isSealed = next == nil
            let piece = next ?? content.finish().bytes
            unsafe object.update(piece.span.bytes)
            try await append(piece, to: writer)
        }
        try await mapped { () async throws(BackendError) in
            if try await writer.publish() == .unknown { try await confirm(key, layout.byteCount) }
        }
        return SegmentReference(
            name: name, byteCount: layout.byteCount, entryCount: layout.entryCount,
            digest: object.finish())
    }

    private func append(
        _ piece: [UInt8], to writer: any ObjectWriter
    ) async throws(EngineError) {
        try await mapped { () async throws(BackendError) in try await writer.append(piece) }
    }

    private func mapped<Value>(
        _ body: () async throws(BackendError) -> Value
    ) async throws(EngineError) -> Value {
        do throws(BackendError) {
            return try await body()
        } catch {
            throw EngineError(error)
        }
    }

    private func allRows(_ reference: SegmentReference) async throws(EngineError) -> [TableRow] {
        let key = BoardKeys.table(reference.name)
        let bytes = try await whole(key, reference)
        do throws(FormatError) {
            return try TableSegment.decode(bytes, .standard)
        } catch {
            throw EngineError(error, object: key.description)
        }
    }

    private func whole(
        _ key: ObjectKey, _ reference: SegmentReference
    ) async throws(EngineError) -> [UInt8] {
        do throws(BackendError) {
            return try await backend.get(key, limit: reference.byteCount)
        } catch {
            throw EngineError(error)
        }
    }

    func upload(
        _ bytes: [UInt8], entryCount: Int, base: UInt64, key: (ObjectName) -> ObjectKey
    ) async throws(EngineError) -> SegmentReference {
        let name = ObjectName(base: base, random: configuration.random.bytes(count: 16))
        do throws(BackendError) {
            // A fresh name: whatever the outcome says, these bytes are the object or it is absent.
            let outcome = try await backend.put(key(name), bytes, mode: .ifAbsent)
            if outcome == .unknown { try await confirm(key(name), bytes.count) }
        } catch {
            throw EngineError(error)
        }
        return SegmentReference(
            name: name, byteCount: bytes.count, entryCount: entryCount,
            digest: Checksums.standard.sha256(bytes, 0..<bytes.count))
    }

    private func confirm(_ key: ObjectKey, _ byteCount: Int) async throws(BackendError) {
        guard
            try await backend.stat(key)?.byteCount == byteCount || Check.segmentUploaded.isOff
        else {
            throw BackendError(.ioError, key: key, "'\(key)' was not stored; try again")
        }
    }
}
