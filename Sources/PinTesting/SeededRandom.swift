public import PinStorage
internal import Synchronization

/// Random numbers that are the same in every run with the same seed (SplitMix64).
///
/// One value may be shared by tasks; then the numbers are the same, and who gets which is not. Fit
/// for tests only. Method: Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
/// OOPSLA 2014.
public final class SeededRandom: RandomSource, RandomNumberGenerator {
    /// The seed, to be printed when a test fails.
    public let seed: UInt64

    private let state: Mutex<UInt64>

    /// A generator.
    ///
    /// - Parameter seed: Any number; near seeds give unrelated numbers.
    public init(seed: UInt64) {
        self.seed = seed
        self.state = Mutex(seed)
    }

    public func next() -> UInt64 {
        state.withLock { SeededRandom.step(&$0) }
    }

    public func bytes(count: Int) -> [UInt8] {
        precondition(count >= 0, "a count is not negative")
        let words = state.withLock { state in
            (0..<(count + 7) / 8).map { _ in SeededRandom.step(&state).littleEndian }
        }
        return unsafe words.withUnsafeBytes { unsafe Array($0[..<count]) }
    }

    /// A number below `bound`, each with the same chance.
    ///
    /// - Parameter bound: At least 1.
    public func below(_ bound: Int) -> Int {
        precondition(bound >= 1, "there is no number below \(bound)")
        var generator = self
        return Int.random(in: 0..<bound, using: &generator)
    }

    /// True once in `times` calls, on average.
    public func oneIn(_ times: Int) -> Bool { below(times) == 0 }

    /// A seed that no run had: to be printed before it is used.
    public static var fresh: UInt64 { SystemRandom().uint64() >> 32 }

    /// Another generator, whose numbers depend on this one's seed and on the label alone.
    public func fork(_ label: UInt64) -> SeededRandom {
        var state = seed ^ (label &* 0xD134_2543_DE82_EF95)
        return SeededRandom(seed: SeededRandom.step(&state))
    }

    // Wrapping is the definition of the method.
    private static func step(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
