/// A table in Markdown, padded so that it reads well as plain text too.
public struct MarkdownTable {
    private var rows: [[String]]

    /// - Parameter header: The titles; the first column is aligned left, the others right.
    public init(_ header: [String]) { rows = [header] }

    /// Adds a row; it must have as many cells as the header.
    public mutating func append(_ row: [String]) {
        precondition(row.count == rows[0].count, "a row has as many cells as the header")
        rows.append(row)
    }

    /// The lines of the table, each with a line end.
    public var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var lines = rows.map { line($0, widths) }
        let rule = widths.enumerated().map { column, width in
            let dashes = String(repeating: "-", count: max(2, width) - 1)
            return column == 0 ? "-\(dashes)" : "\(dashes):"
        }
        lines.insert(line(rule, widths), at: 1)
        return lines.joined()
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = cells.indices.map { column in
            let space = String(repeating: " ", count: max(0, widths[column] - cells[column].count))
            return column == 0 ? cells[column] + space : space + cells[column]
        }
        return "| " + padded.joined(separator: " | ") + " |\n"
    }
}
