/// YAML of metadata as JSON, and back.
extension YAMLNode {
    /// What could not be said in JSON as it stood.
    struct Remarks {
        /// Tags that were not followed, each once.
        var tags: Set<String> = []
        var hasComplexKeys = false
    }

    /// The value in JSON: numbers with every digit; dates, infinities and what has a foreign tag
    /// as text; keys as text.
    ///
    /// - Complexity: O(*n*); recursion as deep as collections lie in each other.
    func json(_ remarks: inout Remarks) -> JSONValue {
        switch self {
        case .scalar(let scalar):
            remarks.note(scalar.tag)
            return switch scalar.meaning {
            case .null: .null
            case .bool(let value): .bool(value)
            case .number(let digits): .number(digits)
            case .string: .string(scalar.text)
            }
        case .sequence(let items, let tag):
            remarks.note(tag)
            var values: [JSONValue] = []
            for item in items { values.append(item.json(&remarks)) }
            return .array(values)
        case .mapping(let pairs, let tag):
            remarks.note(tag)
            return .object(unique: Self.members(pairs, &remarks))
        }
    }

    /// Notes what ``json(_:)`` would note, without making the value.
    ///
    /// - Complexity: O(*n*); recursion as deep as collections lie in each other.
    func note(in remarks: inout Remarks) {
        switch self {
        case .scalar(let scalar): remarks.note(scalar.tag)
        case .sequence(let items, let tag):
            remarks.note(tag)
            for item in items { item.note(in: &remarks) }
        case .mapping(let pairs, let tag):
            remarks.note(tag)
            for pair in pairs {
                if case .scalar = pair.key {
                    pair.value.note(in: &remarks)
                } else {
                    remarks.hasComplexKeys = true
                }
            }
        }
    }

    private static func members(
        _ pairs: [YAMLPair], _ remarks: inout Remarks
    ) -> [JSONValue.Member] {
        var merged: [JSONValue.Member] = []
        var own: [JSONValue.Member] = []
        for pair in pairs {
            guard case .scalar(let key) = pair.key else {
                remarks.hasComplexKeys = true
                continue
            }
            if key.isMerge, case .mapping = pair.value {
                // What the mapping says itself comes later and wins.
                if case .object(let members) = pair.value.json(&remarks) { merged += members }
            } else if key.isMerge, case .sequence(let items, _) = pair.value {
                for item in items.reversed() {
                    if case .object(let members) = item.json(&remarks) { merged += members }
                }
            } else {
                own.append(JSONValue.Member(key.jsonKey, pair.value.json(&remarks)))
            }
        }
        return merged + own
    }

    /// The YAML of a JSON value; keys in ascending order, as `yaml.dump` has them.
    ///
    /// - Complexity: O(*n* log *n*); recursion as deep as collections lie in each other.
    init(_ json: JSONValue) {
        switch json {
        case .null: self = .null
        case .bool(let value): self = .plain(value ? "true" : "false")
        case .number(let digits): self = .plain(YAMLNumber.yaml(json: digits))
        case .string(let text): self = .text(text)
        case .array(let items): self = .sequence(items.map { YAMLNode($0) }, tag: nil)
        case .object(let members):
            let pairs = members.map { YAMLPair($0.key, YAMLNode($0.value)) }
            self = .mapping(pairs.sortedByKey(), tag: nil)
        }
    }
}

extension [YAMLPair] {
    /// As Python sorts strings: by scalars, which is also the order of the bytes of UTF-8.
    func sortedByKey() -> [YAMLPair] {
        sorted { ($0.key.text ?? "").utf8.lexicographicallyPrecedes(($1.key.text ?? "").utf8) }
    }
}

extension YAMLNode.Remarks {
    fileprivate mutating func note(_ tag: String?) {
        guard let tag, tag != "!", !tag.hasPrefix("tag:yaml.org,2002:") || tag.contains("python")
        else { return }
        tags.insert(tag)
    }
}

extension YAMLScalar {
    /// A key as Python's `json` writes it.
    fileprivate var jsonKey: String {
        switch meaning {
        case .null:
            isPlain && text.isEmpty ? "null" : YAMLPattern.missingInR.contains(text) ? text : "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let digits): digits
        case .string: text
        }
    }
}
