internal import PinFormat

/// Times in RFC 3339, in UTC, to the second.
package enum Timestamp {
    /// The text of a time, or `nil` outside the years 1…9999.
    package static func text(_ seconds: Int64) -> String? {
        guard (-62_135_596_800...253_402_300_799).contains(seconds) else { return nil }
        let date = CivilDate(days: seconds.floorDivided(by: 86_400))
        let second = seconds.floorModulo(by: 86_400)
        var out = Array("0000-00-00T00:00:00Z".utf8)
        func write(_ value: Int64, at start: Int, _ width: Int) {
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
        func number(_ width: Int) -> Int64? {
            guard rest.count >= width else { return nil }
            var value: Int64 = 0
            for byte in rest.prefix(width) {
                guard (48...57).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - 48)
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
        let date = CivilDate(year: year, month: month, day: day)
        guard CivilDate(days: date.days) == date else { return nil }
        if take(".") != nil {
            guard number(1) != nil else { return nil }
            while number(1) != nil {}
        }
        var offset: Int64 = 0
        if take("Zz") == nil {
            guard let sign = take("+-"), let hours = number(2), take(":") != nil,
                let minutes = number(2), hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -60 : 60)
        }
        guard rest.isEmpty else { return nil }
        return date.days * 86_400 + hour * 3600 + minute * 60 + second - offset
    }
}
