import PinFormat
import PinTransforms

/// Shows a pack: header, frames, footer, trailer (FORMAT.md §7.2).
enum PackWalk {
    private static let section = "7.2"
    /// The magic of the frame that holds the footer.
    private static let footerMagic: [UInt8] = [0x52, 0x2A, 0x4D, 0x18]

    static func pack(_ dump: FieldDump) throws(FormatError) {
        let bytes = dump.bytes
        var reader = dump.reader(section: section)
        try header(dump, &reader)
        _ = try PackHeader(bytes)
        var offset = PackHeader.byteCount
        var number = 0
        while !bytes[offset...].starts(with: footerMagic) {
            let start = offset
            let (record, end) = try FrameRecord.decode(bytes, at: start, .standard)
            let text = FrameText.text(record.header, end - start) + ", CRC matches"
            try dump.group(start..<end, section, "frame \(number)", text) {
                () throws(FormatError) in
                try frame(dump, start, record)
            }
            (offset, number) = (end, number + 1)
        }
        try end(dump, footerOffset: offset)
    }

    private static func header(
        _ dump: FieldDump, _ reader: inout ByteReader
    ) throws(FormatError) {
        try dump.checksum("skippable magic", &reader)
        try dump.u32("length", &reader)
        try dump.hex("magic", 8, &reader)
        try dump.u16("epoch", &reader)
        try dump.take("content", &reader, { (reader) throws(FormatError) in try reader.u8() }) {
            "\($0) \(PackHeader.Content(rawValue: $0).map { "\($0)" } ?? "not defined")"
        }
        try dump.u8("suite", &reader)
        try dump.hex("reserved", 4, &reader)
        try dump.objectName("name", &reader)
        try dump.hex("key id", 16, &reader)
    }

    private static func frame(
        _ dump: FieldDump, _ start: Int, _ record: FrameRecord
    ) throws(FormatError) {
        var reader = dump.reader(start..<record.frame.lowerBound, section: section)
        try dump.checksum("skippable magic", &reader)
        try dump.u32("length", &reader)
        try dump.u8("form", &reader)
        try dump.u8("depth", &reader)
        try dump.u8("closure frames", &reader)
        try dump.u8("base count", &reader)
        try dump.u32("raw length", &reader)
        try dump.u32("frame length", &reader)
        try dump.checksum("CRC-32C", &reader)
        for _ in record.bases { try dump.digest("base", &reader) }
        if reader.remaining == 8 {
            try dump.checksum("skippable magic", &reader)
            try dump.u32("length", &reader)
        }
        dump.add(record.frame, "6.1", "zstd frame", "\(record.frame.count) bytes")
    }

    private static func end(_ dump: FieldDump, footerOffset: Int) throws(FormatError) {
        let bytes = dump.bytes
        let tail = bytes.count - PackTrailer.byteCount
        guard tail >= footerOffset else {
            throw FormatError(
                .truncated, section: section, offset: bytes.count, "the pack has no trailer")
        }
        let trailer = try PackTrailer(bytes, at: tail, packByteCount: bytes.count)
        guard trailer.footerOffset == footerOffset else {
            throw FormatError(
                .invalidValue, section: section, offset: tail,
                "the trailer says the footer is at \(trailer.footerOffset), it is at "
                    + "\(footerOffset)"
            )
        }
        let place = footerOffset..<tail
        let footer = try PackFooter(Array(bytes[place]), trailer, .standard)
        try dump.group(place, section, "footer", "\(footer.entries.count) frames") {
            () throws(FormatError) in
            for (number, entry) in footer.entries.enumerated() {
                let start = footerOffset + 16 + 52 * number
                dump.add(
                    start..<start + 52, section, "entry \(number)",
                    "\(entry.digest.hex) at \(entry.offset): "
                        + FrameText.text(entry.header, entry.storedByteCount))
            }
            let text =
                footerOffset + 16 + 52 * footer.entries.count
                + 32 * footer.entries.reduce(0) { $0 + $1.bases.count }
            dump.add(text..<tail, section, "producer", "\"\(footer.producer)\"")
        }
        var reader = dump.reader(tail..<bytes.count, section: section)
        try dump.checksum("skippable magic", &reader)
        try dump.u32("length", &reader)
        try dump.u64("footer offset", &reader)
        try dump.u32("footer length", &reader)
        try dump.u32("frame count", &reader)
        try dump.digest("footer digest", &reader)
        try dump.hex("magic", 8, &reader)
    }
}
