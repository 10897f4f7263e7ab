/// Writes YAML as `yaml.dump` of PyYAML does by default: block style, 80 columns, ASCII.
///
/// The rules are PyYAML's own, step by step, so that a file of ours is the file that pins for
/// Python would have written; only strings that R would take for something else are quoted more
/// often.
struct YAMLEmitter {
    private static let bestWidth = 80
    private static let bestIndent = 2
    /// A key this long, with the tag that PyYAML counts, stands behind a `?`.
    private static let simpleKeyLength = 128 - "!!str".count

    private(set) var output = ""
    private var column = 0
    private var indent = 0
    /// Whether the last character was white space, or the line is new.
    private var isAfterSpace = true
    /// Whether there is only indentation and indicators on the line.
    private var isIndention = true

    /// A document that is one mapping.
    ///
    /// - Complexity: O(*n*); recursion as deep as collections lie in each other.
    static func text(_ pairs: [YAMLPair]) -> String {
        var emitter = YAMLEmitter()
        if pairs.isEmpty { return "{}\n" }
        emitter.mapping(pairs)
        emitter.writeIndent()
        return emitter.output
    }

    // MARK: - Collections

    private mutating func node(_ node: YAMLNode, inMapping: Bool) {
        switch node {
        case .scalar(let scalar): self.scalar(scalar, isSimpleKey: false)
        case .sequence(let items, _):
            if items.isEmpty { return indicator("[]", needsSpace: true) }
            let isIndentless = inMapping && !isIndention
            indented(by: isIndentless ? 0 : Self.bestIndent) { emitter in
                for item in items {
                    emitter.writeIndent()
                    emitter.indicator("-", needsSpace: true, keepsIndention: true)
                    emitter.node(item, inMapping: false)
                }
            }
        case .mapping(let pairs, _):
            if pairs.isEmpty { return indicator("{}", needsSpace: true) }
            indented(by: Self.bestIndent) { $0.mapping(pairs) }
        }
    }

    private mutating func mapping(_ pairs: [YAMLPair]) {
        for pair in pairs {
            writeIndent()
            if case .scalar(let key) = pair.key, Self.isSimpleKey(key) {
                scalar(key, isSimpleKey: true)
                indicator(":", needsSpace: false)
            } else {
                indicator("?", needsSpace: true, keepsIndention: true)
                node(pair.key, inMapping: true)
                writeIndent()
                indicator(":", needsSpace: true, keepsIndention: true)
            }
            node(pair.value, inMapping: true)
        }
    }

    private mutating func indented(by width: Int, _ body: (inout YAMLEmitter) -> Void) {
        indent += width
        body(&self)
        indent -= width
    }

    private static func isSimpleKey(_ key: YAMLScalar) -> Bool {
        let scalars = key.text.unicodeScalars
        return !scalars.isEmpty && scalars.count < simpleKeyLength
            && !scalars.contains { "\n\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0) }
    }

    // MARK: - Scalars

    private mutating func scalar(_ scalar: YAMLScalar, isSimpleKey: Bool) {
        let text = Array(scalar.text.unicodeScalars)
        let style = YAMLScalarStyle(text)
        let saysItself =
            scalar.isPlain
            || YAMLPattern.kind(of: Array(scalar.text.utf8)) == .string
                && !YAMLPattern.isSpecialInR(scalar.text)
        indented(by: Self.bestIndent) { emitter in
            if saysItself, style.allowsPlain, !(isSimpleKey && text.isEmpty) {
                emitter.plain(text, splits: !isSimpleKey)
            } else if style.allowsSingleQuotes, !(isSimpleKey && style.isMultiline) {
                emitter.singleQuoted(text, splits: !isSimpleKey)
            } else {
                emitter.doubleQuoted(text, splits: !isSimpleKey)
            }
        }
    }

    private mutating func plain(_ text: [Unicode.Scalar], splits: Bool) {
        guard !text.isEmpty else { return }
        if !isAfterSpace { write(" ") }
        (isAfterSpace, isIndention) = (false, false)
        var start = 0
        var isInSpaces = false
        for end in 0...text.count {
            let scalar = end < text.count ? text[end] : nil
            if isInSpaces {
                if scalar != " " {
                    if start + 1 == end, column > Self.bestWidth, splits {
                        writeIndent()
                        (isAfterSpace, isIndention) = (false, false)
                    } else {
                        write(text[start..<end])
                    }
                    start = end
                }
            } else if scalar == nil || scalar == " " {
                write(text[start..<end])
                start = end
            }
            isInSpaces = scalar == " "
        }
    }

    private mutating func singleQuoted(_ text: [Unicode.Scalar], splits: Bool) {
        indicator("'", needsSpace: true)
        var (start, isInSpaces, isInBreaks) = (0, false, false)
        for end in 0...text.count {
            let scalar = end < text.count ? text[end] : nil
            if isInSpaces {
                if scalar != " " {
                    if start + 1 == end, column > Self.bestWidth, splits, start != 0,
                        end != text.count
                    {
                        writeIndent()
                    } else {
                        write(text[start..<end])
                    }
                    start = end
                }
            } else if isInBreaks {
                if scalar != "\n" {
                    // One line break is a space, so there is one more.
                    for _ in start...end { writeLineBreak() }
                    writeIndent()
                    start = end
                }
            } else if scalar == nil || scalar == " " || scalar == "\n" || scalar == "'" {
                write(text[start..<end])
                start = end
            }
            if scalar == "'" {
                write("''")
                start = end + 1
            }
            (isInSpaces, isInBreaks) = (scalar == " ", scalar == "\n")
        }
        indicator("'", needsSpace: false)
    }

    private mutating func doubleQuoted(_ text: [Unicode.Scalar], splits: Bool) {
        indicator("\"", needsSpace: true)
        var start = 0
        for end in 0...text.count {
            let scalar = end < text.count ? text[end] : nil
            if scalar.map(YAMLScalarStyle.isEscaped) ?? true {
                if start < end {
                    write(text[start..<end])
                    start = end
                }
                if let scalar {
                    write(YAMLScalarStyle.escape(scalar))
                    start = end + 1
                }
            }
            guard splits, end > 0, end < text.count - 1, scalar == " " || start >= end,
                column + end - start > Self.bestWidth
            else { continue }
            if start < end {
                write(text[start..<end])
                start = end
            }
            write("\\")
            writeIndent()
            (isAfterSpace, isIndention) = (false, false)
            if text[start] == " " { write("\\") }
        }
        indicator("\"", needsSpace: false)
    }

    // MARK: - Characters

    private mutating func write(_ text: String) {
        output += text
        column += text.unicodeScalars.count
    }

    private mutating func write(_ text: ArraySlice<Unicode.Scalar>) {
        output.unicodeScalars.append(contentsOf: text)
        column += text.count
    }

    private mutating func indicator(
        _ text: String, needsSpace: Bool, keepsIndention: Bool = false
    ) {
        write(isAfterSpace || !needsSpace ? text : " \(text)")
        isAfterSpace = false
        isIndention = isIndention && keepsIndention
    }

    private mutating func writeIndent() {
        if !isIndention || column > indent || (column == indent && !isAfterSpace) {
            writeLineBreak()
        }
        if column < indent {
            isAfterSpace = true
            write(String(repeating: " ", count: indent - column))
        }
    }

    private mutating func writeLineBreak() {
        output += "\n"
        (isAfterSpace, isIndention, column) = (true, true, 0)
    }
}
