/// The fresh, never reused name of a pack or segment (FORMAT.md §3.1): the number of the newest
/// commit when its writer began, and 128 random bits.
public struct ObjectName: Sendable, Hashable, Comparable {
    /// The number of bytes of a name.
    public static let byteCount = 24

    /// The number of the newest commit that the writer had read: what the orphan floor is compared
    /// with.
    public let base: UInt64
    private let high, low: UInt64

    /// A name from its base and 16 random bytes.
    public init(base: UInt64, random: [UInt8]) {
        precondition(random.count == 16, "a name has 16 random bytes")
        self.base = base
        high = random[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = random[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Reads the 24 bytes of a name.
    init(_ reader: inout ByteReader) throws(FormatError) {
        try reader.need(Self.byteCount)
        base = try reader.u64().byteSwapped
        high = try reader.u64().byteSwapped
        low = try reader.u64().byteSwapped
    }

    /// The 24 bytes: big-endian base, then the random bytes.
    public var bytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(Self.byteCount)
        for word in [base, high, low] {
            for shift in stride(from: 56, through: 0, by: -8) {
                out.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        return out
    }

    public static func < (left: ObjectName, right: ObjectName) -> Bool {
        if left.base != right.base { return left.base < right.base }
        if left.high != right.high { return left.high < right.high }
        return left.low < right.low
    }
}

extension ObjectName: CustomStringConvertible {
    /// As it stands in keys: 16 hexadecimal digits, `-`, 32 hexadecimal digits.
    public var description: String {
        let hex = Hex.encode(bytes)
        return "\(hex.prefix(16))-\(hex.dropFirst(16))"
    }

    /// Parses the text form; anything else gives `nil`.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 16, parts[1].utf8.count == 32,
            let base = Hex.decode(String(parts[0])), let random = Hex.decode(String(parts[1]))
        else { return nil }
        self.init(base: base.reduce(0) { $0 << 8 | UInt64($1) }, random: random)
    }
}
