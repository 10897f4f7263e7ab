import PinTransforms

@testable import PinFormat

extension InvalidVectors {
    private static let critical = Record.critical

    /// Objects whose records are put together field by field.
    static func records() -> [InvalidVector] {
        func sealed(_ kind: ObjectKind, _ fields: [(UInt16, [UInt8])]) -> [UInt8] {
            var writer = ByteWriter()
            Prologue.write(kind, to: &writer)
            writer.append(Record.unchecked(fields))
            return Repair.seal(writer.bytes + [UInt8](repeating: 0, count: 32))
        }
        let config: [(UInt16, [UInt8])] = [
            (1 | critical, Sample.boardID), (2 | critical, [1, 16, 2, 0]),
        ]
        let commit: [(UInt16, [UInt8])] = [
            (1 | critical, u64(2)), (2 | critical, Sample.digest(1).bytes),
            (3 | critical, Sample.commitID), (4 | critical, [1]), (6 | critical, Sample.boardID),
        ]
        func bad(
            _ kind: VectorKind, _ suffix: String, _ why: String, _ fields: [(UInt16, [UInt8])]
        ) -> InvalidVector {
            let bytes =
                switch kind {
                case .config: sealed(.config, fields)
                case .commit: sealed(.commit, fields)
                default: Record.unchecked(fields)
                }
            let name = kind.rawValue.replacing(" ", with: "-")
            return InvalidVector(name: "\(name)-\(suffix)", kind: kind, bytes: bytes, why: why)
        }
        let many = (0..<4_097).map { (UInt16(100 + $0), [UInt8]()) }
        return [
            bad(.config, "critical", "an unknown critical field", config + [(50 | critical, [])]),
            bad(.config, "order", "fields out of order", config.reversed()),
            bad(.config, "twice", "a field twice", config + [(2 | critical, [1, 16, 2, 0])]),
            bad(
                .config, "bit", "a known field without its critical bit",
                [(1, Sample.boardID), config[1]]),
            bad(
                .config, "bit-set", "a known field with a critical bit",
                config + [(9 | critical, u64(1))]),
            bad(.config, "missing", "no chunker", [config[0]]),
            bad(.config, "many", "more than 4,096 fields", config + many),
            bad(
                .config, "board-id", "a board id of 15 bytes",
                [(1 | critical, [UInt8](repeating: 1, count: 15)), config[1]]),
            bad(.config, "parity-zero", "parity of 0 percent", config + [(11, [0])]),
            bad(.config, "parity-over", "parity of 101 percent", config + [(11, [101])]),
            bad(.config, "parity-long", "parity of two bytes", config + [(11, [5, 0])]),
            bad(.config, "algorithm", "chunker 2", [config[0], (2 | critical, [2, 16, 2, 0])]),
            bad(
                .config, "exponent", "an average exponent of 23",
                [config[0], (2 | critical, [1, 23, 2, 0])]),
            bad(
                .config, "normalisation", "normalisation 4",
                [config[0], (2 | critical, [1, 16, 4, 0])]),
            bad(
                .config, "chunker-reserved", "the chunker's last byte is set",
                [config[0], (2 | critical, [1, 16, 2, 1])]),
            bad(
                .config, "single-writer", "a single-writer mark of 0",
                config + [(6 | critical, [0])]),
            bad(.config, "features-empty", "an empty set", config + [(3 | critical, [])]),
            bad(
                .config, "features-order", "a set out of order",
                config + [(3 | critical, u32(2) + u32(2))]),
            bad(.config, "level-default", "level 3 written out", config + [(7, u64(3))]),
            bad(.config, "level", "level 51", config + [(7, u64(51))]),
            bad(.config, "closure-default", "8 closure frames written out", config + [(8, [8])]),
            bad(.config, "closure", "17 closure frames", config + [(8, [17])]),
            bad(.config, "producer-empty", "an empty producer", config + [(10, [])]),
            bad(
                .config, "producer-utf8", "a producer that is not UTF-8",
                config + [(10, [0xC3, 0x28])]),
            bad(
                .config, "producer-long", "a producer of 256 bytes",
                config + [(10, [UInt8](repeating: 65, count: 256))]),
            bad(
                .config, "created-short", "a number of 7 bytes",
                config + [(9, [UInt8](repeating: 0, count: 7))]),
            bad(.commit, "number", "number 0", [(1 | critical, u64(0))] + commit[1...]),
            bad(
                .commit, "previous", "a first commit with a predecessor",
                [(1 | critical, u64(1))] + commit[1...]),
            bad(.commit, "kind", "kind 6", commit[..<3] + [(4 | critical, [6])] + commit[4...]),
            bad(
                .commit, "floor", "a floor above its number", commit + [(7 | critical, u64(3))]),
            bad(
                .commit, "floor-zero", "a floor of 0 written out", commit + [(7 | critical, u64(0))]
            ),
            bad(
                .commit, "boundary", "a log boundary of its predecessor",
                commit + [(8 | critical, u64(1))]),
            bad(
                .commit, "references-empty", "no reference in the field",
                commit + [(9 | critical, [])]),
            bad(
                .commit, "references-cut", "a reference of 71 bytes",
                commit + [(9 | critical, [UInt8](repeating: 0, count: 71))]),
            bad(
                .commit, "references-many", "1,025 references",
                commit + [(9 | critical, [UInt8](repeating: 0, count: 72 * 1_025))]),
            bad(
                .commit, "inline-index", "an inline index that is none",
                commit + [(10 | critical, [1, 2, 3])]),
            bad(
                .commit, "inline-table", "an inline table that is none",
                commit + [(12 | critical, [1, 2, 3])]),
        ] + versions(bad) + rows(bad)
    }

