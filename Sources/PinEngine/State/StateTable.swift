internal import PinFormat

/// The rows of a board as one commit has them: layers, newest first (FORMAT.md §7.5).
struct StateTable: Sendable {
    private let layers: [any TableLayer]

    /// - Parameter layers: The newest first.
    init(_ layers: [any TableLayer]) { self.layers = layers.filter { $0.blockCount > 0 } }

    /// The same rows with others over them.
    ///
    /// - Parameter rows: Ascending, each key once.
    func covered(by rows: [TableRow]) -> StateTable {
        StateTable([InlineTableLayer(all: rows)] + layers)
    }

    /// The value of a key, or `nil`.
    ///
    /// - Complexity: O(log *n*) and one block of about 16 KiB in each layer.
    func value(_ key: [UInt8]) throws(EngineError) -> [UInt8]? {
        for layer in layers {
            if let row = try layer.row(of: key) { return row.value }
        }
        return nil
    }

    /// Hands out the rows whose keys begin with `prefix`, ascending, until `body` returns `false`.
    ///
    /// - Complexity: O(*n*) in the rows handed out.
    func forEach(
        prefix: [UInt8], _ body: (_ key: [UInt8], _ value: [UInt8]) throws(EngineError) -> Bool
    ) throws(EngineError) {
        try forEachRow(prefix: prefix) { (row, value) throws(EngineError) in
            try body(Array(row.key), Array(row.bytes[value]))
        }
    }

    /// The same without copies: rows where they lie, and the ranges of their values.
    func forEachRow(
        prefix: [UInt8],
        _ body: (_ row: BlockRows.Row, _ value: Range<Int>) throws(EngineError) -> Bool
    ) throws(EngineError) {
        var cursors: [Cursor] = []
        for layer in layers { cursors.append(try Cursor(layer, prefix: prefix)) }
        while true {
            // The smallest key wins; among equal ones the newest layer, which comes first. What an
            // older layer says about that key is passed over.
            var best: Int?
            for index in cursors.indices where !cursors[index].isAtEnd {
                guard let chosen = best else {
                    best = index
                    continue
                }
                let order = cursors[index].order(cursors[chosen])
                if order == 0 { try cursors[index].advance() }
                if order < 0 { best = index }
            }
            guard let best else { return }
            let row = cursors[best].row
            try cursors[best].advance()
            if let value = row.valueRange, try !body(row, value) { return }
        }
    }

    /// All rows with a prefix.
    func rows(prefix: [UInt8]) throws(EngineError) -> [TableRow] {
        var out: [TableRow] = []
        try forEach(prefix: prefix) { (key, value) throws(EngineError) in
            out.append(TableRow(key: key, value: value))
            return true
        }
        return out
    }

    /// A place in one layer, among the rows with a prefix.
    private struct Cursor {
        private let layer: any TableLayer
        private let prefix: [UInt8]
        private var block: Int
        private var rows: BlockRows
        private var index: Int
        private(set) var isAtEnd = false

        init(_ layer: any TableLayer, prefix: [UInt8]) throws(EngineError) {
            self.layer = layer
            self.prefix = prefix
            block = layer.block(for: prefix)
            rows = try layer.rows(inBlock: block)
            index = rows.lowerBound(prefix)
            try skipToRow()
        }

        var row: BlockRows.Row { rows[index] }

        func order(_ other: Cursor) -> Int { rows.order(index, other.rows, other.index) }

        mutating func advance() throws(EngineError) {
            index += 1
            try skipToRow()
        }

        private mutating func skipToRow() throws(EngineError) {
            while index >= rows.indices.upperBound, block + 1 < layer.blockCount {
                block += 1
                rows = try layer.rows(inBlock: block)
                index = 0
            }
            isAtEnd =
                index >= rows.indices.upperBound || !rows.keyBegins(index, with: prefix)
        }
    }
}
