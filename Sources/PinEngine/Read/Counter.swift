internal import Synchronization

/// Counts up, from any task.
final class Counter: Sendable {
    private let value = Atomic<Int>(0)

    /// 0, 1, 2, …
    func next() -> Int { value.add(1, ordering: .relaxed).oldValue }
}
