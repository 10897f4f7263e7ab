internal import PinFormat

/// Values of columns as text for people.
enum PreviewCell {
    /// For a value that lies where it was not kept, or of a kind that has no short text.
    static let unknown = "…"
    static let null = ""

    /// Seconds and a fraction since 1970.
    ///
    /// - Parameter perSecond: How many units a second has.
    static func time(_ value: Int64, perSecond: Int64) -> String {
        let seconds = value.floorDivided(by: perSecond)
        let rest = value - seconds &* perSecond
        guard (-62_135_596_800..<253_402_300_800).contains(seconds) else { return String(value) }
        let day = date(days: seconds.floorDivided(by: 86_400))
        return "\(day) \(clock(seconds.floorModulo(by: 86_400), rest, perSecond))"
    }

    /// A time of day.
    static func clock(_ seconds: Int64, _ rest: Int64, _ perSecond: Int64) -> String {
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        var text = "\(two(seconds / 3_600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
        if rest != 0 {
            let digits = String(rest)
            let width = String(perSecond).utf8.count - 1
            text += "." + String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        return text
    }

    /// Days since 1970 as `YYYY-MM-DD`.
    static func date(days: Int64) -> String {
        guard (-719_162..<2_932_897).contains(days) else { return String(days) }
        let date = CivilDate(days: days)
        func padded(_ value: Int64, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
        }
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
    }

    /// Text; bytes that are none as hexadecimal digits.
    static func text(_ bytes: ArraySlice<UInt8>, isText: Bool) -> String {
        // A character more than is shown, so that it is seen to be cut.
        let part = bytes.prefix(4 * (PreviewTable.cellLengthMax + 1))
        if isText { return String(decoding: part, as: UTF8.self) }
        return Hex.encode(Array(part))
    }

    /// The shortest text of a number with a point.
    static func number(_ value: Double) -> String {
        value.isNaN ? "NaN" : "\(value)".replacing(/\.0$/, with: "")
    }

    static func number(_ value: Float) -> String {
        value.isNaN ? "NaN" : "\(value)".replacing(/\.0$/, with: "")
    }

    /// A decimal number of which the digits are given.
    static func decimal(_ value: Int64, scale: Int) -> String {
        guard scale > 0, scale <= 38 else { return String(value) }
        var digits = String(value.magnitude)
        if digits.utf8.count <= scale {
            digits = String(repeating: "0", count: scale + 1 - digits.utf8.count) + digits
        }
        let point = digits.index(digits.endIndex, offsetBy: -scale)
        return (value < 0 ? "-" : "") + digits[..<point] + "." + digits[point...]
    }
}
