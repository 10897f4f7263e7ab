internal import PinFormat

/// A moment in UTC as the services write it.
struct CalendarTime: Sendable, Hashable {
    let secondsSince1970: Int64

    /// `20130524T000000Z`.
    var basic: String {
        let date = CivilDate(days: secondsSince1970.floorDivided(by: 86_400))
        let second = secondsSince1970.floorModulo(by: 86_400)
        return Self.digits(date.year, 4) + Self.digits(date.month, 2) + Self.digits(date.day, 2)
            + "T"
            + Self.digits(second / 3_600, 2) + Self.digits(second / 60 % 60, 2)
            + Self.digits(second % 60, 2) + "Z"
    }

    init(secondsSince1970: Int64) {
        // Years of four digits: beyond them no service answers.
        self.secondsSince1970 = min(max(secondsSince1970, -62_135_596_800), 253_402_300_799)
    }

    /// Parses `2026-11-26T15:04:05Z`, also with a fraction of a second, which is dropped.
    init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            guard range.upperBound <= bytes.count else { return nil }
            let digits = bytes[range]
            guard digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
            return digits.reduce(0) { $0 * 10 + Int64($1 - 48) }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        let rest = bytes[19...]
        guard rest.last == UInt8(ascii: "Z") || rest.last == UInt8(ascii: "z"),
            rest.count == 1 || rest.first == UInt8(ascii: ".")
        else { return nil }
        self.init(
            secondsSince1970: CivilDate(year: year, month: month, day: day).days * 86_400
                + hour * 3_600 + minute * 60 + second)
    }

    private static func digits(_ value: Int64, _ count: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
