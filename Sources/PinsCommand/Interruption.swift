import Dispatch
import Synchronization

/// SIGINT and SIGTERM, as something a task can wait for.
///
/// The first signal ends ``wait()``, so that the command is cancelled and cleans up. The second one ends
/// the process at once, and so does the first where the process hangs in a write to a reader that has
/// stopped reading: a board is as safe from that as from a power cut, and an output has no clean state.
final class Interruption: Sendable {
    private static let watched = [SIGINT, SIGTERM]

    /// The signal that came first.
    private let first = Mutex<Int32?>(nil)
    // Unsafe for the compiler only: it is constant, and Dispatch's objects may be used by any thread.
    private nonisolated(unsafe) let sources: [any DispatchSourceSignal]
    private let events: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (events, continuation) = AsyncStream.makeStream()
        let queue = DispatchQueue.global(qos: .userInitiated)
        sources = Self.watched.map { DispatchSource.makeSignalSource(signal: $0, queue: queue) }
        // A closed pipe is an error code of write(2), never the end of the process.
        Platform.ignore(SIGPIPE)
        for (number, source) in zip(Self.watched, sources) {
            Platform.ignore(number)
            source.setEventHandler { [self] in arrived(number) }
            source.activate()
        }
    }

    /// The signal that came first, or `nil`.
    var signal: Int32? { first.withLock { $0 } }

    /// Returns when a signal has come, or when the task is cancelled.
    func wait() async {
        for await _ in events { return }
    }

    /// Lets ``wait()`` return.
    func end() {
        continuation.finish()
    }

    /// What is said about a command that a signal ended.
    static func message(_ signal: Int32) -> String {
        "interrupted by \(signal == SIGTERM ? "SIGTERM" : "SIGINT"); "
            + "nothing half-written stays, run the command again"
    }

    private func arrived(_ number: Int32) {
        let isFirst = first.withLock { first in
            guard first == nil else { return false }
            first = number
            return true
        }
        guard isFirst else { _exit(128 + number) }
        continuation.yield()
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(250)) {
            guard StandardOutput.isWriting else { return }
            StandardError.write("pins: \(Self.message(number))\n")
            _exit(128 + number)
        }
    }
}
