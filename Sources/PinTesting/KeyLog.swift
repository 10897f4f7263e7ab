internal import PinStorage
internal import Synchronization

/// The keys that a law has used.
final class KeyLog: Sendable {
    private let log = Mutex<Set<ObjectKey>>([])

    var keys: [ObjectKey] { log.withLock { $0.sorted() } }

    func add(_ key: ObjectKey) { log.withLock { _ = $0.insert(key) } }
}
