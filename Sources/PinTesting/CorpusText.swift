/// Appends rows and cells as text, with integers only.
///
/// Every function is O(length of what it appends).
enum CorpusText {
    static func append(_ text: String, to out: inout [UInt8]) { out += text.utf8 }

    /// Appends a decimal number with at least `width` digits.
    static func append(_ number: UInt64, width: Int = 1, to out: inout [UInt8]) {
        let start = out.count
        var rest = number
        while rest > 0 || out.count - start < width {
            out.append(UInt8(truncatingIfNeeded: 48 + rest % 10))
            rest /= 10
        }
        out[start...].reverse()
    }

    /// Appends `number` / 10^`decimals` with exactly that many decimals.
    static func append(_ number: UInt64, decimals: Int, to out: inout [UInt8]) {
        var unit: UInt64 = 1
        for _ in 0..<decimals { unit *= 10 }
        append(number / unit, to: &out)
        out.append(UInt8(ascii: "."))
        append(number % unit, width: decimals, to: &out)
    }

    static func appendHex(_ number: UInt64, digits: Int, to out: inout [UInt8]) {
        for step in (0..<digits).reversed() {
            let digit = UInt8(truncatingIfNeeded: number >> UInt64(4 * step)) & 15
            out.append(digit < 10 ? 48 + digit : 87 + digit)
        }
    }

    /// Appends the date `days` after 1970-01-01 as `2021-03-09`.
    ///
    /// The calendar by integers: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    static func appendDate(days: Int, to out: inout [UInt8]) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        append(UInt64(year), width: 4, to: &out)
        out.append(UInt8(ascii: "-"))
        append(UInt64(month), width: 2, to: &out)
        out.append(UInt8(ascii: "-"))
        append(UInt64(day), width: 2, to: &out)
    }
}
