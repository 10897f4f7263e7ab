/// What a scalar means to PyYAML, the reader of pins for Python, and to R's yaml where both agree.
enum YAMLMeaning: Sendable, Hashable {
    case null
    case bool(Bool)
    /// A number as JSON writes it, every digit kept.
    case number(String)
    /// A text: also dates, and numbers that JSON has no word for.
    case string
}

extension YAMLScalar {
    /// What it means. Quoted scalars and those with a foreign tag are text.
    ///
    /// - Complexity: O(*n*) in the text, O(*n*²) in the digits of a number that is not decimal, of
    ///   which at most 1,000 are looked at.
    var meaning: YAMLMeaning {
        switch tag {
        case nil, "!": return isPlain && tag == nil ? plainMeaning : .string
        case "tag:yaml.org,2002:null": return .null
        case "tag:yaml.org,2002:bool", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float":
            return plainMeaning == .null ? .string : plainMeaning
        default: return .string
        }
    }

    private var plainMeaning: YAMLMeaning {
        guard YAMLPattern.canMeanMore(text) else { return .string }
        let bytes = Array(text.utf8)
        switch YAMLPattern.kind(of: bytes) {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .integer: return YAMLNumber.integer(bytes).map { .number($0) } ?? .string
        case .float: return YAMLNumber.float(bytes).map { .number($0) } ?? .string
        case .timestamp, .merge, .other: return .string
        case .string: return YAMLPattern.missingInR.contains(text) ? .null : .string
        }
    }

    /// Whether it is the key `<<`, whose value is put into the mapping around it.
    var isMerge: Bool { isPlain && tag == nil && text == "<<" }
}
