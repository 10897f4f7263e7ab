/// Tables of Arrow files and Feather files of version 2: columns, types, and the first rows of the
/// first record batch as far as they lie in what was kept.
extension PreviewTable {
    private static let magic = Array("ARROW1".utf8)
    /// How many messages are looked at before the first record batch.
    private static let messageCountMax = 200
    private static let dictionaryCountMax = 10_000

    init?(arrow ends: FileEnds) {
        guard ends.head.starts(with: Self.magic), let schema = ArrowMessage(ends, at: 8),
            schema.kind == 1, let fields = schema.header.tables(1, limit: ArrowField.childCountMax)
        else { return nil }
        var columns: [ArrowField] = []
        for table in fields {
            guard let field = ArrowField(table) else { return nil }
            columns.append(field)
        }
        self.init(columns: columns.map(\.name), types: columns.map(\.type))
        guard schema.header.int(0, 2) == 0 else {
            note = "numbers lie in big endian"
            return
        }
        addRows(ends, columns, from: schema.end)
    }

    private mutating func addRows(_ ends: FileEnds, _ columns: [ArrowField], from start: Int) {
        var position = start
        var dictionaries: [Int: [String]] = [:]
        for _ in 0..<Self.messageCountMax {
            guard let message = ArrowMessage(ends, at: position) else { break }
            position = message.end
            if message.kind == 2 {
                guard let (id, values) = Self.dictionary(message, ends, columns) else { continue }
                dictionaries[id] = values
                continue
            }
            guard message.kind == 3, let batch = message.batch(message.header, ends) else { break }
            if let refusal = batch.refusal {
                note = refusal
                return
            }
            let count = min(batch.rowCount, Self.rowCountMax)
            var cells: [[String]] = []
            var buffer = 0
            for column in columns.prefix(Self.columnCountMax) {
                // Where the buffers of this one end, and with it those of all after it, is not
                // known.
                guard column.isKnown else { break }
                cells.append(
                    batch.cells(
                        of: column.layout, firstBuffer: buffer, count: count,
                        dictionary: column.dictionary.map { dictionaries[$0.id] ?? [] }))
                buffer += column.bufferCount
            }
            setColumns(cells, rowCount: count)
            return
        }
        note = "the first of them lie too far from the beginning of the file"
    }

    /// The values of a dictionary.
    private static func dictionary(
        _ message: ArrowMessage, _ ends: FileEnds, _ columns: [ArrowField]
    ) -> (Int, [String])? {
        let id = message.header.int(0, 8)
        guard let layout = columns.first(where: { $0.dictionary?.id == id })?.dictionary?.values,
            let table = message.header.table(1), let batch = message.batch(table, ends),
            batch.refusal == nil
        else { return nil }
        let count = min(batch.rowCount, dictionaryCountMax)
        return (id, batch.cells(of: layout, firstBuffer: 0, count: count))
    }
}

/// A message of an Arrow file.
private struct ArrowMessage {
    private static let metadataByteCountMax = 4 << 20

    /// 1 is a schema, 2 a dictionary, 3 a record batch.
    let kind: Int
    let header: FlatTable
    private let body: Int
    private let bodyByteCount: Int
    /// Where the next message begins.
    var end: Int { body + bodyByteCount }

    init?(_ ends: FileEnds, at offset: Int) {
        guard let head = ends.bytes(offset..<offset + 8) else { return nil }
        let view = LittleEndian(head)
        // Before version 0.15 there was no mark.
        let isMarked = view.unsigned(0, 4) == 0xFFFF_FFFF
        guard let size = view.int(isMarked ? 4 : 0, 4), size > 0,
            size <= Self.metadataByteCountMax
        else { return nil }
        let start = offset + (isMarked ? 8 : 4)
        guard let bytes = ends.bytes(start..<start + size), let table = FlatTable(bytes),
            let header = table.table(2)
        else { return nil }
        (kind, self.header) = (table.int(1, 1), header)
        body = start + size
        bodyByteCount = table.int(3, 8)
        guard bodyByteCount >= 0, bodyByteCount <= ends.byteCount - body else { return nil }
    }

    func batch(_ table: FlatTable, _ ends: FileEnds) -> ArrowBatch? {
        ArrowBatch(table, ends, body: body, bodyByteCount: bodyByteCount)
    }
}
