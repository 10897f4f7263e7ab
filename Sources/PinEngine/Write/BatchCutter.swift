internal import PinFormat
internal import PinTransforms

/// Cuts the pieces of files into batches of whole chunks (FORMAT.md §4.3).
///
/// `@unchecked Sendable`: used by one task at a time; each piece comes after the one before it.
final class BatchCutter: @unchecked Sendable {
    private let chunker: GearChunker
    /// Memory for what does not fit in front of a piece.
    private let pool = BufferPool(byteCountMax: 8 << 20)
    /// What is in no chunk yet of the file.
    private var carry: PackPiece?
    private var offset: UInt64 = 0

    init(_ parameters: ChunkerParameters) { chunker = GearChunker(parameters) }

    /// The batches of pieces, in the order they were read.
    func cut(_ pieces: [FilePiece]) -> [ChunkBatch] { pieces.map(cut) }

    private func cut(_ piece: FilePiece) -> ChunkBatch {
        let bytes = joined(piece)
        let content = bytes.buffer.bytes
        var ends: [Int] = []
        let noted = chunker.appendBoundaries(
            of: unsafe content.span.bytes.extracting(bytes.range), isFinal: piece.isLastOfFile,
            to: &ends)
        let batch = ChunkBatch(
            file: piece.file, buffer: bytes.buffer, start: bytes.range.lowerBound, ends: ends,
            noted: noted, isLastOfFile: piece.isLastOfFile, offset: offset, planner: piece.planner)
        let end = bytes.range.lowerBound + batch.byteCount
        if piece.isLastOfFile {
            (carry, offset) = (nil, 0)
        } else {
            carry = PackPiece(buffer: bytes.buffer, range: end..<bytes.range.upperBound)
            offset += UInt64(batch.byteCount)
        }
        return batch
    }

    /// What was left over, and the bytes of a piece behind it.
    private func joined(_ piece: FilePiece) -> PackPiece {
        guard let carry, !carry.range.isEmpty else {
            return PackPiece(buffer: piece.buffer, range: piece.range)
        }
        let count = carry.range.count
        let start = piece.range.lowerBound - count
        if start >= 0 {
            piece.buffer.bytes.replaceSubrange(
                start..<piece.range.lowerBound, with: carry.buffer.bytes[carry.range])
            return PackPiece(buffer: piece.buffer, range: start..<piece.range.upperBound)
        }
        let end = count + piece.range.count
        let buffer = PooledBuffer(byteCount: end, of: pool)
        buffer.bytes.replaceSubrange(0..<count, with: carry.buffer.bytes[carry.range])
        buffer.bytes.replaceSubrange(count..<end, with: piece.buffer.bytes[piece.range])
        return PackPiece(buffer: buffer, range: 0..<end)
    }
}
