extension Corpus {
    /// What happens to a table from one version to the next.
    public struct Edit: Sendable, Hashable {
        /// The way of editing.
        public enum Kind: String, Sendable, Hashable, CaseIterable {
            /// Rows are added at the end, a share of version 1's rows.
            case append
            /// One cell changes in a share of the rows, all over the table.
            case scatter
            /// All cells but the keys (id, date, time) change in one run of neighbouring rows, a
            /// share of the table.
            case block
            /// A share of the rows disappears, all over the table.
            case delete
            /// Every row gets one more cell.
            case addColumn = "add-column"
            /// One cell changes in every row.
            case rewriteColumn = "rewrite-column"
            /// The rows are put in the order of another column; rows that are equal in it keep
            /// their order.
            case sort
        }

        /// The way of editing.
        public let kind: Kind
        /// How much of the table it touches: 0…1 000 000. No meaning for whole columns and sorts.
        public let partsPerMillion: Int

        /// - Parameters:
        ///   - kind: The way of editing.
        ///   - partsPerMillion: How much of the table it touches: 0…1 000 000.
        public init(_ kind: Kind, partsPerMillion: Int = 10_000) {
            precondition((0...1_000_000).contains(partsPerMillion), "a share is 0…1 000 000 ppm")
            self.kind = kind
            self.partsPerMillion = partsPerMillion
        }

        /// Parses `scatter:0.01`, `append:0.1`, `sort`; anything else gives `nil`.
        ///
        /// The number is a share in 0…1 with at most six decimals; without it, 0.01.
        public init?(_ text: String) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard let kind = Kind(rawValue: String(parts[0])), parts.count <= 2 else { return nil }
            guard parts.count == 2 else {
                self.init(kind)
                return
            }
            guard let share = Self.partsPerMillion(parts[1]) else { return nil }
            self.init(kind, partsPerMillion: share)
        }

        private static func partsPerMillion(_ text: Substring) -> Int? {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            let decimals = parts.count == 2 ? parts[1] : ""
            guard parts.count <= 2, decimals.utf8.count <= 6, parts[0] == "0" || parts[0] == "1"
            else { return nil }
            let zeros = String(repeating: "0", count: 6 - decimals.utf8.count)
            let digits = parts[0] + decimals + zeros
            guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let share = Int(digits),
                share <= 1_000_000
            else { return nil }
            return share
        }
    }
}
