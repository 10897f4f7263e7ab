public import PinStorage

/// A call of a backend, numbered.
public struct BackendCall: Sendable, Hashable {
    /// The calls of a backend.
    public enum Verb: Sendable, Hashable, CaseIterable {
        case get, put, list, stat, delete, openLocal
    }

    /// Which call.
    public let verb: Verb
    /// The object, if the call is about one.
    public let key: ObjectKey?
    /// The number among all calls, from 1 on.
    public let number: Int
    /// The number among the calls of this verb, from 1 on.
    public let numberOfVerb: Int
}

/// What a ``FaultyBackend`` makes of a call. A fault that has no meaning for the verb is none.
public enum BackendFault: Sendable, Hashable {
    /// Throws, and nothing has happened.
    case failBefore(BackendError.Code)
    /// Throws, and all has happened: a lost answer.
    case failAfter(BackendError.Code)
    /// A put answers ``PutOutcome/unknown``, and nothing has happened.
    case unknownBefore
    /// A put answers ``PutOutcome/unknown``, and the object may have been written.
    case unknownAfter
    /// A put is done and answers ``PutOutcome/exists``: a retry below met its own lost try.
    case existsAfter
    /// A put throws ``BackendError/Code/unavailable`` and happens much later.
    case delayedPut
    /// A put is done, and is delivered once more much later.
    case repeatedPut
    /// A get gives the first half of the bytes.
    case truncatedBody
    /// A get gives bytes of which this bit, modulo their number, is wrong.
    case flippedBit(Int)
    /// A ranged get gives bytes that begin one too early.
    case wrongRange
    /// A delete throws ``BackendError/Code/unavailable`` and happens much later.
    case delayedDelete
}

/// Says which calls fail and how. A function of the call alone, so that runs can be repeated.
public struct FaultPlan: Sendable {
    /// The fault of a call, or `nil` if it shall work. Called once for each call, in order, under a
    /// lock.
    public let choose: @Sendable (BackendCall) -> BackendFault?

    public init(_ choose: @escaping @Sendable (BackendCall) -> BackendFault?) {
        self.choose = choose
    }

    /// All calls work.
    public static let none = FaultPlan { _ in nil }

    /// The call of this number fails.
    ///
    /// - Parameters:
    ///   - number: From 1 on, among all calls or among those of `verb`.
    ///   - verb: Which calls count.
    ///   - isSticky: Whether all later ones fail too.
    ///   - fault: How.
    public static func nth(
        _ number: Int, of verb: BackendCall.Verb? = nil, isSticky: Bool = false,
        _ fault: BackendFault
    ) -> FaultPlan {
        FaultPlan { call in
            guard verb == nil || call.verb == verb else { return nil }
            let each = verb == nil ? call.number : call.numberOfVerb
            return each == number || (isSticky && each > number) ? fault : nil
        }
    }

    /// Each call fails once in `times` calls on average, with one of the faults.
    ///
    /// The choice depends on the seed and on the call's number, not on the order of tasks.
    public static func seeded(
        _ seed: UInt64, oneIn times: Int, _ faults: [BackendFault],
        verbs: Set<BackendCall.Verb> = Set(BackendCall.Verb.allCases)
    ) -> FaultPlan {
        precondition(!faults.isEmpty, "a plan needs a fault")
        return FaultPlan { call in
            guard verbs.contains(call.verb) else { return nil }
            let random = SeededRandom(seed: seed).fork(UInt64(call.number))
            return random.oneIn(times) ? faults[random.below(faults.count)] : nil
        }
    }
}
