import PinTransforms

@testable import PinFormat

/// A kind of object that vectors exist for, with its decoder and encoder.
enum VectorKind: String, CaseIterable {
    case config
    case pack
    case node
    case indexSegment = "index segment"
    case tableSegment = "table segment"
    case sketchSegment = "sketch segment"
    case packRow = "pack row"
    case versionRow = "version row"
    case pinRow = "pin row"
    case labelRow = "label row"
    case versionRecord = "version record"
    case fileList = "file list"
    case latest
    case commit
    case parity

    /// Decodes strictly, encodes again.
    func reencoded(_ bytes: [UInt8]) throws -> [UInt8] {
        switch self {
        case .config: try BoardConfig(bytes, .standard).encoded(.standard)
        case .pack: try PackContents(bytes).encoded
        case .node: try ManifestNode(bytes).encoded
        case .indexSegment:
            IndexSegment.encode(try IndexSegment.decode(bytes, .standard), .standard)
        case .tableSegment:
            TableSegment.encode(try TableSegment.decode(bytes, .standard), .standard)
        case .sketchSegment:
            SketchSegment.encode(try SketchSegment.decode(bytes, .standard), .standard)
        case .packRow: try PackRow(bytes).encoded
        case .versionRow: try VersionRow(bytes).encoded
        case .pinRow: try PinRow(bytes).encoded
        case .labelRow: try LabelRow(bytes).encoded
        case .versionRecord: try VersionRecord(bytes).encoded
        case .fileList: try FileList(bytes).encoded
        case .latest: try LatestRecord(bytes, .standard).encoded(.standard)
        case .commit: try Self.reencodedCommit(bytes)
        case .parity: try PackParity(bytes, .standard).encoded(.standard)
        }
    }

    private static func reencodedCommit(_ bytes: [UInt8]) throws -> [UInt8] {
        var commit = try CommitRecord(bytes, .standard)
        commit.inlineIndex = try commit.inlineIndex.map {
            try VectorKind.indexSegment.reencoded($0)
        }
        commit.inlineTable = try commit.inlineTable.map {
            try VectorKind.tableSegment.reencoded($0)
        }
        commit.inlineSketches = try commit.inlineSketches.map {
            try VectorKind.sketchSegment.reencoded($0)
        }
        return commit.encoded(.standard)
    }

    /// What the bytes say, with the names that FORMAT.md has for the fields.
    func fields(_ bytes: [UInt8]) throws -> JSON {
        switch self {
        case .config: .object(Describe.config(try BoardConfig(bytes, .standard)))
        case .pack: .object(Describe.pack(try PackContents(bytes)))
        case .node: .object(Describe.node(try ManifestNode(bytes)))
        case .indexSegment: .object(Describe.index(try IndexSegment.decode(bytes, .standard)))
        case .tableSegment:
            .object([("rows", Describe.rows(try TableSegment.decode(bytes, .standard)))])
        case .sketchSegment:
            .object(Describe.sketches(try SketchSegment.decode(bytes, .standard)))
        case .packRow: .object(Describe.packRow(try PackRow(bytes)))
        case .versionRow: .object(Describe.versionRow(try VersionRow(bytes)))
        case .pinRow: .object(Describe.pinRow(try PinRow(bytes)))
        case .labelRow: .object(Describe.labelRow(try LabelRow(bytes)))
        case .versionRecord:
            .object(
                Describe.version(try VersionRecord(bytes))
                    + [("version digest", .hex(digest(bytes, .version).bytes))])
        case .fileList: .object(Describe.fileList(try FileList(bytes)))
        case .latest: .object(Describe.latest(try LatestRecord(bytes, .standard)))
        case .commit:
            .object(
                try Describe.commit(try CommitRecord(bytes, .standard))
                    + [("commit digest", .hex(digest(Array(bytes.dropLast(32)), .commit).bytes))])
        case .parity:
            .object(Describe.parity(try PackParity(bytes, .standard).description))
        }
    }

    /// Where checksums stand that cover other bytes, so that a change can be made good (inner
    /// first).
    func repaired(_ bytes: [UInt8]) -> [UInt8] {
        switch self {
        case .config, .latest, .commit: Repair.seal(bytes)
        case .pack: Repair.pack(bytes)
        case .parity: Repair.parity(bytes)
        case .indexSegment: Repair.index(bytes)
        case .tableSegment, .sketchSegment: Repair.table(bytes)
        default: bytes
        }
    }
}
