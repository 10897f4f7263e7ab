/// A node of a YAML document, as it was written: scalars are text, and nothing is guessed from it.
indirect enum YAMLNode: Sendable, Hashable {
    case scalar(YAMLScalar)
    case sequence([YAMLNode], tag: String?)
    /// Pairs in the order of the document; a key may come twice.
    case mapping([YAMLPair], tag: String?)
}

/// A text, and whether it stood bare: only then it may mean something else than itself.
struct YAMLScalar: Sendable, Hashable {
    let text: String
    let isPlain: Bool
    /// What stood before it, such as `!expr`; it is never followed.
    let tag: String?

    init(_ text: String, isPlain: Bool = false, tag: String? = nil) {
        self.text = text
        self.isPlain = isPlain
        self.tag = tag
    }
}

/// An entry of a mapping.
struct YAMLPair: Sendable, Hashable {
    let key: YAMLNode
    let value: YAMLNode

    init(_ key: YAMLNode, _ value: YAMLNode) {
        self.key = key
        self.value = value
    }

    init(_ key: String, _ value: YAMLNode) {
        self.init(.text(key), value)
    }
}

extension YAMLNode {
    /// A string.
    static func text(_ text: String) -> YAMLNode { .scalar(YAMLScalar(text)) }

    /// A number, a truth value or null, in the words of YAML.
    static func plain(_ text: String) -> YAMLNode { .scalar(YAMLScalar(text, isPlain: true)) }

    static let null = YAMLNode.plain("null")

    /// The pairs of a mapping, or `nil` for anything else.
    var pairs: [YAMLPair]? { if case .mapping(let pairs, _) = self { pairs } else { nil } }

    /// The text of a scalar, or `nil` for a collection.
    var text: String? { if case .scalar(let scalar) = self { scalar.text } else { nil } }

    /// Whether it says that there is nothing: `~`, `null`, or nothing at all, and `.na` of R.
    var isNull: Bool {
        guard case .scalar(let scalar) = self else { return false }
        return scalar.meaning == .null
    }
}

/// Why a text is no YAML that we read.
struct YAMLError: Error, Sendable, CustomStringConvertible {
    let message: String
    /// The place, both from 1.
    let line: Int
    let column: Int

    var description: String { "line \(line), column \(column): \(message)" }
}

/// What a document may cost.
struct YAMLLimits: Sendable {
    var byteCount = 1 << 20
    var depth = 64
    /// Nodes of the document with all aliases put in.
    var nodeCount = 300_000
    /// Bytes of all scalars with all aliases put in.
    var textByteCount = 4 << 20
}
