/// Sizes as people write them.
public enum ByteSize {
    private static let units: [(suffix: String, factor: Int)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
        ("kB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
    ]

    /// The bytes of `500`, `64MiB` or `1GB`; anything else, or over 2⁴⁵, gives `nil`.
    public static func parse(_ text: String) -> Int? {
        let unit = units.first { text.hasSuffix($0.suffix) }
        let digits = text.dropLast(unit?.suffix.count ?? 0)
        guard let number = Int(digits), number >= 0 else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit?.factor ?? 1)
        return overflow || bytes > 1 << 45 ? nil : bytes
    }

    /// A size in MiB with one decimal.
    public static func mebibytes(_ byteCount: Int) -> String {
        Decimals.text(Double(byteCount) / 1_048_576, 1)
    }
}
