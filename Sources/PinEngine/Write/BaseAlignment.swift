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
    /// How far the old offsets were from the new ones at the last shared chunk.
    private let shift = Mutex<Int64?>(nil)

    /// The old file's size over the new one's: where nothing is shared, a file that grew is taken
    /// to have grown everywhere alike.
    private let scale: Double

    /// - Parameter newByteCount: The size of the new file, if it is known.
    init(_ previous: PreviousFile, newByteCount: UInt64?) {
        self.previous = previous
        let known = newByteCount.map { Double($0) } ?? 0
        scale = known > 0 ? Double(previous.byteCount) / known : 1
    }

    /// Passes over a batch, in the order of the file.
    ///
    /// - Parameter offset: Where the batch begins in the file.
    /// - Returns: How far old offsets were from the new ones before it.
    func pass(_ chunks: [DigestedChunk], offset: UInt64) -> Int64? {
        var last: Int64?
        var position = Int64(offset)
        for chunk in chunks {
            if !chunk.isNew, let old = previous.offset(of: chunk.digest) {
                last = Int64(old) - position
            }
            position += Int64(chunk.byteCount)
        }
        return shift.withLock { shift in
            defer { shift = last ?? shift }
            return shift
        }
    }

    /// The places of the new chunks of a batch, by their number in it.
    ///
    /// - Parameters:
    ///   - offset: Where the batch begins in the file.
    ///   - before: What ``pass(_:offset:)`` gave.
    func places(
        _ chunks: [DigestedChunk], offset: UInt64, before: Int64?
    ) -> [Int: Place] {
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
