/// Writes the rows of the kinds that are written row by row.
extension CorpusTable {
    /// What stands before the first row.
    func appendHeader(to out: inout [UInt8]) {
        guard kind == .csv else { return }
        for column in 0..<columnCount {
            if column > 0 { out.append(UInt8(ascii: ",")) }
            CorpusText.append(columnName(column), to: &out)
        }
        out.append(UInt8(ascii: "\n"))
    }

    /// One row with its line end.
    func appendRow(_ row: Int, to out: inout [UInt8]) {
        switch kind {
        case .csv: appendCommaSeparated(row, to: &out)
        case .jsonLines: appendObject(row, to: &out)
        case .log: appendLogLine(row, to: &out)
        case .random: appendRandomRow(row, to: &out)
        case .columns: preconditionFailure("columns are not written row by row")
        }
    }

    private func appendCommaSeparated(_ row: Int, to out: inout [UInt8]) {
        for column in 0..<columnCount {
            if column > 0 { out.append(UInt8(ascii: ",")) }
            appendOrderCell(row, column, to: &out)
        }
        out.append(UInt8(ascii: "\n"))
    }

    private func appendObject(_ row: Int, to out: inout [UInt8]) {
        for column in 0..<columnCount {
            CorpusText.append(column == 0 ? "{\"" : ",\"", to: &out)
            CorpusText.append(columnName(column), to: &out)
            CorpusText.append("\":", to: &out)
            let isText = [1, 2, 3, 4, 9, 10].contains(column)
            if isText { out.append(UInt8(ascii: "\"")) }
            appendOrderCell(row, column, to: &out)
            if isText { out.append(UInt8(ascii: "\"")) }
        }
        CorpusText.append("}\n", to: &out)
    }

    /// One cell of the table of orders, without quotes: no cell holds a comma or a quote.
    private func appendOrderCell(_ row: Int, _ column: Int, to out: inout [UInt8]) {
        let bits = cell(row, column)
        switch column {
        case 0: CorpusText.append(UInt64(row) + 1, to: &out)
        case 1:
            // 2021-01-01 and on, 2000 orders a day, wrapped before the year 9000.
            CorpusText.appendDate(days: 18_628 + row / 2000 % 2_500_000, to: &out)
        case 2:
            out.append(UInt8(ascii: "C"))
            CorpusText.append(UInt64(CorpusWords.skewed(bits, below: 200_000)), width: 6, to: &out)
        case 3: out += CorpusWords.regions[kind.classIndex(column, bits)]
        case 4: appendProduct(bits, to: &out)
        case 5: CorpusText.append(UInt64(CorpusWords.skewed(bits, below: 24)) + 1, to: &out)
        case 6: CorpusText.append(199 + bits % 25_000, decimals: 2, to: &out)
        case 7: appendSkewed(bits, below: 6, decimals: 2, to: &out)
        case 8: CorpusText.append(bits % 1_000_000, decimals: 6, to: &out)
        case 9: out += CorpusWords.statuses[kind.classIndex(column, bits)]
        case 10: appendNote(bits, to: &out)
        default: CorpusText.append(bits % 100_000, decimals: 3, to: &out)
        }
    }

    private func appendProduct(_ bits: UInt64, to out: inout [UInt8]) {
        let words = CorpusWords.products
        out += words[CorpusWords.skewed(bits, below: words.count)]
        out.append(UInt8(ascii: "-"))
        CorpusText.append(bits & 7, width: 2, to: &out)
    }

    /// A number below `count`, the small ones being frequent; with decimals, in steps of 0.05.
    private func appendSkewed(
        _ bits: UInt64, below count: Int, decimals: Int = 0, to out: inout [UInt8]
    ) {
        let number = UInt64(CorpusWords.skewed(bits, below: count))
        if decimals > 0 {
            CorpusText.append(number * 5, decimals: decimals, to: &out)
        } else {
            CorpusText.append(number, to: &out)
        }
    }

    /// Six rows in ten have a note of two to nine words.
    private func appendNote(_ bits: UInt64, to out: inout [UInt8]) {
        guard bits % 10 < 6 else { return }
        let words = CorpusWords.notes
        let count = 2 + Int(bits >> 8 & 7)
        for index in 0..<count {
            if index > 0 { out.append(UInt8(ascii: " ")) }
            let choice = Self.mix(bits, UInt64(index), 1)
            out += words[CorpusWords.skewed(choice, below: words.count)]
        }
    }

    private func appendLogLine(_ row: Int, to out: inout [UInt8]) {
        appendTime(milliseconds: row * 137 + Int(cell(row, 0) % 137), to: &out)
        out.append(UInt8(ascii: " "))
        out += CorpusWords.levels[kind.classIndex(1, cell(row, 1))]
        out.append(UInt8(ascii: " "))
        out += CorpusWords.components[kind.classIndex(2, cell(row, 2))]
        CorpusText.append(" request=", to: &out)
        CorpusText.appendHex(cell(row, 3), digits: 12, to: &out)
        CorpusText.append(" user=u", to: &out)
        appendSkewed(cell(row, 4), below: 50_000, to: &out)
        CorpusText.append(" path=/v1/", to: &out)
        let path = cell(row, 5)
        out += CorpusWords.verbs[CorpusWords.skewed(path, below: CorpusWords.verbs.count)]
        out.append(UInt8(ascii: "/"))
        CorpusText.append(path % 10_000, to: &out)
        CorpusText.append(" status=", to: &out)
        out += CorpusWords.codes[CorpusWords.skewed(cell(row, 6), below: CorpusWords.codes.count)]
        CorpusText.append(" bytes=", to: &out)
        appendSkewed(cell(row, 7), below: 60_000, to: &out)
        CorpusText.append(" duration_us=", to: &out)
        appendSkewed(cell(row, 8), below: 900_000, to: &out)
        for column in 9..<max(9, columnCount) {
            CorpusText.append(" \(columnName(column))=", to: &out)
            CorpusText.append(cell(row, column) % 1000, to: &out)
        }
        out.append(UInt8(ascii: "\n"))
    }

    /// Appends the time after 2025-01-01, wrapped before the year 9000.
    private func appendTime(milliseconds: Int, to out: inout [UInt8]) {
        let day = milliseconds / 86_400_000
        let rest = UInt64(milliseconds % 86_400_000)
        CorpusText.appendDate(days: 20_089 + day % 2_500_000, to: &out)
        out.append(UInt8(ascii: "T"))
        CorpusText.append(rest / 3_600_000, width: 2, to: &out)
        out.append(UInt8(ascii: ":"))
        CorpusText.append(rest / 60_000 % 60, width: 2, to: &out)
        out.append(UInt8(ascii: ":"))
        CorpusText.append(rest / 1000 % 60, width: 2, to: &out)
        out.append(UInt8(ascii: "."))
        CorpusText.append(rest % 1000, width: 3, to: &out)
        out.append(UInt8(ascii: "Z"))
    }

    /// 512 random bytes a column.
    private func appendRandomRow(_ row: Int, to out: inout [UInt8]) {
        for column in 0..<columnCount {
            let bits = cell(row, column)
            for word in 0..<64 as Range<UInt64> {
                appendLittle(Self.mix(bits, word, 2), byteCount: 8, to: &out)
            }
        }
    }

    func appendLittle(_ value: UInt64, byteCount: Int, to out: inout [UInt8]) {
        for step in 0..<byteCount {
            out.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * step)))
        }
    }
}