    static func u64(_ value: UInt64) -> [UInt8] { Record.encode { $0.u64(value) } }
    static func u32(_ value: UInt32) -> [UInt8] { Record.encode { $0.u32(value) } }

    typealias BadRecord = (VectorKind, String, String, [(UInt16, [UInt8])]) -> InvalidVector

    private static func versions(_ bad: BadRecord) -> [InvalidVector] {
        let list = (try? ValidVectors.files(1).encoded) ?? []
        let good: [(UInt16, [UInt8])] = [
            (1 | critical, Array("mtcars".utf8)), (2 | critical, Array(Sample.versionName.utf8)),
            (3 | critical, Sample.digest(0).bytes), (4 | critical, [1, 16, 2, 0]),
            (5 | critical, list),
            (7 | critical, u64(5)), (8 | critical, u32(1)),
        ]
        func with(_ place: Int, _ value: [UInt8]) -> [(UInt16, [UInt8])] {
            var fields = good
            fields[place].1 = value
            return fields
        }
        func pin(_ suffix: String, _ name: String) -> InvalidVector {
            bad(
                .versionRecord, "pin-\(suffix)", "a pin name that is not allowed",
                with(0, Array(name.utf8)))
        }
        let stored = u64(4_096) + u32(1) + [1, 0, 0, 0] + Sample.digest(1).bytes
        return [
            pin("dots", ".."), pin("space", "a "), pin("three", "a/b/c"), pin("slash", "/a"),
            pin("backslash", "a\\b"), pin("control", "a\u{85}b"),
            pin("long", String(repeating: "x", count: 256)),
            bad(
                .versionRecord, "version-shape", "a malformed version name",
                with(1, Array("20260102T030405Z-0000G".utf8))),
            bad(.versionRecord, "size", "a size that is not that of the files", with(5, u64(6))),
            bad(.versionRecord, "count", "a count that is not that of the files", with(6, u32(2))),
            bad(.versionRecord, "no-list", "no file list", Array(good[..<4] + good[5...])),
            bad(
                .versionRecord, "both-lists", "two file lists",
                Array(good[..<5]) + [(6 | critical, stored)] + Array(good[5...])),
            bad(
                .versionRecord, "short-list", "a stored list of 4,096 bytes",
                Array(good[..<4]) + [(6 | critical, stored)] + Array(good[5...])),
            bad(.versionRecord, "created-zero", "a time of 0 written out", good + [(9, u64(0))]),
            bad(
                .versionRecord, "title-long", "a title of 4,097 bytes",
                good + [(11, [UInt8](repeating: 65, count: 4_097))]),
            bad(.versionRecord, "tags-empty", "an empty list of tags", good + [(13, u32(0))]),
            bad(
                .versionRecord, "tags-many", "10,001 tags",
                good + [(13, u32(10_001) + [UInt8](repeating: 0, count: 40_004))]),
            bad(
                .versionRecord, "tags-trailing", "bytes after the tags",
                good + [(13, u32(1) + u32(1) + [65, 66])]),
            bad(
                .versionRecord, "metadata-utf8", "user metadata that is not UTF-8",
                good + [(15, [0xFF])]),
            bad(.versionRecord, "chunks-zero", "a count of 0 written out", good + [(22, u64(0))]),
        ]
    }

