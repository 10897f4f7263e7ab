internal import PinFormat
internal import Synchronization

/// Finds what stood at the place of a new chunk in an older file: chunks that both share tell how
/// far offsets have moved.
final class BaseAlignment: Sendable {
    /// Where a chunk would stand in the old file.
    struct Place: Sendable {
        /// The one or two old chunks there.
        let bases: [WantedBase]
        /// Whether a shared chunk says so, rather than the offset alone.
        let isAnchored: Bool
    }

    private let previous: PreviousFile
    /// How far the old offsets were from the new ones at the end of each batch that had a shared
    /// chunk.
    private let shifts = Mutex<[Int: Int64]>([:])

    /// The old file's size over the new one's: where nothing is shared, a file that grew is taken
    /// to have grown everywhere alike.
    private let scale: Double

    /// - Parameter newByteCount: The size of the new file, if it is known.
    init(_ previous: PreviousFile, newByteCount: UInt64?) {
        self.previous = previous
        let known = newByteCount.map { Double($0) } ?? 0
        scale = known > 0 ? Double(previous.byteCount) / known : 1
    }

    /// The places of the new chunks of a batch, by their number in it.
    ///
    /// - Parameter offset: Where the batch begins in the file.
    func places(_ chunks: [DigestedChunk], batch: Int, offset: UInt64) -> [Int: Place] {
        var new: [(number: Int, start: Int64, byteCount: Int)] = []
        var anchors: [(number: Int, shift: Int64)] = []
        var position = Int64(offset)
        for (number, chunk) in chunks.enumerated() {
            if chunk.isNew {
                new.append((number, position, chunk.byteCount))
            } else if let old = previous.offset(of: chunk.digest) {
                anchors.append((number, Int64(old) - position))
            }
            position += Int64(chunk.byteCount)
        }
        let before = shifts.withLock { shifts in
            if let last = anchors.last { shifts[batch] = last.shift }
            return shifts.filter { $0.key < batch }.max { $0.key < $1.key }?.value
        }
        var out: [Int: Place] = [:]
        for chunk in new {
            // The anchor before it; else the one after it; else the last one of an earlier batch.
            let shift =
                anchors.last { $0.number < chunk.number }?.shift ?? before ?? anchors.first?.shift
            guard shift != nil || previous.isSamePath else { continue }
            // A size that a source claims may be any: what is out of range is the file's end.
            let scaled = Int64(min(Double(chunk.start) * scale, 0x1p62))
            let start = shift.map { chunk.start + $0 } ?? scaled
            let bases = previous.chunks(covering: start..<start + Int64(chunk.byteCount))
            out[chunk.number] = Place(bases: bases, isAnchored: shift != nil)
        }
        return out
    }
}
