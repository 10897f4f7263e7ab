/// What an object that is used by one caller at a time would do.
public protocol SequentialModel {
    /// Everything that later calls can tell.
    associatedtype State: Hashable
    /// A call and what its caller was told.
    associatedtype Operation

    /// Before the first call.
    var initialState: State { get }

    /// The states that the call may leave behind, if it may give what its caller was told; else
    /// none.
    func states(after operation: Operation, in state: State) -> [State]
}

/// A call as an observer of the whole world saw it.
public struct HistoryEntry<Operation> {
    /// The call, and what its caller was told.
    public let operation: Operation
    /// When it began, on any clock that never stands still.
    public let invoked: Int
    /// When its caller was told; `nil` if never: then it may have happened at any time, or not at
    /// all.
    public let returned: Int?

    public init(_ operation: Operation, invoked: Int, returned: Int?) {
        self.operation = operation
        self.invoked = invoked
        self.returned = returned
    }
}

extension HistoryEntry: Sendable where Operation: Sendable {}

extension SequentialModel {
    /// Finds an order of the calls in which a single caller would have been told the same, and in
    /// which a call that ended before another began comes before it.
    ///
    /// - Returns: Positions in the history; `nil` if there is no such order: the history is not
    ///   linearizable.
    /// - Complexity: Exponential in the number of calls at the same time, times the length.
    /// - Note: Method: Wing and Gong, "Testing and verifying concurrent objects", JPDC 1993, with
    ///   the memory of Lowe, 2017.
    public func linearization(of history: [HistoryEntry<Operation>]) -> [Int]? {
        var search = LinearizationSearch(model: self, history: history)
        return search.run()
    }
}

private struct LinearizationSearch<Model: SequentialModel> {
    private struct Place: Hashable {
        let done: [UInt64]
        let state: Model.State
    }

    private struct Frame {
        let place: Place
        /// What is still to be tried from here.
        var moves: [(index: Int, state: Model.State)]
    }

    let model: Model
    let history: [HistoryEntry<Model.Operation>]
    private var seen: Set<Place> = []

    init(model: Model, history: [HistoryEntry<Model.Operation>]) {
        self.model = model
        self.history = history
    }

    mutating func run() -> [Int]? {
        let words = [UInt64](repeating: 0, count: (history.count + 63) / 64)
        let start = Place(done: words, state: model.initialState)
        if isComplete(start) { return [] }
        var frames = [Frame(place: start, moves: moves(from: start))]
        var order: [Int] = []
        while var frame = frames.popLast() {
            guard let move = frame.moves.popLast() else {
                _ = order.popLast()
                continue
            }
            frames.append(frame)
            var done = frame.place.done
            done[move.index / 64] |= 1 << UInt64(move.index % 64)
            let place = Place(done: done, state: move.state)
            guard seen.insert(place).inserted else { continue }
            order.append(move.index)
            if isComplete(place) { return order }
            frames.append(Frame(place: place, moves: moves(from: place)))
        }
        return nil
    }

    private func isDone(_ index: Int, _ done: [UInt64]) -> Bool {
        done[index / 64] >> UInt64(index % 64) & 1 == 1
    }

    private func isComplete(_ place: Place) -> Bool {
        history.indices.allSatisfy {
            history[$0].returned == nil || isDone($0, place.done)
        }
    }

    /// What may come next: whatever began before anything that is left has ended.
    private func moves(from place: Place) -> [(index: Int, state: Model.State)] {
        let left = history.indices.filter { !isDone($0, place.done) }
        let end = left.compactMap { history[$0].returned }.min() ?? .max
        return left.filter { history[$0].invoked <= end }.flatMap { index in
            model.states(after: history[index].operation, in: place.state).map { (index, $0) }
        }
    }
}
