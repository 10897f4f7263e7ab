import PinFormat

/// Columns of text, aligned.
struct TextTable {
    /// On which side of its column a cell stands.
    enum Side { case left, right }

    private let titles: [String]
    private let sides: [Side]
    private var rows: [[String]] = []

    init(_ columns: [(title: String, side: Side)]) {
        titles = columns.map(\.title)
        sides = columns.map(\.side)
    }

    /// Adds a row; its cells may hold what users wrote.
    mutating func add(_ cells: String...) {
        precondition(cells.count == titles.count, "a row has a cell for each column")
        rows.append(cells.map(Names.printable))
    }

    /// The lines, with a line of titles; empty if there are no rows.
    var text: String {
        guard !rows.isEmpty else { return "" }
        let widths = titles.indices.map { column in
            rows.reduce(Self.width(titles[column])) { max($0, Self.width($1[column])) }
        }
        return ([titles] + rows).map { line($0, widths) + "\n" }.joined()
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var out = ""
        for (column, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: widths[column] - Self.width(cell))
            out += column == 0 ? "" : "  "
            switch sides[column] {
            case .right: out += padding + cell
            case .left: out += column == cells.count - 1 ? cell : cell + padding
            }
        }
        // An empty last cell leaves spaces behind.
        while out.utf8.last == UInt8(ascii: " ") { out.unicodeScalars.removeLast() }
        return out
    }

    /// How many characters a cell has. They are as many as its bytes if those are ASCII, which is
    /// known sooner: a cell has no line ends.
    private static func width(_ cell: String) -> Int {
        let byteCount = cell.utf8.count
        return cell.utf8.allSatisfy { $0 < 0x80 } ? byteCount : cell.count
    }
}
