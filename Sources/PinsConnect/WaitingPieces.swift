/// Bytes that wait between a thread that sends or receives and a task, a few MiB at the most.
struct WaitingPieces {
    /// From here on nobody adds more.
    private static let byteCountMax = 4 << 20

    private var pieces: [ArraySlice<UInt8>] = []
    private var byteCount = 0

    var isEmpty: Bool { pieces.isEmpty }
    var isFull: Bool { byteCount >= Self.byteCountMax }

    /// Adds bytes, also where it is full.
    mutating func append(_ piece: ArraySlice<UInt8>) {
        pieces.append(piece)
        byteCount += piece.count
    }

    /// The next bytes, at most `limit`, all of one piece; `nil` if none wait.
    mutating func take(_ limit: Int) -> [UInt8]? {
        guard let first = pieces.first else { return nil }
        let piece = Array(first.prefix(limit))
        if piece.count == first.count {
            pieces.removeFirst()
        } else {
            pieces[0] = first.dropFirst(piece.count)
        }
        byteCount -= piece.count
        return piece
    }
}
