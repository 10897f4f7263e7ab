internal import PinFormat

/// Times as pins wrote them.
enum PlainTime {
    /// The first and the last second that four digits of a year can say.
    private static let range: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    /// `20210422T202233Z` of seconds since 1970 UTC; what is outside of four digits is cut.
    static func text(_ seconds: Int64) -> String {
        VersionName.timestamp(min(max(seconds, range.lowerBound), range.upperBound))
    }

    /// Seconds since 1970 UTC of `20210422T202233Z`, or of the old `2021-04-22T20:22:33`; `nil` for
    /// anything else.
    static func seconds(_ text: String) -> Int64? {
        if text.utf8.count == 16, let seconds = VersionName.seconds(of: text + "-00000") {
            return seconds
        }
        let digits = text.utf8.filter(YAMLPattern.isDigit)
        let others = String(decoding: text.utf8.filter { !YAMLPattern.isDigit($0) }, as: UTF8.self)
        let shapes = ["TZ", "T", "--T::", "--T::Z", "-- ::", "-- ::Z", "--", "--T::.Z", "--T::."]
        guard shapes.contains(others), digits.count >= 8 else { return nil }
        var time = Array(digits.prefix(14))
        if digits.count == 8, others == "--" { time += Array(repeating: 0x30, count: 6) }
        guard time.count == 14 else { return nil }
        let name = String(decoding: time, as: UTF8.self)
        return VersionName.seconds(of: "\(name.prefix(8))T\(name.suffix(6))Z-00000")
    }
}
