import PinStorage
import PinTesting
import Synchronization

/// A place where tasks wait until a test lets them go on.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var arrivals: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var arrivedCount = 0
    }

    private let state = Mutex(State())

    /// Waits until the gate is open.
    func wait() async {
        await withCheckedContinuation { continuation in
            let (isOpen, told) = state.withLock { state in
                state.arrivedCount += 1
                if !state.isOpen { state.waiting.append(continuation) }
                let told = state.arrivals.filter { $0.count <= state.arrivedCount }
                state.arrivals.removeAll { $0.count <= state.arrivedCount }
                return (state.isOpen, told)
            }
            if isOpen { continuation.resume() }
            for each in told { each.continuation.resume() }
        }
    }

    /// Waits until so many tasks have come to the gate.
    func arrival(of count: Int = 1) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.arrivedCount >= count { return true }
                state.arrivals.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for each in waiting { each.resume() }
    }
}

/// A place on another machine, under simulated time: calls of one kind take one round each, and a
/// round ends when as many of them are under way as can be. No clock is read: whoever has fewer
/// under way than he should never gets to the end of a round.
final class RoundBackend: ForwardingBackend {
    struct Counts {
        /// How many rounds have ended: the simulated time.
        var rounds = 0
        var peakCount = 0
        var peakByteCount = 0
        /// Bytes of calls that have ended.
        var doneByteCount = 0
    }

    private struct State {
        var counts = Counts()
        var waiting: [CheckedContinuation<Void, Never>] = []
        var (inFlight, inFlightByteCount, begun) = (0, 0, 0)
    }

    let base: any BoardBackend
    private let verb: BackendCall.Verb
    private let prefix: String
    private let leastByteCount: Int
    private let roundCount: Int
    private let total: Int
    private let onRound: @Sendable (Counts) -> Void
    private let state = Mutex(State())
    var counts: Counts { state.withLock { $0.counts } }

    /// - Parameters:
    ///   - verb: `put` or `get`: calls for packs of at least `leastByteCount` bytes are held.
    ///   - prefix: Of other objects than packs, if those are held.
    ///   - roundCount: How many of them end together.
    ///   - total: How many are held; more may come after them.
    ///   - onRound: Called at the end of a round, before its calls go on.
    init(
        _ base: any BoardBackend, holding verb: BackendCall.Verb, of prefix: String = "packs/",
        ofAtLeast leastByteCount: Int, roundCount: Int, total: Int,
        onRound: @escaping @Sendable (Counts) -> Void = { _ in }
    ) {
        self.base = base
        self.verb = verb
        self.prefix = prefix
        self.leastByteCount = leastByteCount
        self.roundCount = roundCount
        self.total = total
        self.onRound = onRound
    }

    private func hold(_ byteCount: Int) async {
        await withCheckedContinuation { continuation in
            let released = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                // Those after the last round wait for nobody.
                guard state.begun < total else {
                    state.inFlight += 1
                    state.inFlightByteCount += byteCount
                    return [continuation]
                }
                state.waiting.append(continuation)
                state.begun += 1
                state.inFlight += 1
                state.inFlightByteCount += byteCount
                state.counts.peakCount = max(state.counts.peakCount, state.inFlight)
                state.counts.peakByteCount = max(
                    state.counts.peakByteCount, state.inFlightByteCount)
                let left = total - (state.begun - state.waiting.count)
                guard state.waiting.count >= min(roundCount, left) else {
                    return []
                }
                state.counts.rounds += 1
                onRound(state.counts)
                defer { state.waiting = [] }
                return state.waiting
            }
            for each in released { each.resume() }
        }
    }

    private func end(_ byteCount: Int) {
        state.withLock { state in
            state.inFlight -= 1
            state.inFlightByteCount -= byteCount
            state.counts.doneByteCount += byteCount
        }
    }

    private func isHeld(_ verb: BackendCall.Verb, _ key: ObjectKey, _ byteCount: Int) -> Bool {
        verb == self.verb && key.text.hasPrefix(prefix) && byteCount >= leastByteCount
    }

    func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        let count = range?.count ?? 0
        guard isHeld(.get, key, count) else {
            return try await base.get(key, range: range, limit: limit)
        }
        await hold(count)
        defer { end(count) }
        return try await base.get(key, range: range, limit: limit)
    }

    func put(
        _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode, durable: Bool
    ) async throws(BackendError) -> PutOutcome {
        guard isHeld(.put, key, bytes.count) else {
            return try await base.put(key, bytes, mode: mode, durable: durable)
        }
        await hold(bytes.count)
        defer { end(bytes.count) }
        return try await base.put(key, bytes, mode: mode, durable: durable)
    }
}
