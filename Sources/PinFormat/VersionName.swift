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
        return CivilDate(year: number(0..<4), month: month, day: day).days * 86_400
            + hour * 3_600 + minute * 60 + second
    }

    /// `YYYYMMDDTHHMMSSZ` of seconds since 1970, in UTC.
    public static func timestamp(_ seconds: Int64) -> String {
        let date = CivilDate(days: seconds.floorDivided(by: 86_400))
        let time = seconds.floorModulo(by: 86_400)
        return pad(date.year, 4) + pad(date.month, 2) + pad(date.day, 2) + "T"
            + pad(time / 3_600, 2) + pad(time / 60 % 60, 2) + pad(time % 60, 2) + "Z"
    }

    private static func pad(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
