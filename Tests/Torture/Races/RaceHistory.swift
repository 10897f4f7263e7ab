import PinTesting
import Synchronization

/// What every actor of a race did and was told, pin by pin.
final class RaceHistory: Sendable {
    /// A call; what it did is known when it has ended.
    private struct Call {
        let pin: String
        let invoked: Int
        var returned: Int?
        var operation: PinModel.Operation?
        /// Of a write that was not answered.
        var title: String?
    }

    private struct State {
        var time = 0
        var calls: [Call] = []
        var names: [String: String] = [:]
        var problems: [String] = []
        var acknowledged = 0
    }

    private let state = Mutex(State())

    /// Calls that have ended, writes and deletes that were acknowledged.
    var counts: (calls: Int, acknowledged: Int) {
        state.withLock { ($0.calls.count, $0.acknowledged) }
    }

    /// What is wrong however calls are ordered.
    var problems: [String] { state.withLock { $0.problems } }

    func fail(_ problem: String) { state.withLock { $0.problems.append(problem) } }

    func begin(_ pin: String, title: String? = nil) -> Int {
        state.withLock { state in
            state.time += 1
            state.calls.append(Call(pin: pin, invoked: state.time, title: title))
            return state.calls.count - 1
        }
    }

    /// Notes what the caller of a call was told; `nil` for a write without an answer.
    func end(_ call: Int, _ operation: PinModel.Operation?, isAnswered: Bool = true) {
        state.withLock { state in
            state.time += 1
            state.calls[call].returned = isAnswered ? state.time : nil
            state.calls[call].operation = operation
            switch operation {
            case .write(let version):
                state.acknowledged += 1
                state.names[version.title] = version.name
            case .delete: state.acknowledged += 1
            case .list(let versions):
                for version in versions { state.names[version.title] = version.name }
            case .readLatest(let version):
                if let version { state.names[version.title] = version.name }
            default: break
            }
        }
    }

    /// Whether all pins behaved as if one caller had done one thing after the other; else what is
    /// wrong.
    func check() -> String? {
        let (calls, names, problems) = state.withLock { ($0.calls, $0.names, $0.problems) }
        if let problem = problems.first { return problem }
        for pin in Set(calls.map(\.pin)).sorted() {
            let entries = calls.filter { $0.pin == pin }.compactMap {
                call -> HistoryEntry<PinModel.Operation>? in
                var operation = call.operation
                // Nobody was told its name: whoever has seen it knows.
                if operation == nil, let title = call.title, let name = names[title] {
                    operation = .write(PinModel.Version(name: name, title: title))
                }
                return operation.map {
                    HistoryEntry($0, invoked: call.invoked, returned: call.returned)
                }
            }
            if PinModel().linearization(of: entries) == nil {
                let lines = entries.map { entry in
                    let end = entry.returned.map { "\($0)" } ?? "-"
                    return "  \(entry.invoked)…\(end) \(entry.operation)"
                }
                return "\(pin) is not linearizable:\n" + lines.joined(separator: "\n")
            }
        }
        return nil
    }
}
