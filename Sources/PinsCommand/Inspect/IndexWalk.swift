import PinFormat
import PinTransforms

/// Shows an index segment, alone or inline (FORMAT.md §7.4).
enum IndexWalk {
    private static let section = "7.4"

    /// The segment that fills `range`.
    static func segment(_ dump: FieldDump, _ range: Range<Int>) throws(FormatError) {
        let content = try EnvelopeWalk.content(dump, range, section: section)
        var reader = dump.reader(content, section: section)
        try EnvelopeWalk.prologue(dump, &reader)
        try dump.u64("entry count", &reader)
        try dump.u32("pack count", &reader)
        try dump.u32("base count", &reader)
        try dump.u8("fan-out bits", &reader)
        try dump.reserved(23, &reader)
        try dump.checksum("table CRC", &reader)
        try dump.checksum("header CRC", &reader)
        let segment = range.count == dump.bytes.count ? dump.bytes : Array(dump.bytes[range])
        let layout = try IndexSegmentLayout(
            header: segment, byteCount: segment.count, .standard)
        for number in 0..<layout.packCount { try dump.objectName("pack \(number)", &reader) }
        for bucket in 0..<1 << layout.fanoutBitCount {
            try dump.u32("bucket \(bucket) end", &reader)
            try dump.checksum("bucket \(bucket) CRC", &reader)
        }
        for number in 0..<layout.entryCount {
            let start = reader.offset
            let entry = try IndexEntry(segment, at: start - range.lowerBound, layout)
            _ = try reader.take(IndexSegmentLayout.entryByteCount)
            let frame = FrameText.text(entry.header, entry.storedByteCount)
            dump.add(
                start..<reader.offset, section, "entry \(number)",
                "\(entry.digest.hex) in pack \(entry.pack) at \(entry.offset): \(frame)"
                    + (entry.header.baseCount == 0 ? "" : ", first base \(entry.firstBase)"))
        }
        for number in 0..<layout.baseCount { try dump.digest("base \(number)", &reader) }
        try EnvelopeWalk.seal(dump, range)
    }
}

/// What is said about a frame wherever it is listed.
enum FrameText {
    static func text(_ header: FrameHeader, _ storedByteCount: Int) -> String {
        var text = "\(header.kind), \(header.codec), "
        text += "\(header.rawByteCount) bytes in \(storedByteCount)"
        if header.filter != .none { text += ", filter \(header.filter)" }
        if header.baseCount > 0 {
            text +=
                ", depth \(header.depth), closure \(header.closureFrameCount), "
                + "\(header.baseCount) bases"
        }
        return text
    }
}
