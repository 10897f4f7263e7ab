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
            ([titles] + rows).map { $0[column].count }.max() ?? 0
        }
        return ([titles] + rows).map { line($0, widths) + "\n" }.joined()
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var out = ""
        for (column, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: widths[column] - cell.count)
            out += column == 0 ? "" : "  "
            switch sides[column] {
            case .right: out += padding + cell
            case .left: out += column == cells.count - 1 ? cell : cell + padding
            }
        }
        // An empty last cell leaves spaces behind.
        while out.last == " " { out.removeLast() }
        return out
    }
}
