internal import Synchronization

/// What a board passes over and a person should know, such as a version that another tool left
/// half-written. Without a handler nothing is said.
public enum BoardWarnings {
    private static let handler = Mutex<(@Sendable (String) -> Void)?>(nil)

    /// Sets who hears of it; one sentence a call, from any task.
    public static func setHandler(_ handler: (@Sendable (String) -> Void)?) {
        Self.handler.withLock { $0 = handler }
    }

    package static func warn(_ message: String) { handler.withLock { $0 }?(message) }
}
