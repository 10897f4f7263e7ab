/// The numbers behind a corpus: which rows a version has, in which order, and the 64 random bits
/// of every cell.
///
/// A cell is `mix(seed, row, column and salt)`; the salt is the last version that changed it, 0 if
/// none did. So any version can be written from any row on, without the versions before it.
struct CorpusTable: Sendable {
    let kind: Corpus.Kind
    let version: Int
    /// The rows of version 1.
    let baseRowCount: Int
    /// The rows that have ever been in this version or before it; some may be deleted.
    let rowCount: Int
    /// The columns of this version.
    let columnCount: Int
    private let edit: Corpus.Edit?
    private let seed: UInt64

    init(_ corpus: Corpus) {
        kind = corpus.kind
        version = corpus.version
        edit = corpus.edit
        seed = Self.mix(0x70_69_6E_73, corpus.seed, 0)
        let baseRowCount = corpus.byteCount / kind.meanRowByteCount
        self.baseRowCount = baseRowCount
        let edits = version - 1
        let grown = edit?.kind == .append ? Self.share(of: baseRowCount, edit) * edits : 0
        rowCount = baseRowCount + grown
        columnCount = kind.columnNames.count + (edit?.kind == .addColumn ? edits : 0)
    }

    /// The name of a column, also of one that an edit added.
    func columnName(_ column: Int) -> String {
        let names = kind.columnNames
        return column < names.count ? names[column] : "extra_\(column - names.count + 1)"
    }

    /// The random bits of one cell.
    func cell(_ row: Int, _ column: Int) -> UInt64 {
        bits(row, column, salt: version == 1 ? 0 : salt(row, column))
    }

    /// Whether the row is still there.
    func exists(_ row: Int) -> Bool {
        guard version > 1, let edit, edit.kind == .delete else { return true }
        return !(2...version).contains { isChosen(row, in: $0, edit) }
    }

    /// How many of the rows are still there. O(rows) where rows were deleted.
    func liveRowCount() -> Int {
        guard version > 1, edit?.kind == .delete else { return rowCount }
        return (0..<rowCount).count { exists($0) }
    }

    // MARK: - Order

    /// How many passes over the rows put them in order: one for each value of the sort column.
    var passCount: Int { sortColumn.map { kind.classCount($0) } ?? 1 }

    /// Whether pass `pass` writes this row.
    func isIn(_ pass: Int, row: Int) -> Bool {
        guard let column = sortColumn else { return exists(row) }
        return kind.classIndex(column, cell(row, column)) == pass
    }

    /// The column that the rows are sorted by, or `nil` where they stand in their first order.
    private var sortColumn: Int? {
        guard version > 1, edit?.kind == .sort else { return nil }
        let columns = kind.classColumns
        return columns[version % columns.count]
    }

    // MARK: - Edits

    /// The last version that changed this cell, 0 if none did.
    private func salt(_ row: Int, _ column: Int) -> Int {
        guard let edit else { return 0 }
        switch edit.kind {
        case .append, .delete, .addColumn, .sort:
            return 0
        case .rewriteColumn:
            return column == kind.measureColumns[0] ? version : 0
        case .scatter:
            guard kind.measureColumns.contains(column) else { return 0 }
            let changed = (2...version).last {
                isChosen(row, in: $0, edit) && scatterColumn(row, $0) == column
            }
            return changed ?? 0
        case .block:
            guard column >= kind.keyColumnCount else { return 0 }
            return (2...version).last { block($0, edit).contains(row) } ?? 0
        }
    }

    private func isChosen(_ row: Int, in version: Int, _ edit: Corpus.Edit) -> Bool {
        bits(row, Purpose.choice, salt: version) % 1_000_000 < UInt64(edit.partsPerMillion)
    }

    private func scatterColumn(_ row: Int, _ version: Int) -> Int {
        let columns = kind.measureColumns
        return columns[Int(bits(row, Purpose.column, salt: version) % UInt64(columns.count))]
    }

    private func block(_ version: Int, _ edit: Corpus.Edit) -> Range<Int> {
        let length = Self.share(of: baseRowCount, edit)
        let room = UInt64(baseRowCount - length + 1)
        let start = Int(bits(0, Purpose.block, salt: version) % room)
        return start..<start + length
    }

    private static func share(of rowCount: Int, _ edit: Corpus.Edit?) -> Int {
        rowCount * (edit?.partsPerMillion ?? 0) / 1_000_000
    }

    // MARK: - Random bits

    /// Stands where a column stands, for the bits that choose what an edit touches.
    private enum Purpose {
        static let choice = 0xF0_0001, column = 0xF0_0002, block = 0xF0_0003
    }

    private func bits(_ row: Int, _ column: Int, salt: Int) -> UInt64 {
        Self.mix(seed, UInt64(row), UInt64(column) << 16 | UInt64(salt))
    }

    /// Two rounds of SplitMix64's finisher (Steele, Lea, Flood: OOPSLA 2014), one per coordinate.
    /// Wrapping arithmetic: it is a hash.
    static func mix(_ seed: UInt64, _ first: UInt64, _ second: UInt64) -> UInt64 {
        var bits = seed &+ first &* 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits ^= bits >> 29
        bits = (bits &+ second &* 0xD6E8_FEB8_6659_FD93) &* 0x94D0_49BB_1331_11EB
        bits = (bits ^ bits >> 32) &* 0xBF58_476D_1CE4_E5B9
        return bits ^ bits >> 29
    }
}
