public import PinEngine
public import Pins

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// JSON of any Codable value, as `pin_write(type = "json")` of pins for Python and R.
///
///     try await board.write(["a": [1, 2]], to: "numbers", as: .json())
///     let numbers = try await board.read("numbers", as: .json([String: [Int]].self))
///
/// Keys are sorted, so that equal values have equal bytes; dates are RFC 3339 texts.
public struct JSONPinCoder<Value: Codable>: PinCoder {
    public init(_: Value.Type = Value.self) {}

    public var type: String { "json" }

    public func encode(_ value: Value) throws(EngineError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        do {
            return Array(try encoder.encode(value))
        } catch {
            throw EngineError(.usage, "the value cannot be written as JSON: \(error)")
        }
    }

    public func decode(_ bytes: [UInt8]) throws(EngineError) -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            return try decoder.decode(Value.self, from: Data(bytes))
        } catch {
            throw EngineError(.corrupt, "the JSON is not of type \(Value.self): \(error)")
        }
    }
}

extension PinCoder {
    /// JSON of a Codable value.
    public static func json<Element: Codable>(
        _ type: Element.Type = Element.self
    ) -> JSONPinCoder<Element> where Self == JSONPinCoder<Element> { JSONPinCoder() }
}
