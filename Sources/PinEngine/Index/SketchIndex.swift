internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Which chunks of a board have a feature: advice, so whatever cannot be read is not there.
struct SketchIndex: Sendable {
    /// How many chunks are named for one sketch: each that is tried costs a compression.
    private static let candidateCountMax = 1

    private let inline: [UInt64: Digest]
    /// The newest first.
    private let layers: [SketchLayer]

    /// The features of one state; `nil` if there are none.
    init?(_ snapshot: Snapshot, _ segments: SegmentCache) async {
        inline = Dictionary(
            snapshot.inlineSketches.map { ($0.feature, $0.chunk) }, uniquingKeysWith: { $1 })
        var layers: [SketchLayer] = []
        for reference in snapshot.commit.sketchSegments {
            // Without a cache there are no bases at hand either (see ``BasePlanner``).
            guard await segments.hasSketchesAtHand(reference) else { continue }
            if let layer = try? await segments.sketches(reference) { layers.append(layer) }
        }
        self.layers = layers
        if inline.isEmpty, layers.isEmpty { return nil }
    }

    /// The chunks that share the most features, the newest first where they share equally many.
    ///
    /// - Complexity: one block of each segment for each feature.
    func chunks(_ sketch: ChunkSketch) -> [Digest] {
        var votes: [(chunk: Digest, count: Int)] = []
        for feature in sketch.features {
            guard let chunk = chunk(feature) else { continue }
            if let known = votes.firstIndex(where: { $0.chunk == chunk }) {
                votes[known].count += 1
            } else {
                votes.append((chunk, 1))
            }
        }
        return votes.sorted { $0.count > $1.count }.prefix(Self.candidateCountMax).map(\.chunk)
    }

    private func chunk(_ feature: UInt64) -> Digest? {
        if let chunk = inline[feature] { return chunk }
        for layer in layers {
            if let chunk = try? layer.chunk(feature) { return chunk }
        }
        return nil
    }
}
