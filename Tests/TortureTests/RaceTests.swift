import PinTesting
import Testing
import Torture

/// A seeded scheduler lets writers, readers and collectors come between any two calls of each
/// other.
@Suite struct RaceTests {
    /// Some seeds that are always the same, and some that are new in every run.
    private static var seeds: [UInt64] {
        Array(1...12) + (0..<6).map { _ in SeededRandom.fresh }
    }

    @Test func racesAreLinearizableAndLoseNothing() async {
        var total = RaceRun.Result()
        for seed in Self.seeds {
            let result = await RaceRun(seed: seed).run()
            if let problem = result.problem { Issue.record("\(problem)") }
            total.add(result)
        }
        print(
            "  races: \(total.stepCount) steps, \(total.callCount) calls, "
                + "\(total.acknowledgedCount) acknowledged, \(total.deleteCount) deleted")
        // The silence means something: there was much to go wrong.
        #expect(total.acknowledgedCount > 100)
        #expect(total.deleteCount > 30)
        #expect(total.faultCount > 20)
    }
}

/// A run that finds nothing says little if it could find nothing.
@Suite struct RaceSabotageTests {
    @Test(arguments: RaceRun.Sabotage.allCases)
    func aBrokenRuleIsFound(_ sabotage: RaceRun.Sabotage) async {
        for seed in 1...80 as ClosedRange<UInt64> {
            if let problem = await RaceRun(seed: seed, sabotage: sabotage).run().problem {
                print("  \(sabotage): \(problem.prefix(200))")
                return
            }
        }
        Issue.record("\(sabotage) was not found")
    }

    @Test func theSameSeedIsTheSameRun() async {
        // The sets and dictionaries of one process are in other orders each time, unless it was
        // started with SWIFT_DETERMINISTIC_HASHING: what does not depend on them is compared.
        let (one, two) = (await RaceRun(seed: 6).run(), await RaceRun(seed: 6).run())
        #expect(one.problem == nil && two.problem == nil)
        #expect(one.callCount == two.callCount)
        #expect(one.acknowledgedCount == two.acknowledgedCount)
    }
}
