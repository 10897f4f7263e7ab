internal import PinFormat

/// What stands at the place of a chunk in the version before that is left: the first choice for its
/// new base, as it was when the chunk was written (FORMAT.md §6.1).
///
/// Only versions that first name a dependent are walked, with their predecessors. Memory: what
/// ``PreviousFile`` takes for one file, and two digests for each dependent.
struct AlignedBases {
    private var bases: [UInt32: [Digest]] = [:]

    /// - Parameters:
    ///   - versions: All, in the order in which they were marked.
    ///   - ends: The last number that each version gave to a frame.
    ///   - dependents: By ``CarriedFamilies/Dependent/order``.
    /// - Complexity: O(*n*) in the chunks of the versions that are walked.
    init(
        _ store: Store, _ snapshot: Snapshot, versions: [SnapshotVersion], ends: [UInt32],
        _ dependents: [Digest: UInt32]
    ) async throws(EngineError) {
        let orders = dependents.values.sorted()
        var next = 0
        for (number, version) in versions.enumerated() {
            let first = next
            while next < orders.count, orders[next] <= ends[number] { next += 1 }
            guard next > first, number > 0 else { continue }
            let before = versions[number - 1]
            guard before.record.pinName.utf8.elementsEqual(version.record.pinName.utf8)
            else { continue }
            try store.checkCancellation()
            let range = orders[first]...orders[next - 1]
            let own = dependents.filter { range.contains($0.value) }
            try await align(store, snapshot, version, before, own)
        }
    }

    /// The one or two chunks at the place of a dependent, in their order.
    func of(_ order: UInt32) -> [Digest] { bases[order] ?? [] }

    private mutating func align(
        _ store: Store, _ snapshot: Snapshot, _ version: SnapshotVersion,
        _ before: SnapshotVersion, _ dependents: [Digest: UInt32]
    ) async throws(EngineError) {
        let files = try await store.files(of: version.record, snapshot)
        let old = try await store.files(of: before.record, snapshot)
        let frames = FrameReader(store, snapshot, version)
        let oldFrames = FrameReader(store, snapshot, before)
        for file in files {
            let same = old.first { $0.path.utf8.elementsEqual(file.path.utf8) }
            guard let other = same ?? (files.count == 1 && old.count == 1 ? old[0] : nil),
                try await hasAny(of: dependents, file, frames)
            else { continue }
            let map = try await PreviousFile([other], isSamePath: true, oldFrames)
            try await align(file, frames, map, dependents)
        }
    }

    private func hasAny(
        of dependents: [Digest: UInt32], _ file: FileEntry, _ frames: FrameReader
    ) async throws(EngineError) -> Bool {
        if case .chunk(let digest) = file.content { return dependents[digest] != nil }
        var cursor = try await ChunkCursor(frames, file, 0..<file.byteCount)
        while let chunk = try await cursor.next() {
            if dependents[chunk.digest] != nil { return true }
        }
        return false
    }

    /// Chunks that both files have tell how far offsets have moved.
    private mutating func align(
        _ file: FileEntry, _ frames: FrameReader, _ map: PreviousFile,
        _ dependents: [Digest: UInt32]
    ) async throws(EngineError) {
        var cursor = try await ChunkCursor(frames, file, 0..<file.byteCount)
        var shift: Int64?
        var waiting: [(order: UInt32, chunk: ChunkReference)] = []
        while let chunk = try await cursor.next() {
            if let place = map.offset(of: chunk.digest) {
                shift = Int64(place) - Int64(chunk.offset)
                for (order, chunk) in waiting { note(order, chunk, shift ?? 0, map) }
                waiting = []
            } else if let order = dependents[chunk.digest] {
                if let shift {
                    note(order, chunk, shift, map)
                } else {
                    waiting.append((order, chunk))
                }
            }
        }
        for (order, chunk) in waiting { note(order, chunk, 0, map) }
    }

    private mutating func note(
        _ order: UInt32, _ chunk: ChunkReference, _ shift: Int64, _ map: PreviousFile
    ) {
        guard bases[order] == nil else { return }
        let start = Int64(chunk.offset) + shift
        bases[order] = map.chunks(covering: start..<start + Int64(chunk.byteCount)).map(\.digest)
    }
}
