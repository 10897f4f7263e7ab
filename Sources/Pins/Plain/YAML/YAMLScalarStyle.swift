/// How a text may be written: PyYAML's analysis of scalars.
struct YAMLScalarStyle {
    private(set) var allowsPlain = true
    private(set) var allowsSingleQuotes = true
    private(set) var isMultiline = false

    private static let breaks: Set<Unicode.Scalar> = ["\n", "\u{85}", "\u{2028}", "\u{2029}"]
    private static let blanks: Set<Unicode.Scalar> = breaks.union(["\0", " ", "\t", "\r"])
    private static let leadingIndicators = Set("#,[]{}&*!|>'\"%@`".unicodeScalars)

    /// - Complexity: O(*n*).
    init(_ text: [Unicode.Scalar]) {
        guard let first = text.first, let last = text.last else { return }
        let isMarker =
            text.starts(with: "---".unicodeScalars)
            || text.starts(with: "...".unicodeScalars)
        if isMarker || Self.leadingIndicators.contains(first) { allowsPlain = false }
        if Self.isBlankOrBreak(first) || Self.isBlankOrBreak(last) { allowsPlain = false }
        for index in text.indices {
            let scalar = text[index]
            let previous = index > 0 ? text[index - 1] : nil
            let isBeforeBlank = index + 1 == text.count || Self.blanks.contains(text[index + 1])
            let isAfterBlank = previous.map(Self.blanks.contains) ?? true
            switch scalar {
            case "?" where index == 0 && isBeforeBlank, "-" where index == 0 && isBeforeBlank:
                allowsPlain = false
            case ":" where isBeforeBlank, "#" where isAfterBlank: allowsPlain = false
            default: break
            }
            if Self.breaks.contains(scalar) {
                (isMultiline, allowsPlain) = (true, false)
                // A space before a break would be folded away.
                if previous == " " { allowsSingleQuotes = false }
            }
            if scalar == " ", let previous, Self.breaks.contains(previous) {
                (allowsPlain, allowsSingleQuotes) = (false, false)
            }
            if scalar != "\n", !(0x20...0x7E).contains(scalar.value) {
                (allowsPlain, allowsSingleQuotes) = (false, false)
            }
        }
    }

    private static func isBlankOrBreak(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || breaks.contains(scalar)
    }

    // MARK: - Escapes

    private static let escapes: [Unicode.Scalar: String] = [
        "\0": "0", "\u{7}": "a", "\u{8}": "b", "\t": "t", "\n": "n", "\u{B}": "v", "\u{C}": "f",
        "\r": "r", "\u{1B}": "e", "\"": "\"", "\\": "\\", "\u{85}": "N", "\u{A0}": "_",
        "\u{2028}": "L", "\u{2029}": "P",
    ]

    /// Whether a character cannot stand between double quotes as it is.
    static func isEscaped(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\"" || scalar == "\\" || !(0x20...0x7E).contains(scalar.value)
    }

    /// What stands for it.
    static func escape(_ scalar: Unicode.Scalar) -> String {
        if let letter = escapes[scalar] { return "\\\(letter)" }
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let (letter, width) =
            scalar.value <= 0xFF ? ("x", 2) : scalar.value <= 0xFFFF ? ("u", 4) : ("U", 8)
        return "\\\(letter)" + String(repeating: "0", count: width - digits.utf8.count) + digits
    }
}
