import PinFormat
import PinTransforms

/// Shows the parity of a pack (FORMAT.md §7.10).
enum ParityWalk {
    private static let section = "7.10"

    static func parity(_ dump: FieldDump) throws(FormatError) {
        var reader = dump.reader(section: "2.5")
        try EnvelopeWalk.prologue(dump, &reader)
        let found = try ParityDescription(dump.bytes, at: Prologue.byteCount, .standard)
        let layout = found.layout
        try description(dump, found, at: Prologue.byteCount)
        for (number, checksum) in found.parityChecksums.enumerated() {
            let range = layout.range(ofParityBlock: number)
            guard range.upperBound <= dump.bytes.count else {
                throw FormatError(
                    .truncated, section: section, offset: dump.bytes.count,
                    "parity block \(number) is not whole")
            }
            let sum = Checksums.standard.crc32c(dump.bytes, range, 0)
            dump.add(
                range, section, "parity block \(number)",
                "row \(number / layout.groupCount) of group \(number % layout.groupCount), "
                    + "checksum \(sum == checksum ? "matches" : "does not match")")
        }
        try description(dump, found, at: layout.copyOffset)
        reader = dump.reader(
            min(
                layout.copyOffset + layout.descriptionByteCount, dump.bytes.count)..<dump.bytes
                .count, section: section)
        try dump.u32("description length", &reader)
        guard reader.remaining == Prologue.sealByteCount else { return }
        try EnvelopeWalk.seal(dump, 0..<dump.bytes.count)
    }

    private static func description(
        _ dump: FieldDump, _ found: ParityDescription, at offset: Int
    ) throws(FormatError) {
        let layout = found.layout
        let range = offset..<offset + layout.descriptionByteCount
        guard range.upperBound <= dump.bytes.count else {
            throw FormatError(
                .truncated, section: section, offset: dump.bytes.count,
                "the description is not whole")
        }
        let text =
            "\(layout.blockCount) blocks of \(layout.blockByteCount) bytes in "
            + "\(layout.groupCount == 1 ? "1 group" : "\(layout.groupCount) groups"), "
            + "\(layout.rowCount) parity blocks each"
        try dump.group(range, section, "description", text) { () throws(FormatError) in
            var reader = dump.reader(range, section: section)
            try dump.objectName("name", &reader)
            try dump.u64("pack length", &reader)
            try dump.u32("rows", &reader)
            try dump.digest("pack digest", &reader)
            for number in 0..<layout.blockCount { try dump.checksum("block \(number)", &reader) }
            for number in 0..<layout.parityBlockCount {
                try dump.checksum("parity block \(number)", &reader)
            }
            try dump.checksum("CRC-32C", &reader)
        }
    }
}
