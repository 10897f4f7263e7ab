import PinEngine
import PinFormat
import PinTesting
import Synchronization

/// A book of what a store has acknowledged to a workload, kept while it goes on.
final class WorkloadLedger: Sendable {
    /// What the caller was told, and what was under way when the last call failed or the power did.
    struct Book: Sendable {
        var hasBoard = false
        /// pin, version → bytes.
        var versions: [String: [String: [UInt8]]] = [:]
        /// A write that has begun: its pin and bytes.
        var writing: (pin: String, bytes: [UInt8])?
        /// A version whose deletion has begun.
        var deleting: (pin: String, version: String)?
    }

    private let state = Mutex((book: Book(), error: EngineError?.none))

    var book: Book { state.withLock { $0.book } }
    var error: EngineError? { state.withLock { $0.error } }

    /// Runs until something fails.
    func run(_ steps: () async throws(EngineError) -> Void) async {
        let result = await outcome(steps)
        if case .failure(let error) = result { state.withLock { $0.error = error } }
    }

    /// The chunker of small boards.
    static func chunker() throws(EngineError) -> ChunkerParameters {
        do {
            return try ChunkerParameters(averageExponent: 12)
        } catch {
            throw EngineError(.usage, "\(error)")
        }
    }

    func noteBoard() { state.withLock { $0.book.hasBoard = true } }

    @discardableResult
    func write(
        _ bytes: [UInt8], to pin: String, _ store: Store
    ) async throws(EngineError) -> String {
        state.withLock { $0.book.writing = (pin, bytes) }
        let name = try await store.write(bytes, to: pin).version.versionName
        state.withLock { state in
            state.book.versions[pin, default: [:]][name] = bytes
            state.book.writing = nil
        }
        return name
    }

    func delete(
        _ version: String, of pin: String, _ store: Store
    ) async throws(EngineError) {
        state.withLock { $0.book.deleting = (pin, version) }
        _ = try await store.delete(pin, .named(version))
        state.withLock { state in
            state.book.versions[pin]?[version] = nil
            state.book.deleting = nil
        }
    }

    /// What is wrong with a store, by the book.
    static func compare(_ store: Store, _ book: Book) async throws(EngineError) -> String? {
        var found: [String: [String: [UInt8]]] = [:]
        for pin in try await store.pins() where pin.name != "later" {
            for version in try await store.versions(of: pin.name) {
                found[pin.name, default: [:]][version.version] = try await store.read(
                    pin.name, version.version)
            }
        }
        for (pin, versions) in book.versions {
            for (version, bytes) in versions {
                let bytes = Optional(bytes)
                if found[pin]?[version] == bytes {
                    found[pin]?[version] = nil
                } else if book.deleting?.pin != pin || book.deleting?.version != version
                    || found[pin]?[version] != nil
                {
                    return "\(version) of \(pin) is not what was acknowledged"
                }
            }
        }
        // What is left over was on its way: one version, whole.
        let rest = found.flatMap { pin, versions in versions.values.map { (pin, $0) } }
        if rest.isEmpty { return nil }
        guard rest.count == 1, let writing = book.writing, writing == rest[0] else {
            return "\(rest.map { "\($0.0): \($0.1.count) bytes" }) was never acknowledged"
        }
        return nil
    }
}
