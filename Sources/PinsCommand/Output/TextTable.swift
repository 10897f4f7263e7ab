import PinFormat

/// Columns of text, aligned.
///
/// The cells stand one after another in one array of bytes, as they are printed: a table may have
/// tens of thousands of rows.
struct TextTable {
    /// On which side of its column a cell stands.
    enum Side { case left, right }

    private struct Cell {
        let end: Int
        /// How many characters it has.
        let width: Int
    }

    private let sides: [Side]
    private var bytes: [UInt8] = []
    /// Row by row, the titles first.
    private var cells: [Cell] = []
    /// By column.
    private var widths: [Int]

    init(_ columns: [(title: String, side: Side)]) {
        sides = columns.map(\.side)
        widths = columns.map { _ in 0 }
        for (column, (title, _)) in columns.enumerated() { append(title, column) }
    }

    /// Adds a row; its cells may hold what users wrote.
    mutating func add(_ cells: String...) {
        precondition(cells.count == sides.count, "a row has a cell for each column")
        for (column, cell) in cells.enumerated() { append(cell, column) }
    }

    private mutating func append(_ cell: String, _ column: Int) {
        let start = bytes.count
        bytes.append(contentsOf: cell.utf8)
        var width = bytes.count - start
        // Characters are as many as bytes where those are ASCII.
        if !bytes[start...].allSatisfy({ (0x20..<0x7F).contains($0) }) {
            let printable = Names.printable(cell)
            bytes.replaceSubrange(start..., with: printable.utf8)
            width = printable.count
        }
        cells.append(Cell(end: bytes.count, width: width))
        widths[column] = max(widths[column], width)
    }

    /// The lines, with a line of titles; empty if there are no rows.
    var text: String {
        let columnCount = sides.count
        guard cells.count > columnCount else { return "" }
        var out: [UInt8] = []
        let lineCount = cells.count / columnCount
        out.reserveCapacity(bytes.count + lineCount * (widths.reduce(0, +) + 2 * columnCount))
        for first in stride(from: 0, to: cells.count, by: columnCount) {
            let lineStart = out.count
            for column in 0..<columnCount { write(first + column, column, to: &out) }
            // An empty last cell leaves spaces behind.
            while out.count > lineStart, out.last == UInt8(ascii: " ") { out.removeLast() }
            out.append(UInt8(ascii: "\n"))
        }
        return String(decoding: out, as: UTF8.self)
    }

    private func write(_ index: Int, _ column: Int, to out: inout [UInt8]) {
        let start = index == 0 ? 0 : cells[index - 1].end
        let padding = repeatElement(UInt8(ascii: " "), count: widths[column] - cells[index].width)
        if column > 0 { out.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2)) }
        if sides[column] == .right { out.append(contentsOf: padding) }
        out.append(contentsOf: bytes[start..<cells[index].end])
        if sides[column] == .left, column < sides.count - 1 { out.append(contentsOf: padding) }
    }
}
