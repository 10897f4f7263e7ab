/// The names and types of the fields of every record (FORMAT.md §7), for `pins inspect`.
struct RecordFields {
    /// How the bytes of a field are to be read.
    enum Kind {
        case u8, u32, u64, i64, time
        case digest, bytes, text, texts, numbers, json
        case chunker, packStatus, commitKind
        /// 72 bytes for each segment.
        case segments
        case indexSegment, tableSegment, sketchSegment
        case versionRecord, fileList, storedFileList
        /// 24 bytes for each pack.
        case packNames
    }

    let names: [UInt16: (name: String, kind: Kind)]

    private init(_ names: [UInt16: (name: String, kind: Kind)]) { self.names = names }

    /// §7.1.
    static let config = RecordFields([
        1: ("board id", .bytes), 2: ("chunker", .chunker), 3: ("features to read", .numbers),
        4: ("features to write", .numbers), 5: ("features to collect", .numbers),
        6: ("single writer", .u8), 7: ("level", .i64), 8: ("closure frames", .u8),
        9: ("created", .time), 10: ("producer", .text), 11: ("parity", .u8),
    ])

    /// §7.8.
    static let commit = RecordFields([
        1: ("sequence number", .u64), 2: ("previous", .digest), 3: ("commit id", .bytes),
        4: ("kind", .commitKind), 5: ("time", .time), 6: ("board id", .bytes),
        7: ("orphan floor", .u64), 8: ("log boundary", .u64), 9: ("index segments", .segments),
        10: ("inline index", .indexSegment), 11: ("table segments", .segments),
        12: ("inline table", .tableSegment), 13: ("features to read", .numbers),
        14: ("features to write", .numbers), 15: ("features to collect", .numbers),
        16: ("producer", .text), 17: ("sketch segments", .segments),
        18: ("inline sketches", .sketchSegment),
    ])

    /// §7.6, tags 9–15 and 19, which pin rows repeat.
    private static let metadata: [UInt16: (name: String, kind: Kind)] = [
        9: ("created", .time), 10: ("type", .text), 11: ("title", .text),
        12: ("description", .text), 13: ("tags", .texts), 14: ("urls", .texts),
        15: ("user metadata", .json), 19: ("origin", .json),
    ]

    /// §7.6.
    static let version = RecordFields(
        metadata.merging([
            1: ("pin name", .text), 2: ("version name", .text), 3: ("pin_hash", .digest),
            4: ("chunker", .chunker), 5: ("files", .fileList), 6: ("file list", .storedFileList),
            7: ("size", .u64), 8: ("file count", .u32), 16: ("parent", .text),
            17: ("parent digest", .digest), 18: ("producer", .text), 20: ("new chunks", .u64),
            21: ("new bytes", .u64), 22: ("chunks", .u64),
        ]) { $1 })

    /// §7.5.
    static let packRow = RecordFields([
        1: ("status", .packStatus), 2: ("byte count", .u64), 3: ("footer length", .u32),
        4: ("footer digest", .digest), 5: ("frame count", .u32), 6: ("raw bytes", .u64),
        7: ("since", .u64), 8: ("time", .time), 9: ("session", .bytes),
        12: ("lost", .u8),
    ])

    /// §7.5.
    static let pinRow = RecordFields(
        metadata.merging([
            1: ("latest version", .text), 2: ("versions", .u64), 7: ("size", .u64),
        ]) { $1 })

    /// §7.5.
    static let versionRow = RecordFields([
        1: ("version record", .versionRecord), 2: ("packs", .packNames),
    ])

    /// §7.5.
    static let labelRow = RecordFields([1: ("version name", .text)])
}
