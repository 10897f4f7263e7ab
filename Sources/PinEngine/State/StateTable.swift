internal import PinFormat

/// The rows of a board as one commit has them: layers, newest first (FORMAT.md §7.5).
struct StateTable: Sendable {
    private let layers: [any TableLayer]

    /// - Parameter layers: The newest first.
    init(_ layers: [any TableLayer]) { self.layers = layers.filter { $0.blockCount > 0 } }

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
        var cursors: [Cursor] = []
        for layer in layers { cursors.append(try Cursor(layer, from: prefix)) }
        while true {
            // The smallest key wins; among equal ones the newest layer, which comes first.
            var best: Int?
            for index in cursors.indices {
                guard let row = cursors[index].row, row.key.starts(with: prefix) else { continue }
                guard let chosen = best, let least = cursors[chosen].row else {
                    best = index
                    continue
                }
                if row.key.lexicographicallyPrecedes(least.key) { best = index }
            }
            guard let best, let row = cursors[best].row else { return }
            for index in cursors.indices where cursors[index].row?.key == row.key {
                try cursors[index].advance()
            }
            if let value = row.value, try !body(row.key, value) { return }
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

    /// A place in one layer.
    private struct Cursor {
        private let layer: any TableLayer
        private var block: Int
        private var rows: [TableRow]
        private var index: Int

        init(_ layer: any TableLayer, from key: [UInt8]) throws(EngineError) {
            self.layer = layer
            block = layer.block(for: key)
            rows = try layer.rows(inBlock: block)
            index = rows.lowerBound(key)
            try skipToRow()
        }

        var row: TableRow? { index < rows.count ? rows[index] : nil }

        mutating func advance() throws(EngineError) {
            index += 1
            try skipToRow()
        }

        private mutating func skipToRow() throws(EngineError) {
            while index >= rows.count, block + 1 < layer.blockCount {
                block += 1
                rows = try layer.rows(inBlock: block)
                index = 0
            }
        }
    }
}
