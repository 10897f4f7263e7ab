/// How a payload was cut into chunks (FORMAT.md §4): part of the board's configuration and of every
/// version, because the manifest root depends on it.
public struct ChunkerParameters: Sendable, Hashable {
    /// The only algorithm of this epoch: the 32-bit Gear hash of FORMAT.md §4.
    public static let gear32: UInt8 = 1
    /// The exponents of two that an average chunk size may have: 4 KiB to 4 MiB.
    public static let averageExponents = 12...22

    /// The algorithm, ``gear32``.
    public let algorithm: UInt8
    /// The average chunk size is `1 << averageExponent` bytes; 12…22.
    public let averageExponent: Int
    /// How many bits the two masks differ from the average's, 0…3 (normalised chunking).
    public let normalization: Int

    /// The standard profile: boards that keep it give equal data equal hashes.
    public static let standard = ChunkerParameters(
        uncheckedExponent: 18, normalization: 2)

    private init(uncheckedExponent: Int, normalization: Int) {
        algorithm = Self.gear32
        averageExponent = uncheckedExponent
        self.normalization = normalization
    }

    /// Checks and makes parameters.
    ///
    /// - Throws: ``FormatError/Code/invalidValue`` where a parameter is outside its range.
    public init(
        algorithm: UInt8 = gear32, averageExponent: Int, normalization: Int = 2
    ) throws(FormatError) {
        guard algorithm == Self.gear32, Self.averageExponents.contains(averageExponent),
            (0...3).contains(normalization)
        else {
            throw FormatError(
                .invalidValue, section: "4.1",
                "chunker \(algorithm)/\(averageExponent)/\(normalization) is not defined")
        }
        self.init(uncheckedExponent: averageExponent, normalization: normalization)
    }

    /// The average chunk size in bytes.
    public var averageByteCount: Int { 1 << averageExponent }
    /// The smallest chunk in bytes, except for the last chunk of a payload.
    public var minimumByteCount: Int { 1 << (averageExponent - 2) }
    /// The largest chunk in bytes.
    public var maximumByteCount: Int { 1 << (averageExponent + 2) }
}
