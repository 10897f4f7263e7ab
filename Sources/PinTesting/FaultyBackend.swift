public import PinStorage
internal import Synchronization

/// A backend that fails as it is told to, over one that works.
///
/// Every call is numbered; a ``FaultPlan`` says what becomes of it. Delayed deletes wait until
/// ``releaseDelayedDeletes()``, as those of a slow client do whose connection comes back.
public final class FaultyBackend: BoardBackend {
    private struct State {
        var counts: [BackendCall.Verb: Int] = [:]
        var callCount = 0
        var faultCount = 0
        var delayed: [ObjectKey] = []
        var delayedPuts: [(key: ObjectKey, bytes: [UInt8], mode: PutMode)] = []
        var plan: FaultPlan
    }

    private let base: any BoardBackend
    private let state: Mutex<State>
    private let hasLocalObjects: Bool

    public var capabilities: BackendCapabilities { base.capabilities }
    public var description: String { "faulty \(base.description)" }

    /// A decorator.
    ///
    /// - Parameters:
    ///   - base: What does the work.
    ///   - plan: What fails.
    ///   - hasLocalObjects: Whether `openLocal` passes through. If not it gives `nil`, so that
    ///     every read goes through `get`, where it can fail.
    public init(_ base: any BoardBackend, plan: FaultPlan, hasLocalObjects: Bool = false) {
        self.base = base
        self.state = Mutex(State(plan: plan))
        self.hasLocalObjects = hasLocalObjects
    }

    /// How many calls there were.
    public var callCount: Int { state.withLock { $0.callCount } }

    /// How many of them met a fault.
    public var faultCount: Int { state.withLock { $0.faultCount } }

    /// Sets another plan; calls are numbered on.
    public func setPlan(_ plan: FaultPlan) { state.withLock { $0.plan = plan } }

    /// How many puts and deletes are still to happen.
    public var delayedCount: Int {
        state.withLock { $0.delayed.count + $0.delayedPuts.count }
    }

    /// Lets the delayed and the repeated puts happen now.
    public func releaseDelayedPuts() async throws(BackendError) {
        let puts = state.withLock { state in
            defer { state.delayedPuts = [] }
            return state.delayedPuts
        }
        for put in puts {
            _ = try await base.put(put.key, put.bytes, mode: put.mode, durable: true)
        }
    }

    /// Lets the delayed deletes happen now.
    public func releaseDelayedDeletes() async throws(BackendError) {
        let keys = state.withLock { state in
            defer { state.delayed = [] }
            return state.delayed
        }
        for key in keys { try await base.delete(key) }
    }

    public func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        let fault = next(.get, key)
        try throwBefore(fault, key)
        if case .wrongRange = fault, let range, range.lowerBound > 0 {
            return try await base.get(
                key, range: range.lowerBound - 1..<range.upperBound - 1, limit: limit)
        }
        var bytes = try await base.get(key, range: range, limit: limit)
        try throwAfter(fault, key)
        switch fault {
        case .truncatedBody: bytes.removeLast((bytes.count + 1) / 2)
        case .flippedBit(let bit) where !bytes.isEmpty:
            bytes[bit / 8 % bytes.count] ^= 1 << UInt8(bit % 8)
        default: break
        }
        return bytes
    }

    public func put(
        _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode, durable: Bool
    ) async throws(BackendError) -> PutOutcome {
        let fault = next(.put, key)
        try throwBefore(fault, key)
        if case .unknownBefore = fault { return .unknown }
        if fault == .delayedPut || fault == .repeatedPut {
            state.withLock { $0.delayedPuts.append((key, bytes, mode)) }
            if fault == .delayedPut { throw FaultyBackend.failure(.unavailable, key) }
        }
        let outcome = try await base.put(key, bytes, mode: mode, durable: durable)
        try throwAfter(fault, key)
        if case .unknownAfter = fault { return .unknown }
        if case .existsAfter = fault, mode == .ifAbsent { return .exists }
        return outcome
    }

    public func list(prefix: String, after: ObjectKey?) async throws(BackendError) -> ListPage {
        let fault = next(.list, nil)
        try throwBefore(fault, nil)
        let page = try await base.list(prefix: prefix, after: after)
        try throwAfter(fault, nil)
        return page
    }

    public func stat(_ key: ObjectKey) async throws(BackendError) -> ObjectStat? {
        let fault = next(.stat, key)
        try throwBefore(fault, key)
        let stat = try await base.stat(key)
        try throwAfter(fault, key)
        return stat
    }

    public func delete(_ key: ObjectKey) async throws(BackendError) {
        let fault = next(.delete, key)
        try throwBefore(fault, key)
        if case .delayedDelete = fault {
            state.withLock { $0.delayed.append(key) }
            throw FaultyBackend.failure(.unavailable, key)
        }
        try await base.delete(key)
        try throwAfter(fault, key)
    }

    public func openLocal(_ key: ObjectKey) async throws(BackendError) -> (any LocalObject)? {
        guard hasLocalObjects else { return nil }
        let fault = next(.openLocal, key)
        try throwBefore(fault, key)
        let object = try await base.openLocal(key)
        try throwAfter(fault, key)
        return object
    }

    // MARK: - Faults

    private func next(_ verb: BackendCall.Verb, _ key: ObjectKey?) -> BackendFault? {
        state.withLock { state in
            state.callCount += 1
            state.counts[verb, default: 0] += 1
            let call = BackendCall(
                verb: verb, key: key, number: state.callCount,
                numberOfVerb: state.counts[verb, default: 0])
            guard let fault = state.plan.choose(call) else { return nil }
            state.faultCount += 1
            return fault
        }
    }

    private func throwBefore(_ fault: BackendFault?, _ key: ObjectKey?) throws(BackendError) {
        if case .failBefore(let code) = fault { throw FaultyBackend.failure(code, key) }
    }

    private func throwAfter(_ fault: BackendFault?, _ key: ObjectKey?) throws(BackendError) {
        if case .failAfter(let code) = fault { throw FaultyBackend.failure(code, key) }
    }

    private static func failure(_ code: BackendError.Code, _ key: ObjectKey?) -> BackendError {
        BackendError(code, key: key, "a fault that the test asked for")
    }
}
