import PinEngine
import PinFormat
import PinStorage
import Synchronization

/// Looks at every delete: nothing that the newest commit names may go.
final class DeleteWatch: Sendable {
    private let backend: any BoardBackend
    private let configuration: StoreConfiguration
    private let history: RaceHistory
    private let deletes = Mutex(0)

    var count: Int { deletes.withLock { $0 } }

    init(
        _ backend: any BoardBackend, _ configuration: StoreConfiguration, _ history: RaceHistory
    ) {
        self.backend = backend
        self.configuration = configuration
        self.history = history
    }

    /// Called when an object is gone.
    func check(_ key: ObjectKey) async {
        deletes.withLock { $0 += 1 }
        guard let name = BoardKeys.name(of: key, prefix: BoardKeys.packPrefix) else { return }
        do {
            let store = try await Store.open(on: backend, configuration: configuration)
            if try await store.snapshot().names(name) {
                history.fail("\(key) was deleted, and the newest commit names it")
            }
        } catch {
            history.fail("after the delete of \(key) the board does not open: \(error)")
        }
    }
}
