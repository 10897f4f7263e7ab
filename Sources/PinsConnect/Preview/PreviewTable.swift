internal import Pins

/// The first rows of a pin's data, for people who look at it in a browser.
struct PreviewTable: Sendable, Hashable {
    static let rowCountMax = 100
    static let columnCountMax = 60
    /// Scalars of a cell.
    static let cellLengthMax = 200

    var columns: [String]
    /// As many as there are columns, or none where the file has no types.
    var types: [String] = []
    /// As many cells as there are columns.
    var rows: [[String]]
    /// Of the whole file, where it is known.
    var rowCount: UInt64?
    /// Why there are no rows.
    var note: String?

    /// The rows at the beginning of a file.
    ///
    /// - Parameters:
    ///   - type: The pin's.
    ///   - ends: What was kept of the file.
    /// - Returns: `nil` where there is nothing that could be shown as a table.
    init?(type: String, path: String, ends: FileEnds) {
        switch Kind(type: type, path: path) {
        case .csv: self.init(csv: ends.head, isWhole: ends.isWhole)
        case .json: self.init(json: ends.head, isWhole: ends.isWhole)
        case .arrow: self.init(arrow: ends)
        case .parquet: self.init(parquet: ends)
        case nil: return nil
        }
        if columns.isEmpty || rows.isEmpty && types.isEmpty { return nil }
    }

    private enum Kind: String, CaseIterable {
        case csv, json, arrow, parquet

        init?(type: String, path: String) {
            let path = path.lowercased()
            let kind = Kind.allCases.first { kind in
                ([kind.rawValue] + (kind == .arrow ? ["feather"] : [])).contains { word in
                    type == word || type == "file" && path.hasSuffix("." + word)
                }
            }
            guard let kind else { return nil }
            self = kind
        }
    }

    /// What of a file is to be kept for its preview. Text is shown from its beginning; the others
    /// have their columns in the beginning or at the end, and rows further inside.
    static func extent(type: String, path: String) -> FileEnds.Extent {
        switch Kind(type: type, path: path) {
        case .csv, .json: FileEnds.Extent(headByteCount: 256 << 10)
        case .arrow: FileEnds.Extent(headByteCount: 8 << 20)
        case .parquet: FileEnds.Extent(headByteCount: 8 << 20, tailByteCount: 1 << 20)
        case nil: .none
        }
    }

    /// A table without rows.
    init(columns: [String], types: [String]) {
        self.init(columns: columns, cells: [])
        self.types = types.prefix(Self.columnCountMax).map { $0.shortened(to: 60) }
    }

    /// Sets the rows, of cells by columns; columns that are not there have none that are known.
    mutating func setColumns(_ cells: [[String]], rowCount count: Int) {
        rows = (0..<count).map { row in
            columns.indices.map { column in
                let known = cells.indices.contains(column) && cells[column].indices.contains(row)
                return known
                    ? cells[column][row].shortened(to: Self.cellLengthMax) : PreviewCell.unknown
            }
        }
    }

    private init(columns: [String], cells: [[String]]) {
        func short(_ row: [String]) -> [String] {
            row.prefix(Self.columnCountMax).map { $0.shortened(to: Self.cellLengthMax) }
        }
        self.columns = short(columns)
        let count = self.columns.count
        rows = cells.prefix(Self.rowCountMax).map { row in
            let row = short(row)
            return Array(row.prefix(count))
                + [String](repeating: "", count: max(0, count - row.count))
        }
    }

    // MARK: - CSV

    /// Fields with commas, quotes doubled in quotes (RFC 4180); a row that is cut off is left out.
    private init?(csv bytes: [UInt8], isWhole: Bool) {
        var lines: [[String]] = []
        var row: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        // Behind a quote that may end the field, or be the first of two.
        var isBehindQuote = false
        func end(_ field: inout [UInt8], _ row: inout [String]) {
            row.append(String(decoding: field, as: UTF8.self))
            field = []
        }
        let isMarked = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        for byte in bytes.dropFirst(isMarked ? 3 : 0) {
            if lines.count > Self.rowCountMax { break }
            if byte == 0 { return nil }
            if isQuoted, !isBehindQuote {
                if byte == UInt8(ascii: "\"") { isBehindQuote = true } else { field.append(byte) }
                continue
            }
            if isBehindQuote {
                isBehindQuote = false
                if byte == UInt8(ascii: "\"") {
                    field.append(byte)
                    continue
                }
                isQuoted = false
            }
            switch byte {
            case UInt8(ascii: "\"") where field.isEmpty: isQuoted = true
            case UInt8(ascii: ","): end(&field, &row)
            case UInt8(ascii: "\r"): continue
            case UInt8(ascii: "\n"):
                end(&field, &row)
                lines.append(row)
                row = []
            default: field.append(byte)
            }
        }
        if isWhole, !field.isEmpty || !row.isEmpty, lines.count <= Self.rowCountMax {
            end(&field, &row)
            lines.append(row)
        }
        guard let columns = lines.first else { return nil }
        self.init(columns: columns, cells: Array(lines.dropFirst()))
    }

    // MARK: - JSON

    /// The first elements of an array: objects by their keys, other values in one column.
    private init?(json bytes: [UInt8], isWhole: Bool) {
        guard let first = bytes.first(where: { !Self.isBlank($0) }), first == UInt8(ascii: "[")
        else { return nil }
        let values = Self.elements(of: bytes).prefix(Self.rowCountMax)
            .map { try? JSONReader.parse(Array($0)) }
        var keys: [String] = []
        for case .object(let members)? in values {
            for member in members where keys.count < Self.columnCountMax {
                if !keys.contains(where: { $0.utf8.elementsEqual(member.key.utf8) }) {
                    keys.append(member.key)
                }
            }
        }
        var cells: [[String]] = []
        for value in values {
            guard let value else { break }
            if keys.isEmpty {
                cells.append([Self.text(value)])
            } else {
                cells.append(keys.map { key in value[key].map(Self.text) ?? "" })
            }
        }
        self.init(columns: keys.isEmpty ? ["value"] : keys, cells: cells)
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    private static func text(_ value: JSONValue) -> String {
        if let text = value.string { return text }
        return value == .null ? "" : String(decoding: value.encoded, as: UTF8.self)
    }

    /// The elements of the outermost array that are there as a whole.
    private static func elements(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var elements: [ArraySlice<UInt8>] = []
        var depth = 0
        var isText = false
        var isEscaped = false
        var start: Int?
        for (index, byte) in bytes.enumerated() {
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isText = false
                }
                continue
            }
            let isEnd = depth == 1 && (byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]"))
            if isEnd, let first = start {
                elements.append(bytes[first..<index])
                start = nil
                if elements.count >= rowCountMax { break }
            }
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: "\""): isText = true
            default: break
            }
            if depth == 0 {
                if isBlank(byte) { continue }
                break
            }
            let isInside = depth > 1 || byte != UInt8(ascii: "[")
            if start == nil, isInside, !isEnd, !isBlank(byte) { start = index }
        }
        return elements
    }
}
