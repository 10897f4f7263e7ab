import PinEngine
import PinStorage
import PinTesting

/// A place that breaks what it promises, as a run of races is told to; else it passes all through.
final class LyingBackend: ForwardingBackend {
    let base: any BoardBackend
    private let sabotage: RaceRun.Sabotage?
    private let random: SeededRandom

    init(_ base: any BoardBackend, _ sabotage: RaceRun.Sabotage?, _ random: SeededRandom) {
        self.base = base
        self.sabotage = sabotage
        self.random = random
    }

    private func lies(_ what: RaceRun.Sabotage, _ key: ObjectKey, _ prefix: String) -> Bool {
        sabotage == what && key.description.hasPrefix(prefix) && random.oneIn(4)
    }

    func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        if lies(.showsLate, key, BoardKeys.commitPrefix) {
            throw BackendError(.notFound, key: key, "not yet")
        }
        return try await base.get(key, range: range, limit: limit)
    }

    func put(
        _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode, durable: Bool
    ) async throws(BackendError) -> PutOutcome {
        if lies(.forgetsPacks, key, BoardKeys.packPrefix) { return .created }
        return try await base.put(key, bytes, mode: mode, durable: durable)
    }

    func stat(_ key: ObjectKey) async throws(BackendError) -> ObjectStat? {
        if lies(.showsLate, key, BoardKeys.commitPrefix) { return nil }
        return try await base.stat(key)
    }

    func openLocal(_ key: ObjectKey) async throws(BackendError) -> (any LocalObject)? {
        if lies(.showsLate, key, BoardKeys.commitPrefix) {
            throw BackendError(.notFound, key: key, "not yet")
        }
        return try await base.openLocal(key)
    }
}
