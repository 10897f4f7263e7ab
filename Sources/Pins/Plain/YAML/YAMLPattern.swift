/// Which plain scalars are no strings: the expressions of PyYAML's resolver, and those of R's.
enum YAMLPattern {
    /// The kinds that PyYAML tells apart.
    enum Kind: Sendable, Hashable {
        case null, integer, float, timestamp, merge, string
        case bool(Bool)
        /// `=` and what cannot stand bare at all.
        case other
    }

    /// What R writes for a value that is missing.
    static let missingInR: Set<String> = [".na", ".na.integer", ".na.real", ".na.character"]

    private static let nulls: Set<String> = ["", "~", "null", "Null", "NULL"]
    private static let truths: Set<String> = [
        "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON",
    ]
    private static let falsehoods: Set<String> = [
        "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF",
    ]
    private static let shortBools: Set<String> = ["y", "Y", "n", "N"]
    private static let specialFloats: Set<String> = [
        ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", ".nan",
        ".NaN", ".NAN",
    ]

    /// Whether a plain scalar can be anything but a string, by its first byte: most are words.
    static func canMeanMore(_ text: String) -> Bool {
        guard let first = text.utf8.first else { return true }
        return switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "+"),
            UInt8(ascii: "-"):
            true
        // The first bytes of the words below.
        case UInt8(ascii: "~"), UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "y"),
            UInt8(ascii: "Y"), UInt8(ascii: "t"), UInt8(ascii: "T"), UInt8(ascii: "o"),
            UInt8(ascii: "O"), UInt8(ascii: "f"), UInt8(ascii: "F"), UInt8(ascii: "<"),
            UInt8(ascii: "="), UInt8(ascii: "!"), UInt8(ascii: "&"), UInt8(ascii: "*"):
            text.utf8.count <= wordByteCountMax
        default: false
        }
    }

    /// No word that means something is longer, but for those of R that begin with a point.
    private static let wordByteCountMax = 5

    /// What PyYAML takes a plain scalar for.
    static func kind(of bytes: [UInt8]) -> Kind {
        // The words are short; most texts are not.
        if bytes.count <= wordByteCountMax {
            let text = String(decoding: bytes, as: UTF8.self)
            if nulls.contains(text) { return .null }
            if truths.contains(text) { return .bool(true) }
            if falsehoods.contains(text) { return .bool(false) }
            if specialFloats.contains(text) { return .float }
            if text == "<<" { return .merge }
            if ["=", "!", "&", "*"].contains(text) { return .other }
        }
        guard let first = bytes.first,
            isDigit(first) || first == UInt8(ascii: ".") || isSign(first)
        else { return .string }
        if isInteger(bytes) { return .integer }
        if isFloat(bytes) { return .float }
        return isTimestamp(bytes) ? .timestamp : .string
    }

    /// Whether R's yaml, of any age, may take a plain scalar for something else than a string,
    /// though PyYAML does not.
    static func isSpecialInR(_ text: String) -> Bool {
        if shortBools.contains(text) || missingInR.contains(text) { return true }
        let bytes = Array(text.utf8)
        guard let first = bytes.first,
            isDigit(first) || first == UInt8(ascii: ".") || isSign(first)
        else { return false }
        // R has commas in numbers where PyYAML has '_', and a number may end or begin at its point.
        let grouped = bytes.map { $0 == UInt8(ascii: ",") ? UInt8(ascii: "_") : $0 }
        if isInteger(grouped) || isFloat(grouped) { return true }
        var scan = Scan(bytes)
        scan.skip(isSign, atMost: 1)
        scan.skip { isDigit($0) || $0 == UInt8(ascii: ",") }
        guard scan.skip({ $0 == UInt8(ascii: ".") }, atMost: 1) == 1 else { return false }
        scan.skip { isDigit($0) || $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ".") }
        return scan.isAtEnd || scan.skipExponent() && scan.isAtEnd
    }

    // MARK: - The expressions of PyYAML

    /// `[-+]?0b[0-1_]+ | [-+]?0[0-7_]+ | [-+]?(0|[1-9][0-9_]*) | [-+]?0x[0-9a-fA-F_]+ |
    /// [-+]?[1-9][0-9_]*(:[0-5]?[0-9])+`
    private static func isInteger(_ bytes: [UInt8]) -> Bool {
        var scan = Scan(bytes)
        scan.skip(isSign, atMost: 1)
        guard let first = scan.next, isDigit(first) else { return false }
        scan.position += 1
        if first == UInt8(ascii: "0") {
            switch scan.next {
            case nil: return true
            case UInt8(ascii: "b"):
                scan.position += 1
                return scan.skip { $0 == 0x30 || $0 == 0x31 || isLine($0) } > 0 && scan.isAtEnd
            case UInt8(ascii: "x"):
                scan.position += 1
                return scan.skip { isHexDigit($0) || isLine($0) } > 0 && scan.isAtEnd
            default:
                return scan.skip { (0x30...0x37).contains($0) || isLine($0) } > 0 && scan.isAtEnd
            }
        }
        scan.skip { isDigit($0) || isLine($0) }
        scan.skipSixties()
        return scan.isAtEnd
    }

    /// `[-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)? | \.[0-9][0-9_]*([eE][-+][0-9]+)? |
    /// [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*`; infinities and no numbers stand above.
    private static func isFloat(_ bytes: [UInt8]) -> Bool {
        var scan = Scan(bytes)
        let point = UInt8(ascii: ".")
        if scan.next == point {
            scan.position += 1
            guard scan.skip(isDigit, atMost: 1) == 1 else { return false }
            scan.skip { isDigit($0) || isLine($0) }
            return scan.isAtEnd || scan.skipExponent() && scan.isAtEnd
        }
        scan.skip(isSign, atMost: 1)
        guard scan.skip(isDigit, atMost: 1) == 1 else { return false }
        scan.skip { isDigit($0) || isLine($0) }
        let hasSixties = scan.skipSixties()
        guard scan.skip({ $0 == point }, atMost: 1) == 1 else { return false }
        scan.skip { isDigit($0) || isLine($0) }
        return scan.isAtEnd || !hasSixties && scan.skipExponent() && scan.isAtEnd
    }

    /// `YYYY-MM-DD`, or a date and a time of day in the forms of ISO 8601.
    private static func isTimestamp(_ bytes: [UInt8]) -> Bool {
        var scan = Scan(bytes)
        let dash: (UInt8) -> Bool = { $0 == UInt8(ascii: "-") }
        let blank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        guard scan.skip(isDigit, atMost: 4) == 4, scan.skip(dash, atMost: 1) == 1 else {
            return false
        }
        let month = scan.skip(isDigit, atMost: 2)
        guard month > 0, scan.skip(dash, atMost: 1) == 1 else { return false }
        let day = scan.skip(isDigit, atMost: 2)
        guard day > 0 else { return false }
        if scan.isAtEnd { return month == 2 && day == 2 }
        if scan.next == UInt8(ascii: "T") || scan.next == UInt8(ascii: "t") {
            scan.position += 1
        } else if scan.skip(blank) == 0 {
            return false
        }
        guard scan.skip(isDigit, atMost: 2) > 0, scan.skipSixty(2), scan.skipSixty(2) else {
            return false
        }
        if scan.skip({ $0 == UInt8(ascii: ".") }, atMost: 1) == 1 { scan.skip(isDigit) }
        if scan.isAtEnd { return true }
        scan.skip(blank)
        if scan.next == UInt8(ascii: "Z") {
            scan.position += 1
            return scan.isAtEnd
        }
        guard scan.skip(isSign, atMost: 1) == 1, scan.skip(isDigit, atMost: 2) > 0 else {
            return false
        }
        return scan.isAtEnd || scan.skipSixty(2) && scan.isAtEnd
    }

    // MARK: - Pieces

    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    static func isSign(_ byte: UInt8) -> Bool { byte == 0x2B || byte == 0x2D }
    static func isLine(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "_") }

    static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }

    /// A place in a text.
    private struct Scan {
        let bytes: [UInt8]
        var position = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        var next: UInt8? { position < bytes.count ? bytes[position] : nil }
        var isAtEnd: Bool { position == bytes.count }

        /// Goes past bytes of a kind, and says how many.
        @discardableResult
        mutating func skip(_ kind: (UInt8) -> Bool, atMost limit: Int = .max) -> Int {
            let start = position
            while position - start < limit, let byte = next, kind(byte) { position += 1 }
            return position - start
        }

        /// `([eE][-+][0-9]+)`; stays where it is if there is none.
        mutating func skipExponent() -> Bool {
            let start = position
            if skip({ $0 | 0x20 == UInt8(ascii: "e") }, atMost: 1) == 1,
                skip(isSign, atMost: 1) == 1, skip(isDigit) > 0
            {
                return true
            }
            position = start
            return false
        }

        /// `(:[0-5]?[0-9])+`, the base of Babylon.
        @discardableResult
        mutating func skipSixties() -> Bool {
            var hasAny = false
            while true {
                let start = position
                guard skip({ $0 == UInt8(ascii: ":") }, atMost: 1) == 1 else { return hasAny }
                let first = next
                let count = skip(isDigit, atMost: 2)
                guard count == 1 || count == 2 && first.map({ $0 <= 0x35 }) == true else {
                    position = start
                    return hasAny
                }
                hasAny = true
            }
        }

        /// A colon and so many digits.
        mutating func skipSixty(_ count: Int) -> Bool {
            skip({ $0 == UInt8(ascii: ":") }, atMost: 1) == 1
                && skip(isDigit, atMost: count) == count
        }
    }
}
