/// Power cuts for as long as somebody has time.
public enum Crashes {
    /// Cuts the power in the life of an engine board in a folder; see ``CrashEnumerator``.
    ///
    /// - Parameters:
    ///   - seed: Decides the data, some of the work, the order of the states and what is drawn.
    ///   - seconds: After how many seconds it ends.
    ///   - parityPercent: How much parity its packs get; `nil`: none.
    /// - Throws: ``CrashLoss`` for the first loss; its place replays.
    public static func engineBoard(
        seed: UInt64, seconds: Int, parityPercent: Int? = nil
    ) async throws -> CrashFigures {
        let scenario = EngineCrashScenario(seed: seed, parityPercent: parityPercent)
        return try await CrashEnumerator(scenario, empty: .init(), seed: seed)
            .run(seconds: seconds)
    }
}
