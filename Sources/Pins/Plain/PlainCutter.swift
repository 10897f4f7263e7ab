internal import PinFormat
internal import PinTransforms
internal import Synchronization

/// A part of a file between two cuts.
struct PlainChunk: Sendable, Hashable {
    let range: Range<UInt64>
    /// Hash and length: for a comparison that a person looks at.
    let hash: String
}

/// Cuts the pieces of a file where the engine would cut it.
final class PlainCutter: Sendable {
    private struct State {
        var pending: [UInt8] = []
        var offset: UInt64 = 0
        var chunks: [PlainChunk] = []
    }

    private let chunker = GearChunker(.standard)
    private let state = Mutex(State())

    /// Adds the next piece.
    func add(_ piece: [UInt8]) {
        state.withLock { state in
            state.pending += piece
            if state.pending.count >= 4 * PlainBoard.pieceByteCount { cut(&state, isFinal: false) }
        }
    }

    /// All chunks; call it once.
    func finish() -> [PlainChunk] {
        state.withLock { state in
            cut(&state, isFinal: true)
            return state.chunks
        }
    }

    private func cut(_ state: inout State, isFinal: Bool) {
        var ends: [Int] = []
        chunker.appendBoundaries(of: unsafe state.pending.span.bytes, isFinal: isFinal, to: &ends)
        var start = 0
        for end in ends {
            let bytes = Array(state.pending[start..<end])
            let from = state.offset + UInt64(start)
            state.chunks.append(
                PlainChunk(
                    range: from..<from + UInt64(bytes.count),
                    hash: "\(PlainHash.xxh64(bytes))-\(bytes.count)"))
            start = end
        }
        state.pending.removeFirst(start)
        state.offset += UInt64(start)
    }
}
