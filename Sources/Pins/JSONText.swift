internal import PinEngine

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Checks of JSON that users give as metadata; it is stored as it came, never re-serialised.
enum JSONText {
    /// A value that is only looked at for being well-formed.
    private struct Anything: Decodable {
        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }

            init(stringValue: String) { self.stringValue = stringValue }

            init?(intValue: Int) { return nil }
        }

        let isObject: Bool

        init(from decoder: any Decoder) throws {
            isObject = (try? decoder.container(keyedBy: Key.self)) != nil
        }
    }

    /// Throws unless the bytes are a JSON object.
    static func checkObject(_ bytes: [UInt8]) throws(EngineError) {
        guard let value = try? JSONDecoder().decode(Anything.self, from: Data(bytes)),
            value.isObject
        else {
            throw EngineError(
                .usage,
                "the metadata is not a JSON object; give something like '{\"source\": \"survey\"}'")
        }
    }
}
