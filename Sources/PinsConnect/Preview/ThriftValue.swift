/// A value in Thrift's compact protocol, as Parquet has it in its footer and before its pages.
indirect enum ThriftValue {
    case bool(Bool)
    case int(Int64)
    case double
    case bytes(ArraySlice<UInt8>)
    case list([ThriftValue])
    case structure([Int: ThriftValue])
    case map

    /// Of the outermost structure in the bytes, of anybody's making.
    ///
    /// - Returns: The structure and how many bytes it has; `nil` if it is damaged, is too deep or
    ///   has too many values.
    static func structure(
        in bytes: ArraySlice<UInt8>
    ) -> (value: ThriftValue, byteCount: Int)? {
        var reader = ThriftReader(bytes)
        guard let value = reader.structure(depth: 0) else { return nil }
        return (value, reader.position - bytes.startIndex)
    }

    subscript(_ field: Int) -> ThriftValue? {
        if case .structure(let fields) = self { fields[field] } else { nil }
    }

    /// The only field of a union.
    var choice: (field: Int, value: ThriftValue)? {
        guard case .structure(let fields) = self, let first = fields.first else { return nil }
        return (first.key, first.value)
    }

    var int: Int? { if case .int(let value) = self { Int(exactly: value) } else { nil } }
    var list: [ThriftValue]? { if case .list(let values) = self { values } else { nil } }
    var isTrue: Bool { if case .bool(true) = self { true } else { false } }

    var text: String? {
        if case .bytes(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil }
    }
}

/// Reads values of Thrift one after the other.
private struct ThriftReader {
    private static let depthMax = 16
    private static let valueCountMax = 500_000

    private let bytes: ArraySlice<UInt8>
    private(set) var position: Int
    private var left = valueCountMax

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    private mutating func byte() -> UInt8? {
        guard position < bytes.endIndex else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func number() -> UInt64? {
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while shift < 70 {
            guard let next = byte() else { return nil }
            value |= UInt64(next & 0x7F) << shift
            if next & 0x80 == 0 { return value }
            shift += 7
        }
        return nil
    }

    private mutating func signed() -> Int64? {
        number().map { Int64(bitPattern: $0 >> 1) ^ -Int64($0 & 1) }
    }

    private mutating func skip(_ count: UInt64) -> ArraySlice<UInt8>? {
        guard count <= UInt64(bytes.endIndex - position) else { return nil }
        defer { position += Int(count) }
        return bytes[position..<position + Int(count)]
    }

    mutating func structure(depth: Int) -> ThriftValue? {
        guard depth < Self.depthMax else { return nil }
        var fields: [Int: ThriftValue] = [:]
        var field = 0
        while let head = byte() {
            let type = head & 15
            if type == 0 { return .structure(fields) }
            if head >> 4 == 0 {
                guard let next = signed(), let exact = Int16(exactly: next) else { return nil }
                field = Int(exact)
            } else {
                field += Int(head >> 4)
            }
            // The truth values of fields stand in their types.
            if type == 1 || type == 2 {
                left -= 1
                fields[field] = .bool(type == 1)
            } else {
                guard let value = value(type, depth: depth) else { return nil }
                fields[field] = value
            }
        }
        return nil
    }

    private mutating func value(_ type: UInt8, depth: Int) -> ThriftValue? {
        left -= 1
        guard left > 0 else { return nil }
        switch type {
        case 1, 2: return byte().map { .bool($0 == 1) }
        case 3: return byte().map { .int(Int64(Int8(bitPattern: $0))) }
        case 4, 5, 6: return signed().map { .int($0) }
        case 7: return skip(8).map { _ in .double }
        case 8: return number().flatMap { skip($0) }.map { .bytes($0) }
        case 9, 10:
            guard let head = byte() else { return nil }
            let count = head >> 4 == 15 ? number() : UInt64(head >> 4)
            guard let count, count <= UInt64(left) else { return nil }
            var values: [ThriftValue] = []
            for _ in 0..<count {
                guard let next = value(head & 15, depth: depth + 1) else { return nil }
                values.append(next)
            }
            return .list(values)
        case 11:
            guard let count = number(), count <= UInt64(left), depth < Self.depthMax else {
                return nil
            }
            if count == 0 { return .map }
            guard let types = byte() else { return nil }
            for _ in 0..<count {
                guard value(types >> 4, depth: depth + 1) != nil,
                    value(types & 15, depth: depth + 1) != nil
                else { return nil }
            }
            return .map
        case 12: return structure(depth: depth + 1)
        default: return nil
        }
    }
}
