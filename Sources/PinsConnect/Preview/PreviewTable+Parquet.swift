/// Tables of Parquet files: columns, types and the number of rows from the footer; the first rows
/// where they lie in what was kept.
extension PreviewTable {
    private static let magic = Array("PAR1".utf8)

    init?(parquet ends: FileEnds) {
        guard ends.head.starts(with: Self.magic), ends.byteCount >= 12,
            let end = ends.bytes(ends.byteCount - 8..<ends.byteCount),
            end.suffix(4).elementsEqual(Self.magic),
            let size = LittleEndian(end).unsigned(0, 4).map({ Int($0) }),
            size <= ends.byteCount - 12,
            let bytes = ends.bytes(ends.byteCount - 8 - size..<ends.byteCount - 8),
            let footer = ThriftValue.structure(in: bytes)?.value,
            let schema = footer[2]?.list, let fields = ParquetField.fields(schema)
        else { return nil }
        self.init(columns: fields.map(\.name), types: fields.map(\.type))
        rowCount = footer[3]?.int.flatMap { UInt64(exactly: $0) }
        addRows(ends, fields, footer[4]?.list?.first)
    }

    private mutating func addRows(
        _ ends: FileEnds, _ fields: [ParquetField], _ group: ThriftValue?
    ) {
        guard let group, let chunks = group[1]?.list, let rows = group[3]?.int, rows >= 0 else {
            return
        }
        let count = min(rows, Self.rowCountMax)
        var cells: [[String]] = []
        var leaf = 0
        for field in fields.prefix(Self.columnCountMax) {
            let metadata = chunks.indices.contains(leaf) ? chunks[leaf][3] : nil
            leaf += field.leafCount
            if let codec = metadata?[4]?.int, let name = ParquetColumn.refusal(codec) {
                note = "they are compressed with \(name)"
            }
            let column = metadata.flatMap { ParquetColumn(field, $0, ends) }
            let values = column?.cells(count: count) ?? []
            cells.append(
                values + [String](repeating: PreviewCell.unknown, count: count - values.count))
        }
        let isKnown = cells.contains { $0.contains { $0 != PreviewCell.unknown } }
        guard isKnown else {
            note =
                note ?? "they lie too far from the beginning of the file, or in a way not read here"
            return
        }
        setColumns(cells, rowCount: count)
    }
}
