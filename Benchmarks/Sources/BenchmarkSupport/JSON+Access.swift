/// Looking into documents; what is missing or of another kind is a ``Failure`` that says so.
extension JSON {
    /// The field of an object, or `nil`.
    public subscript(_ name: String) -> JSON? {
        guard case .object(let fields) = self else { return nil }
        return fields.first { $0.0 == name }?.1
    }

    /// The field of an object.
    public func required(_ name: String) throws -> JSON {
        guard let value = self[name] else { throw Failure("a document lacks the field \(name)") }
        return value
    }

    public func asText() throws -> String {
        guard case .text(let value) = self else { throw Failure("\(document) is no text") }
        return value
    }

    public func asNumber() throws -> Double {
        switch self {
        case .number(let value): return value
        case .integer(let value): return Double(value)
        default: throw Failure("\(document) is no number")
        }
    }

    public func asInteger() throws -> Int {
        guard case .integer(let value) = self else { throw Failure("\(document) is no integer") }
        return value
    }

    public func asFlag() throws -> Bool {
        guard case .flag(let value) = self else {
            throw Failure("\(document) is not true or false")
        }
        return value
    }

    public func asArray() throws -> [JSON] {
        guard case .array(let values) = self else { throw Failure("\(document) is no array") }
        return values
    }
}
