/// The bytes of a ``Corpus`` in pieces, made as they are asked for.
///
/// It is its own iterator; a copy continues from where the original stood.
public struct CorpusPieces: Sequence, IteratorProtocol, Sendable {
    private let table: CorpusTable
    private let byteCount: Int
    private var row = 0
    private var pass = 0
    private var column = 0
    private var offset = 0
    private var isStarted = false
    private var isDone = false

    init(_ table: CorpusTable, byteCount: Int) {
        precondition(byteCount > 0, "a piece has at least one byte")
        self.table = table
        self.byteCount = byteCount
    }

    /// The next piece, not empty, or `nil` at the end.
    ///
    /// - Complexity: O(bytes of the piece); where rows were deleted or sorted, also the rows that
    ///   are passed over.
    public mutating func next() -> [UInt8]? {
        var piece: [UInt8] = []
        piece.reserveCapacity(byteCount + byteCount / 8)
        if !isStarted {
            isStarted = true
            if table.kind == .columns {
                table.appendBinaryHeader(to: &piece)
            } else {
                table.appendHeader(to: &piece)
            }
        }
        while !isDone && piece.count < byteCount { step(&piece) }
        offset += piece.count
        return piece.isEmpty ? nil : piece
    }

    /// Writes the next row, or cell of a column, and moves on.
    private mutating func step(_ piece: inout [UInt8]) {
        if row < table.rowCount {
            if table.isIn(pass, row: row) {
                if table.kind == .columns {
                    table.appendBinaryCell(row, column, to: &piece)
                } else {
                    table.appendRow(row, to: &piece)
                }
            }
            row += 1
            return
        }
        row = 0
        pass += 1
        if pass < table.passCount { return }
        pass = 0
        if table.kind == .columns {
            table.appendPadding(from: offset, to: &piece)
            column += 1
            if column < table.columnCount { return }
        }
        isDone = true
    }
}
