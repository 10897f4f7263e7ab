internal import PinFormat

/// The version that a new one most likely resembles: the pin's latest.
struct PreviousVersion: Sendable {
    private let store: Store
    private let snapshot: Snapshot
    private let files: [FileEntry]
    private let frames: FrameReader

    /// `nil` if the pin has no version yet, or its files cannot be read: deltas are an economy, not
    /// a need.
    init?(_ store: Store, _ snapshot: Snapshot, _ pin: String) async throws(EngineError) {
        guard store.config.closureFrameCount > 1,
            let latest = try snapshot.latestVersion(of: pin),
            let files = try? await store.files(of: latest.record, snapshot)
        else { return nil }
        self.store = store
        self.snapshot = snapshot
        self.files = files
        frames = FrameReader(store, snapshot, latest)
    }

    /// Bases for a file: the one of the same path, or the only one where both versions have one.
    func planner(
        for path: String, among count: Int, _ deduplicator: ChunkDeduplicator
    ) async throws(EngineError) -> DeltaPlanner? {
        let same = files.first { $0.path == path }
        guard let file = same ?? (count == 1 && files.count == 1 ? files[0] : nil),
            file.byteCount > 0, let previous = try? await PreviousFile(file, frames)
        else { return nil }
        return DeltaPlanner(store, snapshot, previous, frames, deduplicator)
    }
}
