/// The columns of each kind of corpus, and what edits may do to them.
extension Corpus.Kind {
    /// The columns of version 1, in order; the first is the row's key.
    var columnNames: [String] {
        switch self {
        case .csv, .jsonLines: Self.orderColumns
        case .log: Self.logColumns
        case .columns: Self.binaryColumns
        case .random: Self.randomColumns
        }
    }

    private static let orderColumns = [
        "id", "date", "customer", "region", "product", "quantity", "unit_price", "discount",
        "score", "status", "note",
    ]
    private static let logColumns = [
        "time", "level", "component", "request", "user", "path", "status", "bytes", "duration_us",
    ]
    private static let binaryColumns = [
        "id", "time", "price", "signal", "reading", "category", "count", "weight",
    ]
    private static let randomColumns = (0..<8).map { "block_\($0)" }

    /// The mean length of a row, by which a size in bytes becomes a number of rows (measured).
    var meanRowByteCount: Int {
        switch self {
        case .csv: 94
        case .jsonLines: 209
        case .log: 131
        case .columns: 8 * 8
        case .random: 4096
        }
    }

    /// How many of the first columns follow from the row's number; no edit changes them.
    var keyColumnCount: Int {
        switch self {
        case .csv, .jsonLines, .columns: 2
        case .log, .random: 1
        }
    }

    /// The columns whose cells edits change; the first is the one that is rewritten as a whole.
    var measureColumns: [Int] {
        switch self {
        case .csv, .jsonLines: [8, 6]
        case .log: [8, 7]
        case .columns: [3, 2]
        case .random: [3, 5]
        }
    }

    /// The columns of few values, which rows can be sorted by.
    var classColumns: [Int] {
        switch self {
        case .csv, .jsonLines: [3, 9]
        case .log: [1, 2]
        case .columns: [5, 6]
        case .random: [0, 7]
        }
    }

    /// How many values a column of few values has.
    func classCount(_ column: Int) -> Int {
        switch (self, column) {
        case (.csv, 3), (.jsonLines, 3): CorpusWords.regions.count
        case (.csv, 9), (.jsonLines, 9): CorpusWords.statuses.count
        case (.log, 1): CorpusWords.levels.count
        case (.log, 2): CorpusWords.components.count
        case (.columns, 5): 12
        default: 8
        }
    }

    /// Which of the values a cell has: small ones are more frequent, as in life.
    func classIndex(_ column: Int, _ cell: UInt64) -> Int {
        CorpusWords.skewed(cell, below: classCount(column))
    }
}
