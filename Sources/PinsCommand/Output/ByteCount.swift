/// Sizes as people write them.
enum ByteCount {
    private static let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]

    /// Three or four digits and a binary unit: `0 B`, `1023 B`, `64.0 KiB`, `1.5 GiB`.
    static func text(_ count: UInt64) -> String {
        guard count >= 1024 else { return String(count) + " B" }
        var unit = 1
        while unit < units.count - 1, count >> UInt64(10 * unit) >= 1024 { unit += 1 }
        // The rest is below 2^60, so ten times it fits.
        let shift = UInt64(10 * unit)
        let tenths = ((count & (1 << shift - 1)) * 10) >> shift
        return "\(count >> shift).\(tenths) \(units[unit])"
    }

    /// Parses a number of bytes with an optional unit (`64KiB`, `64K`, `1MiB`); `nil` for anything
    /// else and where it would overflow.
    static func parse(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { return nil }
        let shift: Int
        switch text.dropFirst(digits.count).drop(while: { $0 == " " }).lowercased() {
        case "", "b": shift = 0
        case "k", "kib": shift = 10
        case "m", "mib": shift = 20
        case "g", "gib": shift = 30
        default: return nil
        }
        let (value, overflow) = number.multipliedReportingOverflow(by: 1 << shift)
        return overflow ? nil : value
    }
}
