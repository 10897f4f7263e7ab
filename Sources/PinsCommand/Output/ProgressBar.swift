import PinEngine
import Synchronization

/// A line on the terminal that says how far a long command is.
///
/// It appears after a second of work, is drawn at most ten times a second, and is gone when the
/// command prints something or ends. Without a terminal, or with `--quiet`, `--no-progress` or
/// `--json`, there is none.
final class ProgressBar: Sendable {
    private struct State {
        var drawn: ContinuousClock.Instant?
        var hasEnded = false
    }

    private let isShown: Bool
    private let start = ContinuousClock.now
    private let state = Mutex<State>(State())

    init(_ common: CommonOptions) {
        isShown = !common.quiet && !common.noProgress && !common.json && StandardError.isTerminal
    }

    /// What the engine calls, or `nil` where nothing is shown.
    var handler: ProgressHandler? {
        guard isShown else { return nil }
        return { [self] progress in show(progress) }
    }

    /// Removes the line.
    func finish() {
        state.withLock { state in
            if state.drawn != nil { StandardError.write("\r\u{1B}[K") }
            state.hasEnded = true
            state.drawn = nil
        }
    }

    private func show(_ progress: Progress) {
        let now = ContinuousClock.now
        guard now - start >= .seconds(1) else { return }
        state.withLock { state in
            guard !state.hasEnded, state.drawn.map({ now - $0 >= .milliseconds(100) }) ?? true
            else { return }
            state.drawn = now
            StandardError.write("\r" + Self.line(progress, elapsed: now - start) + "\u{1B}[K")
        }
    }

    /// One line of at most 70 columns.
    static func line(_ progress: Progress, elapsed: Duration) -> String {
        let name = progress.phase.rawValue
        let countsBytes =
            switch progress.phase {
            case .reading, .committing, .restoring, .copying, .verifying: true
            default: false
            }
        func amount(_ value: UInt64) -> String {
            countsBytes ? ByteCount.text(value) : String(value)
        }
        let rate =
            countsBytes ? ", " + ByteCount.text(perSecond(progress.done, elapsed)) + "/s" : ""
        guard let total = progress.total, total > 0 else {
            return "\(name) \(amount(progress.done))\(rate)"
        }
        let share = min(1, Double(progress.done) / Double(total))
        let filled = Int(share * 20)
        let bar =
            String(repeating: "#", count: filled) + String(repeating: "-", count: 20 - filled)
        return "\(name) [\(bar)] \(Int(share * 100)) % of \(amount(total))\(rate)"
    }

    private static func perSecond(_ count: UInt64, _ elapsed: Duration) -> UInt64 {
        UInt64(Double(count) / max(0.001, elapsed / .seconds(1)))
    }
}
