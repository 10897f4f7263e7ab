/// Whether it pays to try bases from a source: where they keep failing, as with rows in a new
/// order, only one chunk in a few is tried.
struct BaseLuck: Sendable {
    /// Failures in a row after which most chunks are left alone.
    private static let patience = 8
    /// One in so many is tried then; neighbours, which every chunk has, seldom.
    private static let sparse = 8
    private static let neighbourSparse = 32

    private struct State {
        var failures = 0
        var skipped = 0
    }

    private var states = [State](repeating: State(), count: BaseSource.allCases.count)

    /// Whether most chunks are left alone.
    func isOut(_ source: BaseSource) -> Bool {
        states[source.rawValue].failures >= Self.patience
    }

    /// Counts a chunk that is left alone, or is the one in a few that is not.
    ///
    /// - Returns: Whether it is tried.
    mutating func skip(_ source: BaseSource) -> Bool {
        states[source.rawValue].skipped += 1
        let sparse = source == .neighbour ? Self.neighbourSparse : Self.sparse
        return states[source.rawValue].skipped % sparse == 0
    }

    /// Notes whether a base gave a delta worth keeping.
    mutating func note(_ source: BaseSource, gained: Bool) {
        states[source.rawValue].failures = gained ? 0 : states[source.rawValue].failures + 1
    }
}
