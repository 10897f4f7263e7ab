/// Writing a segment, and reading it whole (FORMAT.md §7.4).
public enum IndexSegment {
    /// Encodes a segment.
    ///
    /// - Parameter places: In the order of ``FramePlace/isOrderedBefore(_:_:)``, no two equal.
    /// - Complexity: O(*n*).
    public static func encode(_ places: [FramePlace], _ checksums: Checksums) -> [UInt8] {
        let packs = Set(places.map(\.pack)).sorted()
        let ordinals = Dictionary(uniqueKeysWithValues: packs.enumerated().map { ($1, $0) })
        let layout = IndexSegmentLayout(
            entryCount: places.count, packCount: packs.count,
            baseCount: places.reduce(0) { $0 + $1.bases.count })
        let entries = encodeEntries(places, ordinals)
        let tables = encodeTables(places, packs, entries, layout, checksums)
        var writer = ByteWriter(reserving: layout.byteCount)
        writeHeader(layout, tables: tables, checksums, to: &writer)
        writer.append(tables)
        writer.append(entries)
        for place in places { place.bases.forEach { writer.digest($0) } }
        checksums.seal(&writer)
        return writer.bytes
    }

    static func writeHeader(
        _ layout: IndexSegmentLayout, tables: [UInt8], _ checksums: Checksums,
        to writer: inout ByteWriter
    ) {
        Prologue.write(.indexSegment, to: &writer)
        writer.u64(UInt64(layout.entryCount))
        writer.u32(UInt32(layout.packCount))
        writer.u32(UInt32(layout.baseCount))
        writer.u8(UInt8(layout.fanoutBitCount))
        writer.zeros(23)
        writer.u32(checksums.crc32c(tables, 0..<tables.count, 0))
        writer.u32(checksums.crc32c(writer.bytes, 0..<60, 0))
    }

    private static func encodeEntries(
        _ places: [FramePlace], _ ordinals: [ObjectName: Int]
    ) -> [UInt8] {
        var writer = ByteWriter(reserving: places.count * IndexSegmentLayout.entryByteCount)
        var firstBase: UInt32 = 0
        for (index, place) in places.enumerated() {
            precondition(
                index == 0 || FramePlace.isOrderedBefore(places[index - 1], place),
                "places are in order")
            writer.digest(place.digest)
            writer.u32(UInt32(ordinals[place.pack] ?? 0))
            writer.u32(UInt32(place.offset))
            writer.u32(UInt32(place.storedByteCount))
            writer.u32(UInt32(place.header.rawByteCount))
            place.header.writeForm(to: &writer)
            writer.u32(place.bases.isEmpty ? 0 : firstBase)
            firstBase += UInt32(place.bases.count)
        }
        return writer.bytes
    }

    private static func encodeTables(
        _ places: [FramePlace], _ packs: [ObjectName], _ entries: [UInt8],
        _ layout: IndexSegmentLayout, _ checksums: Checksums
    ) -> [UInt8] {
        var writer = ByteWriter()
        for pack in packs { writer.append(pack.bytes) }
        let size = IndexSegmentLayout.entryByteCount
        var start = 0
        for bucket in 0..<1 << layout.fanoutBitCount {
            var end = start
            while end < places.count, layout.bucket(of: places[end].digest) == bucket { end += 1 }
            writer.u32(UInt32(end))
            writer.u32(checksums.crc32c(entries, start * size..<end * size, 0))
            start = end
        }
        return writer.bytes
    }

    /// Decodes and checks everything: seal, CRCs, order, buckets, bases.
    ///
    /// - Complexity: O(*n*) time and memory.
    public static func decode(
        _ bytes: [UInt8], _ checksums: Checksums
    ) throws(FormatError) -> [FramePlace] {
        let section = IndexSegmentLayout.section
        let layout = try IndexSegmentLayout(
            header: bytes, byteCount: bytes.count, checksums)
        try checksums.checkSeal(bytes, .indexSegment)
        let tables = try IndexSegmentTables(bytes, layout, checksums)
        var bases = ByteReader(
            bytes, layout.basesOffset..<bytes.count - Prologue.sealByteCount, section: section)
        var places: [FramePlace] = []
        places.reserveCapacity(layout.entryCount)
        var used = [Bool](repeating: false, count: layout.packCount)
        var firstBase = 0
        for bucket in 0..<1 << layout.fanoutBitCount {
            let range = tables.byteRange(ofBucket: bucket)
            guard
                Check.bucketChecksum.isOff
                    || checksums.crc32c(bytes, range, 0) == tables.checksum(ofBucket: bucket)
            else {
                throw FormatError(
                    .checksumMismatch, section: section, offset: range.lowerBound,
                    "the CRC of bucket \(bucket) does not match")
            }
            for offset in stride(
                from: range.lowerBound, to: range.upperBound,
                by: IndexSegmentLayout.entryByteCount)
            {
                let entry = try IndexEntry(bytes, at: offset, layout)
                used[entry.pack] = true
                guard entry.firstBase == (entry.header.baseCount == 0 ? 0 : firstBase),
                    layout.bucket(of: entry.digest) == bucket
                else {
                    throw FormatError(
                        .notCanonical, section: section, offset: offset,
                        "an entry is not where it must be")
                }
                firstBase += entry.header.baseCount
                var found: [Digest] = []
                for _ in 0..<entry.header.baseCount { found.append(try bases.digest()) }
                let place = FramePlace(
                    digest: entry.digest, pack: tables.packs[entry.pack], offset: entry.offset,
                    storedByteCount: entry.storedByteCount, header: entry.header, bases: found)
                if let last = places.last, !FramePlace.isOrderedBefore(last, place) {
                    throw FormatError(
                        .notCanonical, section: section, offset: offset, "entries are not in order")
                }
                places.append(place)
            }
        }
        try bases.finish()
        guard !used.contains(false) else {
            throw FormatError(.notCanonical, section: section, "a pack of the table is not used")
        }
        return places
    }
}
