internal import PinFormat

/// Where the new chunks of one write find bases: the pin's latest version, and the features of all
/// chunks of the board.
final class PreviousVersion {
    private let store: Store
    private let snapshot: Snapshot
    /// None if the pin has no version yet, or they cannot be read: deltas are an economy, not a
    /// need.
    private let files: [FileEntry]
    private let indexByPath: [[UInt8]: Int]
    private let frames: FrameReader
    private let sketches: SketchIndex?
    /// All files as one, for those that have a new path; read when it is first needed.
    private var all: PreviousFile?

    /// `nil` where the board keeps no deltas.
    init?(_ store: Store, _ snapshot: Snapshot, _ pin: String) async throws(EngineError) {
        guard store.config.closureFrameCount > 1 else { return nil }
        self.store = store
        self.snapshot = snapshot
        sketches = await SketchIndex(snapshot, store.segments)
        if let latest = try snapshot.latestVersion(of: pin),
            let files = try? await store.files(of: latest.record, snapshot)
        {
            self.files = files
            frames = FrameReader(store, snapshot, latest)
        } else {
            files = []
            frames = FrameReader(store, snapshot, pin: pin, version: "", packs: [])
        }
        indexByPath = Dictionary(
            files.enumerated().map { (Array($1.path.utf8), $0) }, uniquingKeysWith: { $1 })
    }

    /// Bases for a file.
    ///
    /// - Parameters:
    ///   - count: How many files the new version has.
    ///   - byteCount: The file's size, if it is known.
    func planner(
        for path: String, among count: Int, byteCount: UInt64?
    ) async -> BasePlanner {
        let previous = await previous(path, count)
        return BasePlanner(
            store, snapshot, previous.map { BaseAlignment($0, newByteCount: byteCount) },
            sketches, frames)
    }

    private func previous(_ path: String, _ count: Int) async -> PreviousFile? {
        if let same = indexByPath[Array(path.utf8)] {
            return try? await PreviousFile([files[same]], isSamePath: true, frames)
        }
        if files.count == 1, count == 1 {
            return try? await PreviousFile(files, isSamePath: true, frames)
        }
        if all == nil, !files.isEmpty {
            all = try? await PreviousFile(files, isSamePath: false, frames)
        }
        return all
    }
}
