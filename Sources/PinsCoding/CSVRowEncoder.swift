internal import PinEngine

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Turns one Codable struct into named cells.
final class CSVRowEncoder: Encoder {
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }
    /// In the order in which they were encoded.
    private(set) var cells: [(name: String, text: String)] = []

    private init(_ path: [any CodingKey]) { codingPath = path }

    /// The cells of a row.
    ///
    /// - Throws: ``EngineError/Code/usage`` for values that no cell can hold.
    static func cells(
        of row: some Encodable
    ) throws(EngineError) -> [(name: String, text: String)] {
        let encoder = CSVRowEncoder([])
        do {
            try row.encode(to: encoder)
        } catch {
            throw EngineError(.usage, "the value cannot be a row of CSV: \(error)")
        }
        return encoder.cells
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(Keyed<Key>(row: self, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        Refusal(codingPath: codingPath, what: "a list")
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        Single(row: self, codingPath: codingPath)
    }

    /// The text of a value, where it has one of its own.
    fileprivate static func text(_ value: some Encodable) -> String? {
        switch value {
        case let value as String: value
        case let value as Bool: value ? "true" : "false"
        case let value as Double: number(value)
        case let value as Float: number(Double(value), "\(value)")
        case let value as any FixedWidthInteger: "\(value)"
        case let value as Date: value.formatted(.iso8601)
        case let value as Decimal: "\(value)"
        default: nil
        }
    }

    /// As pandas and R read it: `inf` in their spelling, a missing number as an empty cell.
    private static func number(_ value: Double, _ text: String? = nil) -> String {
        value.isNaN ? "" : value.isInfinite ? (value < 0 ? "-Inf" : "Inf") : text ?? "\(value)"
    }

    private func set(_ key: (any CodingKey)?, _ text: String) {
        cells.append((key?.stringValue ?? "value", text))
    }

    private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let row: CSVRowEncoder
        let codingPath: [any CodingKey]

        func encodeNil(forKey key: Key) { row.set(key, "") }

        func encode(_ value: some Encodable, forKey key: Key) throws {
            if let text = CSVRowEncoder.text(value) { return row.set(key, text) }
            let inner = CSVRowEncoder(codingPath + [key])
            try value.encode(to: inner)
            guard inner.cells.count == 1, inner.cells[0].name == key.stringValue else {
                throw EncodingError.invalidValue(
                    value, .init(codingPath: codingPath + [key], debugDescription: "not one cell"))
            }
            row.cells += inner.cells
        }

        func encodeIfPresent<Value: Encodable>(_ value: Value?, forKey key: Key) throws {
            if let value { try encode(value, forKey: key) } else { row.set(key, "") }
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) -> KeyedEncodingContainer<Nested> {
            CSVRowEncoder(codingPath + [key]).container(keyedBy: type)
        }

        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            Refusal(codingPath: codingPath + [key], what: "a list")
        }

        func superEncoder() -> any Encoder { row }
        func superEncoder(forKey key: Key) -> any Encoder { row }
    }

    /// What a raw-valued enumeration or a wrapped value encodes itself into.
    private struct Single: SingleValueEncodingContainer {
        let row: CSVRowEncoder
        let codingPath: [any CodingKey]

        func encodeNil() { row.set(codingPath.last, "") }

        func encode(_ value: some Encodable) throws {
            if let text = CSVRowEncoder.text(value) { return row.set(codingPath.last, text) }
            try value.encode(to: row)
        }
    }

    /// Lists have no place in a cell.
    private struct Refusal: UnkeyedEncodingContainer {
        let codingPath: [any CodingKey]
        let what: String
        var count: Int { 0 }

        private func refuse(_ value: Any) -> EncodingError {
            .invalidValue(
                value, .init(codingPath: codingPath, debugDescription: "\(what) is not one cell"))
        }

        func encodeNil() throws { throw refuse(Optional<Int>.none as Any) }
        func encode(_ value: some Encodable) throws { throw refuse(value) }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type
        ) -> KeyedEncodingContainer<Nested> { CSVRowEncoder(codingPath).container(keyedBy: type) }

        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { self }
        func superEncoder() -> any Encoder { CSVRowEncoder(codingPath) }
    }
}
