/// Where names that must be fresh get their bits from. Injected, so that a test can repeat a run.
public protocol RandomSource: Sendable {
    /// Fresh random bytes.
    ///
    /// - Parameter count: How many, not negative.
    func bytes(count: Int) -> [UInt8]
}

extension RandomSource {
    /// A random number of 64 bits.
    public func uint64() -> UInt64 {
        bytes(count: 8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// The random numbers of the operating system (`getrandom`, `arc4random_buf`).
public struct SystemRandom: RandomSource {
    public init() {}

    public func bytes(count: Int) -> [UInt8] {
        precondition(count >= 0, "a count is not negative")
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 7)
        while bytes.count < count {
            let word: UInt64 = generator.next()
            for shift in stride(from: 0 as UInt64, to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}
