public import PinEngine
internal import Synchronization

/// What a board passes over and a person should know, such as a version that another tool left
/// half-written. Without a handler nothing is said.
public enum BoardWarnings {
    private static let handler = Mutex<(@Sendable (String) -> Void)?>(nil)

    /// Sets who hears of it; one sentence a call, from any task.
    public static func setHandler(_ handler: (@Sendable (String) -> Void)?) {
        Self.handler.withLock { $0 = handler }
    }

    private static let unsettled = Mutex<UnsettledState?>(nil)

    /// What a board in a shared folder that was opened last said of a state that has not arrived in
    /// full, or of commits in conflict; `nil` if nothing was said.
    public static var unsettledState: UnsettledState? { unsettled.withLock { $0 } }

    /// Tells that a shared folder is not settled.
    static func warn(_ state: UnsettledState) {
        unsettled.withLock { $0 = state }
        warn(state.message)
    }

    package static func warn(_ message: String) { handler.withLock { $0 }?(message) }
}
