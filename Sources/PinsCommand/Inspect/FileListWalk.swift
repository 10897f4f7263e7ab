import PinFormat

/// Shows the files of a version (FORMAT.md §7.6).
enum FileListWalk {
    private static let section = "7.6"

    /// An encoded list that fills `range`.
    static func list(_ dump: FieldDump, _ range: Range<Int>) throws(FormatError) {
        var reader = dump.reader(range, section: section)
        let count = try dump.u32("count", &reader)
        for _ in 0..<count {
            try dump.take(
                "path", &reader,
                { (reader) throws(FormatError) in try reader.text(limit: Limits.pathByteCount) }
            ) { "\"\($0)\"" }
            try dump.u64("size", &reader)
            let shape = try dump.u8("shape", &reader)
            let flags = try dump.u8("flags", &reader)
            try dump.reserved(2, &reader)
            try digest(dump, shape, &reader)
            if flags & 1 == 1 { try dump.digest("flat digest", &reader) }
        }
        try reader.finish()
    }

    /// The place of a list that is stored like a file.
    static func stored(_ dump: FieldDump, _ range: Range<Int>) throws(FormatError) {
        var reader = dump.reader(range, section: section)
        try dump.u64("byte count", &reader)
        try dump.u32("file count", &reader)
        let shape = try dump.u8("shape", &reader)
        try dump.reserved(3, &reader)
        try digest(dump, shape, &reader)
        try reader.finish()
    }

    private static func digest(
        _ dump: FieldDump, _ shape: UInt8, _ reader: inout ByteReader
    ) throws(FormatError) {
        switch shape {
        case 0: break
        case 1: try dump.digest("chunk digest", &reader)
        case 2: try dump.digest("manifest root", &reader)
        default:
            throw reader.error(.invalidValue, "shape \(shape) is not defined")
        }
    }
}
