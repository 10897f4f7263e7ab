internal import CCSV
internal import PinEngine

/// Reads CSV with libcsv, set so that nothing changes on the way (ADR-0002).
enum CSVReader {
    private static let strict = UInt8(CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL)
    private static let lenient = strict & ~UInt8(CSV_STRICT)
    /// A failure of the table ends the parse after so many bytes.
    private static let pieceByteCount = 64 << 10
    /// The library's memory of a cell grows by so many bytes.
    private static let growthByteCount = 64 << 10

    /// - Throws: As ``CSVTable/init(csv:)``.
    /// - Complexity: O(*n*) in the bytes; the library keeps one cell.
    static func table(_ bytes: [UInt8]) throws(EngineError) -> CSVTable {
        var parser = unsafe csv_parser()
        unsafe csv_init(&parser, strict)
        defer { unsafe csv_free(&parser) }
        unsafe pins_csv_keep_spaces(&parser)
        unsafe csv_set_blk_size(&parser, growthByteCount)
        let rows = CSVRows()
        var position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while position < bytes.count {
            let end = min(position + pieceByteCount, bytes.count)
            position += unsafe parse(bytes[position..<end], &parser, rows)
            if let failure = rows.failure { throw failure }
            guard position < end else { continue }
            guard unsafe csv_error(&parser) == CSV_EPARSE else {
                throw EngineError(
                    .unavailable, "no memory for the cell on line \(rows.line) of the CSV")
            }
            // Within a cell that no quote opens, one is a byte like any other: 5" pipe. Python's
            // reader, pandas and R take it so as well.
            guard bytes[position] == UInt8(ascii: "\"") else {
                throw EngineError(
                    .corrupt,
                    "the quote that opens on line \(rows.line) of the CSV has text behind its end")
            }
            unsafe csv_set_opts(&parser, lenient)
            position += unsafe parse(bytes[position...position], &parser, rows)
            unsafe csv_set_opts(&parser, strict)
        }
        try unsafe finish(&parser, rows)
        return CSVTable(header: rows.header ?? [], rows: rows.rows)
    }

    /// - Returns: How many bytes were taken: less than there are where one cannot stand.
    private static func parse(
        _ piece: ArraySlice<UInt8>, _ parser: inout csv_parser, _ rows: CSVRows
    ) -> Int {
        unsafe piece.withUnsafeBytes { memory in
            // The rows outlive the call.
            unsafe csv_parse(
                &parser, memory.baseAddress, memory.count, addCell, endRow,
                Unmanaged.passUnretained(rows).toOpaque())
        }
    }

    private static func finish(
        _ parser: inout csv_parser, _ rows: CSVRows
    ) throws(EngineError) {
        let context = unsafe Unmanaged.passUnretained(rows).toOpaque()
        guard unsafe csv_fini(&parser, addCell, endRow, context) == 0 else {
            throw EngineError(
                .corrupt, "the quote that opens on line \(rows.line) of the CSV does not close")
        }
        if let failure = rows.failure { throw failure }
    }
}

private let addCell:
    @convention(c) (UnsafeMutableRawPointer?, Int, UnsafeMutableRawPointer?) -> Void =
        { memory, count, context in
            let cell = unsafe UnsafeRawBufferPointer(start: memory, count: count)
            unsafe CSVRows.from(context)?.add(cell)
        }

private let endRow: @convention(c) (Int32, UnsafeMutableRawPointer?) -> Void = { end, context in
    unsafe CSVRows.from(context)?.endRow(end)
}

/// The table while it grows.
private final class CSVRows {
    private(set) var header: [String]?
    private(set) var rows: [[String]] = []
    private(set) var failure: EngineError?
    /// The line on which the next cell begins, from 1.
    private(set) var line = 1
    private var cells: [String] = []
    private var lastEnd: Int32 = 0

    static func from(_ context: UnsafeMutableRawPointer?) -> CSVRows? {
        unsafe context.map { unsafe Unmanaged<CSVRows>.fromOpaque($0).takeUnretainedValue() }
    }

    private func fail(_ what: String) {
        if failure == nil { failure = EngineError(.corrupt, what) }
    }

    func add(_ cell: UnsafeRawBufferPointer) {
        guard failure == nil else { return }
        guard let text = unsafe String(validating: cell, as: UTF8.self) else {
            return fail("the cell that begins on line \(line) of the CSV is not UTF-8")
        }
        cells.append(text)
        line += text.utf8.count { $0 == UInt8(ascii: "\n") }
    }

    /// - Parameter end: The byte that ends the row; -1 where the bytes end.
    func endRow(_ end: Int32) {
        defer { lastEnd = end }
        // The second byte of a CRLF ends no row of its own.
        if cells.isEmpty, end == CSV_LF, lastEnd == CSV_CR { return }
        guard failure == nil else { return }
        let row = cells.isEmpty ? [""] : cells
        cells.removeAll(keepingCapacity: true)
        add(row)
        line += 1
    }

    private func add(_ row: [String]) {
        guard let header else { return header = row }
        // A line of one column that is empty is a missing value, for all others it is nothing.
        if row.count != header.count, row == [""] { return }
        guard row.count == header.count else {
            return fail(
                "line \(line) of the CSV ends a row of \(row.count) cells; its header has "
                    + "\(header.count)")
        }
        rows.append(row)
    }
}
