internal import Synchronization

/// What a board passes over and a person should know, such as a version that another tool left
/// half-written. Without a handler nothing is said.
public enum BoardWarnings {
    private static let handler = Mutex<(@Sendable (String) -> Void)?>(nil)

    /// Sets who hears of it; one sentence a call, from any task.
    public static func setHandler(_ handler: (@Sendable (String) -> Void)?) {
        Self.handler.withLock { $0 = handler }
    }

    /// Where what a task says waits.
    @TaskLocal private static var waiting: Waiting?

    private final class Waiting: Sendable {
        let messages = Mutex<[String]>([])
    }

    package static func warn(_ message: String) {
        if let waiting {
            waiting.messages.withLock { $0.append(message) }
        } else {
            handler.withLock { $0 }?(message)
        }
    }

    /// Runs `body` and keeps what it says, for tasks that run beside each other.
    package static func collecting<Value>(
        _ body: () async -> Value
    ) async -> (Value, warnings: [String]) {
        let mine = Waiting()
        let value = await $waiting.withValue(mine) { await body() }
        return (value, mine.messages.withLock { $0 })
    }
}
