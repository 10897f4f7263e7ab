/// Numbers of YAML 1.1 as JSON writes them, with every digit.
enum YAMLNumber {
    /// Beyond this Python refuses to read an integer, and so do we to convert one.
    private static let digitCountMax = 1_000

    /// The JSON of an integer that ``YAMLPattern`` recognised; `nil` if it is too long, or in base
    /// sixty too large.
    static func integer(_ bytes: [UInt8]) -> String? {
        var digits = bytes.filter { !YAMLPattern.isLine($0) }
        let isNegative = takeSign(&digits)
        let magnitude: String?
        if digits.contains(UInt8(ascii: ":")) {
            magnitude = sixties(digits)
        } else if digits.first == UInt8(ascii: "0"), digits.count > 1 {
            switch digits[1] {
            case UInt8(ascii: "b"): magnitude = decimal(digits.dropFirst(2), base: 2)
            case UInt8(ascii: "x"): magnitude = decimal(digits.dropFirst(2), base: 16)
            default: magnitude = decimal(digits.dropFirst(1), base: 8)
            }
        } else {
            magnitude = digits.isEmpty ? nil : String(decoding: digits, as: UTF8.self)
        }
        guard let magnitude else { return nil }
        return isNegative ? "-\(magnitude)" : magnitude
    }

    /// The JSON of a float; `nil` for infinities and what is no number, which JSON cannot say.
    static func float(_ bytes: [UInt8]) -> String? {
        var digits = bytes.filter { !YAMLPattern.isLine($0) }
        let isNegative = takeSign(&digits)
        // `.inf` and `.nan` have no digit.
        guard digits.contains(where: YAMLPattern.isDigit) else { return nil }
        let sign = isNegative ? "-" : ""
        if digits.contains(UInt8(ascii: ":")) { return sixtyFraction(digits).map { sign + $0 } }
        let exponentStart = digits.firstIndex { $0 | 0x20 == UInt8(ascii: "e") } ?? digits.count
        let mantissa = digits[..<exponentStart]
        let point = mantissa.firstIndex(of: UInt8(ascii: ".")) ?? mantissa.count
        let whole = mantissa[..<point].drop { $0 == 0x30 }
        let fraction = mantissa[point...].dropFirst()
        return sign + (whole.isEmpty ? "0" : String(decoding: whole, as: UTF8.self)) + "."
            + (fraction.isEmpty ? "0" : String(decoding: fraction, as: UTF8.self))
            + String(decoding: digits[exponentStart...], as: UTF8.self)
    }

    /// A number of JSON in the words of YAML 1.1: a float has a point, an exponent a sign.
    static func yaml(json: String) -> String {
        let bytes = Array(json.utf8)
        let exponentStart = bytes.firstIndex { $0 | 0x20 == UInt8(ascii: "e") }
        guard let exponentStart else { return json }
        var text = String(decoding: bytes[..<exponentStart], as: UTF8.self)
        if !bytes[..<exponentStart].contains(UInt8(ascii: ".")) { text += ".0" }
        text += "e"
        let exponent = bytes[(exponentStart + 1)...]
        if let first = exponent.first, !YAMLPattern.isSign(first) { text += "+" }
        return text + String(decoding: exponent, as: UTF8.self)
    }

    // MARK: - Pieces

    private static func takeSign(_ digits: inout [UInt8]) -> Bool {
        guard let first = digits.first, YAMLPattern.isSign(first) else { return false }
        digits.removeFirst()
        return first == UInt8(ascii: "-")
    }

    /// Digits of another base in base ten.
    private static func decimal(_ digits: some Collection<UInt8>, base: UInt32) -> String? {
        guard (1...digitCountMax).contains(digits.count) else { return digits.isEmpty ? "0" : nil }
        // Nine decimal digits a word, the lowest first.
        var words: [UInt64] = [0]
        for digit in digits {
            let value = Character(UnicodeScalar(digit)).hexDigitValue ?? 0
            var carry = UInt64(value)
            for index in words.indices {
                let sum = words[index] * UInt64(base) + carry
                words[index] = sum % 1_000_000_000
                carry = sum / 1_000_000_000
            }
            if carry > 0 { words.append(carry) }
        }
        guard let highest = words.last else { return "0" }
        return words.dropLast().reversed().reduce(into: String(highest)) { text, word in
            let digits = String(word)
            text += String(repeating: "0", count: 9 - digits.utf8.count) + digits
        }
    }

    private static func sixties(_ digits: [UInt8]) -> String? {
        var sum: Int64 = 0
        for part in digits.split(separator: UInt8(ascii: ":")) {
            guard let value = Int64(String(decoding: part, as: UTF8.self)) else { return nil }
            let (product, isOver) = sum.multipliedReportingOverflow(by: 60)
            let (next, isAlsoOver) = product.addingReportingOverflow(value)
            if isOver || isAlsoOver { return nil }
            sum = next
        }
        return String(sum)
    }

    private static func sixtyFraction(_ digits: [UInt8]) -> String? {
        var sum = 0.0
        for part in digits.split(separator: UInt8(ascii: ":")) {
            var text = String(decoding: part, as: UTF8.self)
            if text.hasSuffix(".") { text += "0" }
            guard let value = Double(text) else { return nil }
            sum = sum * 60 + value
        }
        return sum.isFinite ? "\(sum)" : nil
    }
}
