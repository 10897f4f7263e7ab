/// Times in RFC 3339, in UTC, to the second.
package enum Timestamp {
    /// The text of a time, or `nil` outside the years 1…9999.
    package static func text(_ seconds: Int64) -> String? {
        guard (-62_135_596_800...253_402_300_799).contains(seconds) else { return nil }
        let day = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
        let second = Int(seconds - day * 86_400)
        let date = civil(fromDay: Int(day))
        var out = Array("0000-00-00T00:00:00Z".utf8)
        func write(_ value: Int, at start: Int, _ width: Int) {
            var rest = value
            for place in (start..<start + width).reversed() {
                out[place] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
        }
        write(date.year, at: 0, 4)
        write(date.month, at: 5, 2)
        write(date.day, at: 8, 2)
        write(second / 3600, at: 11, 2)
        write(second / 60 % 60, at: 14, 2)
        write(second % 60, at: 17, 2)
        return String(decoding: out, as: UTF8.self)
    }

    /// Parses `YYYY-MM-DDTHH:MM:SS[.fraction](Z|±HH:MM)`; a fraction is dropped, a leap second is
    /// the next second. Anything else gives `nil`.
    package static func seconds(_ text: String) -> Int64? {
        var rest = Array(text.utf8)[...]
        func number(_ width: Int) -> Int? {
            guard rest.count >= width else { return nil }
            var value = 0
            for byte in rest.prefix(width) {
                guard (48...57).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 48)
            }
            rest = rest.dropFirst(width)
            return value
        }
        func take(_ allowed: String) -> UInt8? {
            guard let first = rest.first, allowed.utf8.contains(first) else { return nil }
            rest = rest.dropFirst()
            return first
        }
        guard let year = number(4), take("-") != nil, let month = number(2), take("-") != nil,
            let day = number(2), take("Tt ") != nil, let hour = number(2), take(":") != nil,
            let minute = number(2), take(":") != nil, let second = number(2),
            year >= 1, (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60,
            second <= 60
        else { return nil }
        let days = self.day(year: year, month: month, day: day)
        guard civil(fromDay: days) == (year, month, day) else { return nil }
        if take(".") != nil {
            guard number(1) != nil else { return nil }
            while number(1) != nil {}
        }
        var offset = 0
        if take("Zz") == nil {
            guard let sign = take("+-"), let hours = number(2), take(":") != nil,
                let minutes = number(2), hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -60 : 60)
        }
        guard rest.isEmpty else { return nil }
        return Int64(days * 86_400 + hour * 3600 + minute * 60 + second - offset)
    }

    /// Days since 1970-01-01 of a date of the Gregorian calendar, by counting years from March on.
    private static func day(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The inverse of ``day(year:month:day:)``.
    private static func civil(fromDay day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
