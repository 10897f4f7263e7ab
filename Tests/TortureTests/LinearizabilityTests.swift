import PinTesting
import Testing

/// The judge of the races, on histories of which one can see what they are.
@Suite struct LinearizabilityTests {
    /// A register.
    private struct Register: SequentialModel {
        enum Operation: Sendable {
            case write(Int)
            case read(Int)
        }

        var initialState: Int { 0 }

        func states(after operation: Operation, in state: Int) -> [Int] {
            switch operation {
            case .write(let value): [value]
            case .read(let value): value == state ? [state] : []
            }
        }
    }

    private typealias Entry = HistoryEntry<Register.Operation>

    @Test func oneCallAfterTheOtherHasOneOrder() {
        let history = [
            Entry(.write(1), invoked: 1, returned: 2), Entry(.read(1), invoked: 3, returned: 4),
            Entry(.write(2), invoked: 5, returned: 6), Entry(.read(2), invoked: 7, returned: 8),
        ]
        #expect(Register().linearization(of: history) == [0, 1, 2, 3])
    }

    @Test func whatOverlapsMayHappenInAnyOrder() {
        let history = [
            Entry(.write(1), invoked: 1, returned: 9), Entry(.read(1), invoked: 2, returned: 3),
            Entry(.read(1), invoked: 4, returned: 5),
        ]
        #expect(Register().linearization(of: history) == [0, 1, 2])
        let early = [
            Entry(.write(1), invoked: 1, returned: 9), Entry(.read(0), invoked: 2, returned: 3),
        ]
        #expect(Register().linearization(of: early) == [1, 0])
    }

    @Test func aReadThatGoesBackIsFound() {
        let history = [
            Entry(.write(1), invoked: 1, returned: 9), Entry(.read(1), invoked: 2, returned: 3),
            Entry(.read(0), invoked: 4, returned: 5),
        ]
        #expect(Register().linearization(of: history) == nil)
    }

    @Test func aReadOfTheOldAfterTheNewWasAcknowledgedIsFound() {
        let history = [
            Entry(.write(1), invoked: 1, returned: 2), Entry(.read(0), invoked: 3, returned: 4),
        ]
        #expect(Register().linearization(of: history) == nil)
    }

    @Test func aCallWithoutAnAnswerHappensAtAnyTimeOrNever() {
        let never = [
            Entry(.write(1), invoked: 1, returned: nil), Entry(.read(0), invoked: 2, returned: 3),
        ]
        #expect(Register().linearization(of: never) != nil)
        let late = never + [Entry(.read(1), invoked: 4, returned: 5)]
        #expect(Register().linearization(of: late) == [1, 0, 2])
        let twice = late + [Entry(.read(0), invoked: 6, returned: 7)]
        #expect(Register().linearization(of: twice) == nil)
    }

    @Test func theSchedulerRunsEveryActorToItsEnd() async {
        for policy in SeededScheduler.Policy.allCases {
            let scheduler = SeededScheduler(
                SeededRandom(seed: 3), actorCount: 3, policy: policy)
            let random = SeededRandom(seed: 4)
            await scheduler.run(
                (0..<3).map { _ in
                    {
                        for _ in 0..<5 { await Task.yield() }
                        await withTaskGroup(of: Void.self) { group in
                            for _ in 0..<3 { group.addTask { await Task.yield() } }
                        }
                        _ = random.next()
                    }
                })
            #expect(scheduler.stepCount >= 3 * (1 + 5 + 6))
        }
    }
}
