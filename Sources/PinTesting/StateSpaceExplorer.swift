/// A protocol written down as states and atomic steps, for ``StateSpaceExplorer``.
///
/// A model holds what the world can observe: the objects of a store, and where each party stands in
/// its program. One step is one atomic act of one party (one request answered by the store, say);
/// everything that may happen between two requests is then found by the explorer.
public protocol ExplorableModel {
    /// One state of the world; equal states are explored once.
    associatedtype State: Hashable

    /// Where every run begins.
    var initialState: State { get }

    /// Adds every step that may be taken in `state`, by any party.
    func addSteps(from state: State, to steps: inout StepList<State>)

    /// The state that stands for `state` and for all others that behave alike from here on.
    ///
    /// The explorer keeps only these. Two states may share one only if the same steps lead on from
    /// both, and to the same violations: forget what no step and no invariant looks at again.
    func canonical(_ state: State) -> State

    /// What is wrong in `state`, or `nil` where every invariant holds.
    func violation(in state: State) -> String?

    /// A bit for each noteworthy situation that `state` is in (for instance "a delete landed").
    ///
    /// The explorer unites the bits of all states, so that a test can show that an exploration
    /// without a violation did go where the danger is.
    func landmarks(in state: State) -> UInt64
}

extension ExplorableModel {
    /// Every state stands for itself.
    public func canonical(_ state: State) -> State { state }

    /// No landmarks.
    public func landmarks(in state: State) -> UInt64 { 0 }
}

/// The steps that lead out of one state.
///
/// Labels are only made while a trace is written, so a model may compose them freely.
public struct StepList<State> {
    private(set) var states: [State] = []
    private(set) var labels: [String] = []
    private let keepsLabels: Bool

    init(keepsLabels: Bool) { self.keepsLabels = keepsLabels }

    /// Adds the step `label` that leads to `state`.
    public mutating func add(_ label: @autoclosure () -> String, _ state: State) {
        states.append(state)
        if keepsLabels { labels.append(label()) }
    }

    mutating func removeAll() {
        states.removeAll(keepingCapacity: true)
        labels.removeAll(keepingCapacity: true)
    }
}

/// A shortest run that ends in a violation.
public struct Counterexample: Sendable, CustomStringConvertible {
    /// What is wrong in the last state.
    public let violation: String
    /// The labels of the steps from the initial state, in order.
    public let trace: [String]

    /// The violation and its numbered steps, one a line.
    public var description: String {
        var lines = [violation]
        for (index, label) in trace.enumerated() { lines.append("  \(index + 1). \(label)") }
        return lines.joined(separator: "\n")
    }
}

/// What ``StateSpaceExplorer/explore(_:stateCountMaximum:)`` found.
public struct Exploration: Sendable {
    /// The number of distinct states visited.
    public let stateCount: Int
    /// The number of steps taken between them.
    public let stepCount: Int
    /// Whether every reachable state was visited (false after a violation or at the limit).
    public let isExhaustive: Bool
    /// The union of the landmarks of all visited states.
    public let landmarks: UInt64
    /// A shortest run into a violation, if there is one.
    public let counterexample: Counterexample?
}

/// Visits every state a model can reach, breadth first, and stops at the first violation.
///
/// The search is complete: where it ends without a counterexample and ``Exploration/isExhaustive``
/// is true, no interleaving of the model's steps violates its invariants. The first counterexample
/// found is a shortest one.
public enum StateSpaceExplorer {
    /// Explores `model`.
    ///
    /// - Parameters:
    ///   - model: The states and steps.
    ///   - stateCountMaximum: Where to give up, in distinct states.
    /// - Returns: The counts, and a shortest counterexample if any state violates an invariant.
    /// - Complexity: O(steps) time and O(states) memory; every reached state is kept.
    public static func explore<Model: ExplorableModel>(
        _ model: Model, stateCountMaximum: Int = 4_000_000
    ) -> Exploration {
        var states = [model.canonical(model.initialState)]
        var parents = [-1]
        var indexOfState = [states[0]: 0]
        var steps = StepList<Model.State>(keepsLabels: false)
        var (next, stepCount, landmarks) = (0, 0, UInt64(0))

        while next < states.count {
            let state = states[next]
            landmarks |= model.landmarks(in: state)
            if let violation = model.violation(in: state) {
                let trace = trace(to: next, of: model, states: states, parents: parents)
                return Exploration(
                    stateCount: next + 1, stepCount: stepCount, isExhaustive: false,
                    landmarks: landmarks,
                    counterexample: Counterexample(violation: violation, trace: trace))
            }
            steps.removeAll()
            model.addSteps(from: state, to: &steps)
            stepCount += steps.states.count
            for reached in steps.states.lazy.map(model.canonical)
            where indexOfState[reached] == nil {
                indexOfState[reached] = states.count
                states.append(reached)
                parents.append(next)
            }
            next += 1
            if states.count > stateCountMaximum { break }
        }
        return Exploration(
            stateCount: next, stepCount: stepCount, isExhaustive: next == states.count,
            landmarks: landmarks, counterexample: nil)
    }

    /// The labels on the way to the state at `index`: each step is taken again, with its label
    /// kept.
    private static func trace<Model: ExplorableModel>(
        to index: Int, of model: Model, states: [Model.State], parents: [Int]
    ) -> [String] {
        var labels: [String] = []
        var child = index
        while parents[child] >= 0 {
            var steps = StepList<Model.State>(keepsLabels: true)
            model.addSteps(from: states[parents[child]], to: &steps)
            let reached = steps.states.map(model.canonical)
            guard let step = reached.firstIndex(of: states[child]) else {
                preconditionFailure("a model must give the same steps each time it is asked")
            }
            labels.append(steps.labels[step])
            child = parents[child]
        }
        return labels.reversed()
    }
}
