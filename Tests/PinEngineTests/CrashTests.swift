import MutantTesting
import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Testing

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The power fails after any change of the disk, and again while the board is opened and used after
/// that. A short part of what `CrashEnumerator` can do; `PINS_CRASH_SECONDS` makes it a long one,
/// `PINS_CRASH_SEED` gives it another seed.
@Suite struct CrashTests {
    static let seed = getenv("PINS_CRASH_SEED").flatMap { UInt64(String(cString: $0)) } ?? 1
    static let seconds = getenv("PINS_CRASH_SECONDS").flatMap { Int(String(cString: $0)) }

    private static func enumerator(
        _ seed: UInt64 = seed
    ) -> CrashEnumerator<EngineCrashScenario> {
        CrashEnumerator(EngineCrashScenario(seed: seed), empty: .init(), seed: seed)
    }

    @Test func aPowerCutAnywhereLosesNothingAcknowledged() async throws {
        let figures = try await Self.enumerator().run(
            states: Self.seconds == nil ? 200 : .max, seconds: Self.seconds)
        print("crashes of an engine board, seed \(Self.seed): \(figures)")
        #expect(figures.lossCount == 0)
        #expect(figures.momentCount > 300)
        // How far it comes in a given time is a matter of the machine.
        #expect(figures.recoveryCount > 20 || Self.seconds != nil)
    }

    /// So it is where packs have parity: whatever a commit names is protected, and a repair that is
    /// cut off can be made again.
    @Test func aPowerCutAnywhereLeavesPacksWithTheirParity() async throws {
        let scenario = EngineCrashScenario(seed: Self.seed, parityPercent: 20)
        let figures = try await CrashEnumerator(scenario, empty: .init(), seed: Self.seed).run(
            states: Self.seconds == nil ? 200 : .max, seconds: Self.seconds)
        print("crashes of an engine board with parity, seed \(Self.seed): \(figures)")
        #expect(figures.lossCount == 0)
        #expect(figures.momentCount > 300)
        #expect(figures.recoveryCount > 20)
    }

    /// Without a barrier something is lost, the enumerator sees it, and its place tells where: what
    /// the first law proves is worth something.
    @Test(.enabled(if: Mutant.exist), arguments: [Check.syncObject, .syncName])
    func aMissingBarrierIsALossThatReplays(check: Check) async throws {
        #if DEBUG
            let loss = await Check.$switchedOff.withValue(check) {
                do {
                    _ = try await Self.enumerator(5).run(states: 2_000)
                    return CrashLoss?.none
                } catch {
                    return error as? CrashLoss
                }
            }
            let place = try #require(loss?.place)
            let again = await Check.$switchedOff.withValue(check) {
                do {
                    try await Self.enumerator(5).replay(place)
                    return String?.none
                } catch {
                    return (error as? CrashLoss)?.what
                }
            }
            #expect(again == loss?.what)
        #endif
    }

    /// A loss must be seen again by its place alone.
    @Test func theSameSeedMakesTheSameMoments() async throws {
        var place = CrashPlace(
            scenario: "engine board", seed: 3, isSettled: true, moment: 200, state: 0)
        try await Self.enumerator(3).replay(place)
        place.recoveryMoment = 5
        try await Self.enumerator(3).replay(place)
        let first = try await Self.enumerator(3).changes()
        let second = try await Self.enumerator(3).changes()
        #expect(first == second)
        #expect(first.contains { $0.hasPrefix("unlink /board/packs/") })
        #expect(first.contains { $0.hasPrefix("renameExclusive /board/tmp/") })
    }
}
