internal import Synchronization

/// What a scenario has been told so far, for the power cuts that may come.
public final class CrashBook<Book: Sendable>: Sendable {
    private let state: Mutex<(book: Book, edition: Int)>
    private let ending: @Sendable (CrashBook<Book>) -> Void

    /// - Parameter ending: What happens where a step ends.
    init(_ book: Book, ending: @escaping @Sendable (CrashBook<Book>) -> Void) {
        state = Mutex((book, 0))
        self.ending = ending
    }

    /// As it is now.
    public var current: Book { state.withLock { $0.book } }

    /// How often something was written down: two moments of one edition ask for the same.
    var edition: Int { state.withLock { $0.edition } }

    /// Writes something down.
    public func change(_ body: @Sendable (inout Book) -> Void) {
        state.withLock { state in
            body(&state.book)
            state.edition += 1
        }
    }

    /// Ends a step: the power may fail here too, and in one half of the runs the system now brings
    /// all it has to the medium, as it would after some seconds.
    public func endStep() { ending(self) }
}
