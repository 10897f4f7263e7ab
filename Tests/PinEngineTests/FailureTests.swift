import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Synchronization
import Testing

/// Any call of a backend fails, in any way that one can, and any suspension point is where the task
/// is cancelled: the error is typed, what was acknowledged is there, nothing is there in part, and
/// trying again works.
@Suite struct FailureTests {
    /// What can become of a call, by verb.
    static let faults: [(BackendCall.Verb, [BackendFault])] = {
        let any: [BackendFault] = [
            .failBefore(.ioError), .failAfter(.ioError), .failBefore(.unavailable),
            .failAfter(.unavailable), .failBefore(.throttled), .failAfter(.throttled),
        ]
        return [
            (
                .put,
                any + [
                    .unknownBefore, .unknownAfter, .existsAfter, .delayedPut, .repeatedPut,
                    .failBefore(.noSpace), .failBefore(.readOnly),
                ]
            ),
            (
                .get,
                any + [.truncatedBody, .flippedBit(12_345), .wrongRange, .failBefore(.notFound)]
            ),
            (.delete, any + [.delayedDelete]),
            (.list, any),
            (.stat, any),
        ]
    }()

    static let cases = faults.flatMap { verb, faults in
        faults.map { Case(verb: verb, fault: $0) }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let verb: BackendCall.Verb
        let fault: BackendFault
        var testDescription: String { "\(verb) \(fault)" }
    }

    @Test(arguments: cases) func anyCallMayFailInAnyWay(each: Case) async throws {
        var number = 1
        while true {
            let faulty = FaultyBackend(
                MemoryBackend(), plan: .nth(number, of: each.verb, each.fault))
            let work = BackendWorkload(Ground(seed: 1), faulty, over: faulty)
            await work.run()
            if faulty.faultCount == 0 { break }
            try await check(work, faulty, "\(each.testDescription) at \(number)")
            number += isLong ? 1 : Self.step(each.verb)
        }
        #expect(number > 2)
    }

    /// Whatever becomes of a call about parity, what the board holds is as safe as without.
    @Test(arguments: cases.filter { [.put, .delete, .stat].contains($0.verb) })
    func anyCallAboutParityMayFailInAnyWay(each: Case) async throws {
        var number = 1
        while true {
            let count = Mutex(0)
            let chosen = number
            let plan = FaultPlan { call in
                guard call.verb == each.verb, call.key?.text.hasPrefix("parity/") == true,
                    count.withLock({
                        $0 += 1
                        return $0
                    }) == chosen
                else { return nil }
                return each.fault
            }
            let faulty = FaultyBackend(MemoryBackend(), plan: plan)
            let work = BackendWorkload(Ground(seed: 4), faulty, over: faulty, parityPercent: 10)
            await work.run()
            if faulty.faultCount == 0 { break }
            try await check(work, faulty, "\(each.testDescription) of parity at \(number)")
            number += isLong ? 1 : 4
        }
        #expect(number > 1 || each.verb == .stat)
    }

    /// Every so many calls of a verb in a short run.
    private static func step(_ verb: BackendCall.Verb) -> Int {
        switch verb {
        case .get: 13
        case .stat: 7
        default: 5
        }
    }

    @Test func aBackendMayBreakForGoodAtAnyCall() async throws {
        var number = 1
        while true {
            let faulty = FaultyBackend(
                MemoryBackend(), plan: .nth(number, isSticky: true, .failAfter(.ioError)))
            let work = BackendWorkload(Ground(seed: 2), faulty, over: faulty)
            await work.run()
            if faulty.faultCount == 0 { break }
            faulty.setPlan(.none)
            try await check(work, faulty, "broken from call \(number) on")
            number += isLong ? 1 : 11
        }
        #expect(number > 50)
    }

    @Test func theTaskMayBeCancelledAtAnyCall() async throws {
        var number = 1
        while true {
            let base = FaultyBackend(MemoryBackend(), plan: .none)
            let hooked = HookedBackend(base)
            let work = BackendWorkload(Ground(seed: 3), hooked, over: base)
            let task = Mutex<Task<Void, Never>?>(nil)
            let once = Once(at: number)
            hooked.setHook { _ in if once.fires() { task.withLock { $0?.cancel() } } }
            let (start, starter) = AsyncStream<Void>.makeStream()
            let running = Task {
                for await _ in start { break }
                await work.run()
            }
            task.withLock { $0 = running }
            starter.yield()
            starter.finish()
            await running.value
            hooked.setHook(nil)
            let label = "cancelled at call \(number)"
            guard let error = work.error else {
                // The work is done before the call comes.
                if base.callCount < number { break }
                try await check(work, base, label)
                number += 1
                continue
            }
            #expect(error.code == .cancelled, "\(label): \(error)")
            try await check(work, base, label)
            number += isLong ? 1 : 7
        }
        #expect(number > 50)
    }

    /// The law: the error is one that says what happened, and nothing is lost, neither now nor when
    /// what was under way arrives after all.
    private func check(
        _ work: BackendWorkload, _ faulty: FaultyBackend, _ label: String
    ) async throws {
        if let error = work.error {
            let codes: Set<EngineError.Code> = [
                .ioError, .unavailable, .tryAgain, .cancelled, .cannotCreate, .corrupt, .notFound,
            ]
            #expect(codes.contains(error.code), "\(label): \(error)")
        }
        faulty.setPlan(.none)
        try await work.check(label)
        let delayed = faulty.delayedCount
        try await faulty.releaseDelayedPuts()
        try await faulty.releaseDelayedDeletes()
        if delayed > 0 { try await work.check("\(label), later") }
        try await work.workOn(label)
    }
}
