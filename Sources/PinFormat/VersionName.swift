/// The name of a version: `YYYYMMDDTHHMMSSZ-xxxxx` (FORMAT.md §3.2).
public enum VersionName {
    /// The last second that a name can hold: the end of the year 9999.
    static let secondsMax: Int64 = 253_402_300_799

    /// A name for a version written at `seconds` since 1970, later than `latest`.
    ///
    /// The time is raised by whole seconds where it must be, so that names sort in the order of
    /// commits.
    ///
    /// - Throws: `.limitExceeded` if no later name can be made: `latest` is of the last second of
    ///   the year 9999, or has the shape of a name but not of a time, and stands above every time.
    public static func make(
        seconds: Int64, pinHash: Digest, after latest: String?
    ) throws(FormatError) -> String {
        var seconds = min(max(seconds, 0), secondsMax)
        if let latest, let last = self.seconds(of: latest), last >= seconds {
            seconds = min(last + 1, secondsMax)
        }
        let name = "\(timestamp(seconds))-\(pinHash.hex.prefix(5))"
        // Times alone decide: two names of one second would be in the order of their hashes.
        if let latest, name.prefix(16) <= latest.prefix(16) {
            throw FormatError(
                .limitExceeded, section: "3.2", "no version name comes after '\(latest)'")
        }
        return name
    }

    /// The seconds since 1970 that a version's name says, or `nil` if it is none.
    public static func seconds(of name: String) -> Int64? {
        guard Names.isVersion(name) else { return nil }
        let digits = Array(name.utf8)
        func number(_ range: Range<Int>) -> Int64 {
            digits[range].reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        }
        let (month, day) = (number(4..<6), number(6..<8))
        let (hour, minute, second) = (number(9..<11), number(11..<13), number(13..<15))
        guard (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        return days(year: number(0..<4), month: month, day: day) * 86_400
            + hour * 3_600 + minute * 60 + second
    }

    /// `YYYYMMDDTHHMMSSZ` of seconds since 1970, in UTC.
    public static func timestamp(_ seconds: Int64) -> String {
        let date = civil(seconds.floorDivided(by: 86_400))
        let time = seconds.floorModulo(by: 86_400)
        return pad(date.year, 4) + pad(date.month, 2) + pad(date.day, 2) + "T"
            + pad(time / 3_600, 2) + pad(time / 60 % 60, 2) + pad(time % 60, 2) + "Z"
    }

    private static func pad(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    /// Days since 1970-01-01 of a date of the Gregorian calendar. Method: H. Hinnant,
    /// *chrono-Compatible Low-Level Date Algorithms*, days_from_civil.
    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year.floorDivided(by: 400)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The date of a day since 1970-01-01: civil_from_days of the same source.
    static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
            dayOfYear - (153 * monthIndex + 2) / 5 + 1
        )
    }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }

    fileprivate func floorModulo(by divisor: Int64) -> Int64 {
        let rest = self % divisor
        return rest < 0 ? rest + divisor : rest
    }
}
