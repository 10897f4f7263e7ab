internal import PinEngine

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// What another board recorded of a version that was copied from it: kept with the copy, so that
/// the version comes back the same in every field (FORMAT.md §7.6, origin).
public struct VersionOrigin: Sendable, Hashable, Codable {
    /// ``BoardForm/layout`` of the other board.
    public var layout: String
    /// The version's name there.
    public var version: String
    /// Its `pin_hash` there.
    public var pinHash: String
    /// Its metadata file as it stood, for layouts that have one.
    public var dataText: String?

    private enum CodingKeys: String, CodingKey {
        case layout, version
        case pinHash = "pin_hash"
        case dataText = "data_txt"
    }

    public init(layout: String, version: String, pinHash: String, dataText: String? = nil) {
        self.layout = layout
        self.version = version
        self.pinHash = pinHash
        self.dataText = dataText
    }

    /// Reads an origin out of a version's metadata; `nil` if there is none, or one that this
    /// program does not understand.
    public init?(json: [UInt8]?) {
        guard let json,
            let origin = try? JSONDecoder().decode(VersionOrigin.self, from: Data(json))
        else { return nil }
        self = origin
    }

    /// The JSON that stands in a version's metadata.
    public var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else {
            preconditionFailure("texts can be encoded")
        }
        return Array(data)
    }
}