    private static func rows(_ bad: BadRecord) -> [InvalidVector] {
        let pack: [(UInt16, [UInt8])] = [
            (1 | critical, [0]), (2 | critical, u64(238)), (3 | critical, u32(72)),
            (4 | critical, Sample.digest(1).bytes), (5 | critical, u32(1)),
        ]
        let names = Sample.name(1, 2).bytes
        let version = Array(Sample.versionName.utf8)
        return [
            bad(.packRow, "status", "status 3", [(1 | critical, [3])] + pack[1...]),
            bad(
                .packRow, "large", "a pack of more than 256 MiB",
                [pack[0], (2 | critical, u64(1 << 28 + 1))] + pack[2...]),
            bad(
                .packRow, "footer", "a footer longer than the pack has room for",
                pack[..<2] + [(3 | critical, u32(111))] + pack[3...]),
            bad(
                .packRow, "session", "a session of 15 bytes",
                pack + [(9, [UInt8](repeating: 1, count: 15))]),
            bad(.packRow, "lost", "lost that is not 1", pack + [(12, [0])]),
            bad(.packRow, "raw-zero", "0 raw bytes written out", pack + [(6, u64(0))]),
            bad(
                .versionRow, "packs-order", "packs twice",
                [(1 | critical, [1]), (2 | critical, names + names)]),
            bad(
                .versionRow, "packs-cut", "a pack name of 23 bytes",
                [(1 | critical, [1]), (2 | critical, Array(names.dropLast()))]),
            bad(.versionRow, "no-packs", "no packs", [(1 | critical, [1])]),
            bad(
                .pinRow, "latest", "no latest version",
                [(2 | critical, u64(1)), (7 | critical, u64(1))]),
            bad(.pinRow, "size", "no size", [(1 | critical, version), (2 | critical, u64(1))]),
            bad(
                .labelRow, "version", "a label that points at a label",
                [(1 | critical, Array("best".utf8))]),
            bad(
                .labelRow, "critical", "an unknown critical field",
                [(1 | critical, version), (2 | critical, [])]),
        ]
    }

    static func nodesAndLists(
        bad: (String, String, String, (inout [UInt8]) -> Void) throws -> Void
    ) throws -> [InvalidVector] {
        try bad("latest", "zero", "commit 0") { $0[16] = 0 }
        try bad("node", "level", "level 8") { $0[0] = 8 }
        try bad("node", "reserved", "a reserved byte is set") { $0[1] = 1 }
        try bad("node", "count", "an entry too many") { $0[4] = 2 }
        try bad("node-full", "count", "257 entries") { $0[4] = 1 }
        try bad("node", "trailing", "a byte after the entries") { $0.append(0) }
        try bad("node", "zero", "a chunk of no bytes") {
            $0.replaceSubrange(40..<44, with: [0, 0, 0, 0])
        }
        try bad("node", "large", "a chunk of more than 16 MiB") { $0[43] = 2 }
        try bad("node-empty", "inner", "an inner node without entries") { $0[0] = 1 }
        try bad("node-closed", "open", "a node that goes on where it must end") { bytes in
            bytes[4] = 17
            bytes += bytes[8..<44]
        }
        try bad("node-inner", "chunks", "more chunks than bytes") { $0[8 + 48 + 47] = 0x7F }
        try bad("node-inner", "bytes", "more bytes than its chunks can have") {
            $0[8 + 32 + 7] = 0x7F
        }
        // The only entry: path length at 4, path at 8, size at 10, shape at 18, flags at 19.
        try bad("file-list", "count", "an entry too many") { $0[0] = 2 }
        try bad("file-list", "trailing", "a byte after the entries") { $0.append(0) }
        try bad("file-list", "path-empty", "a path of no bytes") { bytes in
            bytes[4] = 0
            bytes.removeSubrange(8..<10)
            bytes += [0, 0]
        }
        try bad("file-list", "path-utf8", "a path that is not UTF-8") { $0[8] = 0xFF }
        try bad("file-list", "path-dots", "a path of two dots") {
            $0.replaceSubrange(8..<10, with: [46, 46])
        }
        try bad("file-list", "path-absolute", "a path from the root") { $0[8] = 47 }
        try bad("file-list", "path-nul", "a NUL in a path") { $0[9] = 0 }
        try bad("file-list", "path-backslash", "a backslash in a path") { $0[9] = 92 }
        try bad("file-list", "shape", "shape 3") { $0[18] = 3 }
        try bad("file-list", "shape-empty", "an empty file with a size") { $0[18] = 0 }
        try bad("file-list", "shape-size", "a file of one chunk without bytes") { $0[10] = 0 }
        try bad("file-list", "flags", "an unknown flag") { $0[19] = 2 }
        try bad("file-list", "reserved", "a reserved byte is set") { $0[20] = 1 }
        try bad("file-list", "flat", "a flat digest that is not there") { $0[19] = 1 }
        try bad("file-list-mixed", "order", "paths out of order") { $0[8] = 0x63 }
        try bad("file-list", "large", "a size of more than 63 bits") { bytes in
            bytes[17] = 0x80
            bytes[18] = 2
        }
        return []
    }
}
