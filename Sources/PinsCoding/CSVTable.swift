public import PinEngine

/// Rows of texts under a header: a CSV file as it stands.
public struct CSVTable: Sendable, Hashable {
    /// The names of the columns.
    public var header: [String]
    /// Each with as many cells as the header has names.
    public var rows: [[String]]

    public init(header: [String], rows: [[String]]) {
        self.header = header
        self.rows = rows
    }

    /// Reads CSV (RFC 4180): commas, quotes doubled inside quotes, line ends of any system, a byte
    /// order mark allowed. Spaces belong to their cells, and so does a quote in a cell that does
    /// not begin with one; empty lines are left out, but where there is one column.
    ///
    /// - Throws: ``EngineError/Code/corrupt`` for bytes that are not UTF-8, quotes that do not
    ///   close or have something behind them, or a row that has another number of cells than the
    ///   header.
    /// - Complexity: O(*n*) in the bytes.
    public init(csv bytes: [UInt8]) throws(EngineError) {
        self = try CSVReader.table(bytes)
    }

    /// The table as CSV with `\n` line ends; cells are quoted where they must be.
    ///
    /// - Throws: ``EngineError/Code/usage`` for a row that is not as wide as the header.
    public func csv() throws(EngineError) -> [UInt8] {
        // Without a column there is no line: an empty one would be a column without a name.
        guard !header.isEmpty || rows.contains(where: { !$0.isEmpty }) else { return [] }
        var out: [UInt8] = []
        Self.append(header, to: &out)
        for (index, row) in rows.enumerated() {
            guard row.count == header.count else {
                throw EngineError(
                    .usage,
                    "row \(index + 1) has \(row.count) cells, the header \(header.count)")
            }
            Self.append(row, to: &out)
        }
        return out
    }

    private static func append(_ cells: [String], to out: inout [UInt8]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            // A lone empty cell would be an empty line.
            if needsQuotes(cell) || (cells.count == 1 && cell.isEmpty) {
                out.append(UInt8(ascii: "\""))
                for byte in cell.utf8 {
                    if byte == UInt8(ascii: "\"") { out.append(byte) }
                    out.append(byte)
                }
                out.append(UInt8(ascii: "\""))
            } else {
                out.append(contentsOf: cell.utf8)
            }
        }
        out.append(UInt8(ascii: "\n"))
    }

    private static func needsQuotes(_ cell: String) -> Bool {
        cell.utf8.contains {
            $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\n")
                || $0 == UInt8(ascii: "\r")
        } || cell.utf8.first == UInt8(ascii: " ") || cell.utf8.last == UInt8(ascii: " ")
            // At the beginning of a file it would be taken for a byte order mark.
            || cell.utf8.starts(with: [0xEF, 0xBB, 0xBF])
    }
}
