import PinTransforms

@testable import PinFormat

/// One valid object.
struct Vector {
    let name: String
    let kind: VectorKind
    let bytes: [UInt8]
    /// Whether no libzstd was needed, so that every generator makes the same bytes.
    var isReproducible = true
}

/// One object that must be refused, and how.
struct InvalidVector {
    let name: String
    let kind: VectorKind
    let bytes: [UInt8]
    let why: String
}

/// Fixed values that vectors are made of.
enum Sample {
    static let boardID = Array(UInt8(0x10)...0x1F)
    static let commitID = Array(UInt8(0x20)...0x2F)
    static let created: Int64 = 1_700_000_000

    static func name(_ base: UInt64, _ fill: UInt8) -> ObjectName {
        ObjectName(base: base, random: [UInt8](repeating: fill, count: 16))
    }

    static func digest(_ fill: UInt8) -> Digest {
        Digest(bytes: [UInt8](repeating: fill, count: 32))
    }

    static let versionName = "20260102T030405Z-00000"

    static func header(
        _ codec: FrameCodec = .raw, _ filter: FrameFilter = .none, raw: Int = 100,
        kind: FrameKind = .chunk
    ) -> FrameHeader {
        FrameHeader(kind: kind, codec: codec, filter: filter, rawByteCount: raw)
    }

    static func delta(_ bases: Int, raw: Int = 100) throws -> FrameHeader {
        try FrameHeader(deltaOf: Array(repeating: header(), count: bases), rawByteCount: raw)
    }

    static func metadata() -> VersionMetadata {
        VersionMetadata(
            createdSeconds: created, type: "csv", title: "Mtcars", description: "Road tests",
            tags: ["cars", "ünïcode"], urls: ["https://example.org/a"],
            userJSON: Array(#"{"b":1, "a":[true]}"#.utf8), originJSON: Array(#"{"x":"y"}"#.utf8))
    }
}

extension Record {
    /// A record of fields in the order given, even a wrong one.
    static func unchecked(_ fields: [(UInt16, [UInt8])]) -> [UInt8] {
        encode { writer in
            for (tag, value) in fields {
                writer.u16(tag)
                writer.counted(value)
            }
        }
    }
}
