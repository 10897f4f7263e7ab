#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// One row, and where each column stands in it.
struct CSVCells {
    let columns: [String: Int]
    let cells: [String]

    subscript(name: String) -> String? { columns[name].map { cells[$0] } }
}

/// Makes a Codable struct of one row.
struct CSVRowDecoder: Decoder {
    fileprivate let row: CSVCells
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(_ row: CSVCells, _ path: [any CodingKey]) {
        self.row = row
        codingPath = path
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard codingPath.isEmpty else { throw refusal("a struct is not one cell") }
        return KeyedDecodingContainer(Keyed<Key>(row: row))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        throw refusal("a list is not one cell")
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        Single(row: row, codingPath: codingPath)
    }

    private func refusal(_ what: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: codingPath, debugDescription: what))
    }

    /// Whether a cell is a missing value.
    fileprivate static func isMissing(_ cell: String) -> Bool { cell.isEmpty || cell == "NA" }

    /// The value of a cell; `nil` if the cell does not hold one of the type.
    fileprivate static func value<Value>(_ cell: String, _ type: Value.Type) -> Value?? {
        switch type {
        case is String.Type: return .some(cell as? Value)
        case is Bool.Type: return .some(bool(cell) as? Value)
        case is Double.Type: return .some(double(cell) as? Value)
        case is Float.Type: return .some(double(cell).map { Float($0) } as? Value)
        case let type as any FixedWidthInteger.Type: return .some(integer(cell, type) as? Value)
        case is Date.Type: return .some(try? Date(cell, strategy: .iso8601) as? Value)
        case is Decimal.Type: return .some(Decimal(string: cell) as? Value)
        default: return nil
        }
    }

    /// In the spellings of Swift, Python and R.
    private static func bool(_ cell: String) -> Bool? {
        switch cell {
        case "true", "True", "TRUE", "T", "1": true
        case "false", "False", "FALSE", "F", "0": false
        default: nil
        }
    }

    private static func double(_ cell: String) -> Double? {
        isMissing(cell) ? .nan : Double(cell)
    }

    /// Also `3.0`: pandas writes a column of integers so when one of them is missing.
    private static func integer<Integer: FixedWidthInteger>(
        _ cell: String, _ type: Integer.Type
    ) -> Integer? { Integer(cell) ?? Double(cell).flatMap { Integer(exactly: $0) } }

    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let row: CSVCells
        var codingPath: [any CodingKey] { [] }
        var allKeys: [Key] { row.columns.keys.sorted().compactMap { Key(stringValue: $0) } }

        func contains(_ key: Key) -> Bool { row.columns[key.stringValue] != nil }

        func decodeNil(forKey key: Key) -> Bool {
            row[key.stringValue].map(CSVRowDecoder.isMissing) ?? true
        }

        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            guard contains(key) else {
                throw DecodingError.keyNotFound(
                    key, .init(codingPath: [key], debugDescription: "there is no such column"))
            }
            return try CSVRowDecoder(row, [key]).singleValueContainer().decode(type)
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> {
            try CSVRowDecoder(row, [key]).container(keyedBy: type)
        }

        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            try CSVRowDecoder(row, [key]).unkeyedContainer()
        }

        func superDecoder() -> any Decoder { CSVRowDecoder(row, []) }
        func superDecoder(forKey key: Key) -> any Decoder { CSVRowDecoder(row, [key]) }
    }

    private struct Single: SingleValueDecodingContainer {
        let row: CSVCells
        let codingPath: [any CodingKey]

        private var cell: String { codingPath.last.flatMap { row[$0.stringValue] } ?? "" }

        func decodeNil() -> Bool { CSVRowDecoder.isMissing(cell) }

        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
            guard let known = CSVRowDecoder.value(cell, type) else {
                return try Value(from: CSVRowDecoder(row, codingPath))
            }
            guard let value = known else {
                throw DecodingError.typeMismatch(
                    type,
                    .init(
                        codingPath: codingPath,
                        debugDescription: "'\(cell.prefix(80))' is not of type \(type)"))
            }
            return value
        }
    }
}
