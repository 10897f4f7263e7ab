internal import PinFormat
internal import Synchronization

/// Which packs of the index's segments a commit names, and how they stand: a byte for each, where
/// the pack's row would take a look-up in a dictionary.
final class PackStatuses: Sendable {
    /// What is known of a pack of a segment.
    private enum Known: UInt8 {
        case nothing = 0
        /// The commit does not name it.
        case absent, live, condemned, staged

        init(_ status: PackRow.Status?) {
            self =
                switch status {
                case nil: .absent
                case .live: .live
                case .condemned: .condemned
                case .staged: .staged
                }
        }
    }

    private struct State {
        /// By segment, then by place in its pack table; empty before the first question.
        var known: [[Known]]
        var missCount = 0
    }

    /// A block of rows has more rows than this: after a miss for each block, all are read.
    private static let rowsPerBlock = 64

    private let segments: [[ObjectName]]
    private let packs: PackDirectory
    private let absent: Set<ObjectName>
    private let state: Mutex<State>

    /// - Parameters:
    ///   - segments: The pack tables of the index's segments.
    ///   - absent: Packs that count as not named.
    init(_ segments: [[ObjectName]], _ packs: PackDirectory, absent: Set<ObjectName> = []) {
        (self.segments, self.packs, self.absent) = (segments, packs, absent)
        state = Mutex(State(known: segments.map { _ in [] }))
    }

    /// How the commit has a pack, or `nil` if it does not name it.
    ///
    /// - Complexity: O(1), and the first time one block of rows; all rows once that pays.
    func status(_ pack: Int, of segment: Int) throws(EngineError) -> PackRow.Status? {
        switch state.withLock({ $0.known[segment].isEmpty ? .nothing : $0.known[segment][pack] }) {
        case .nothing: break
        case .absent: return nil
        case .live: return .live
        case .condemned: return .condemned
        case .staged: return .staged
        }
        let packCount = segments.reduce(0) { $0 + $1.count }
        let isLast = state.withLock { state in
            state.missCount += 1
            return state.missCount == packCount / Self.rowsPerBlock + 1
        }
        // What is damaged is left to who asks for it.
        if isLast { try? noteAll() }
        let name = segments[segment][pack]
        let status = absent.contains(name) ? nil : try packs.row(name)?.usableStatus
        state.withLock { state in
            prepare(segment, &state)
            state.known[segment][pack] = Known(status)
        }
        return status
    }

    private func prepare(_ segment: Int, _ state: inout State) {
        if state.known[segment].isEmpty {
            state.known[segment] = Array(repeating: .nothing, count: segments[segment].count)
        }
    }

    /// Notes all packs that the commit names, and that it names no others.
    private func noteAll() throws(EngineError) {
        var rows: [(name: ObjectName, status: PackRow.Status?)] = []
        try packs.forEach { name, row in
            rows.append((name, absent.contains(name) ? nil : row.usableStatus))
        }
        for (segment, names) in segments.enumerated() {
            // Both ascend.
            var next = 0
            let known = names.map { name in
                while next < rows.count, rows[next].name < name { next += 1 }
                let isNamed = next < rows.count && rows[next].name == name
                return Known(isNamed ? rows[next].status : nil)
            }
            state.withLock { $0.known[segment] = known }
        }
    }
}

extension PackRow {
    /// How the pack stands for whoever looks for a frame: one that has lost frames is passed over
    /// (FORMAT.md §7.5).
    var usableStatus: Status? { isLost && !Check.lostPacks.isOff ? nil : status }
}
