import PinTesting
import Testing
import Torture

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Eight processes on one folder, killed at work: `make torture` does it for as long as it is told.
@Suite struct KillLoopTests {
    /// Beside the test bundle, wherever the build folder is.
    private static let program: String = {
        let folder = CommandLine.arguments[0].split(
            separator: "/", omittingEmptySubsequences: false
        ).dropLast().joined(separator: "/")
        let beside = folder + "/pins-torture"
        if access(beside, X_OK) == 0 { return beside }
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/" + root + "/.build/debug/pins-torture"
    }()

    @Test func killsLoseNothing() async throws {
        let seed = SeededRandom.fresh
        print("  kill loop: seed \(seed)")
        try await withTemporaryFolder { folder in
            var loop = KillLoop(
                program: Self.program, folder: folder, seed: seed, killsPerRound: 12)
            let result = await loop.run { _ in true }
            #expect(result.problem == nil)
            #expect(result.killCount >= 12)
            #expect(result.writeCount > 0)
        }
    }
}
