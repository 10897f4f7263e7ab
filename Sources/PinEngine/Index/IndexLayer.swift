internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// One index segment, looked up in place: its tables are in memory, its entries are not
/// (FORMAT.md §7.4).
final class IndexLayer: Sendable {
    private let object: any LocalObject
    /// Its key, for messages.
    let name: String
    let tables: IndexSegmentTables
    /// Asked by whoever asks for the entries of a digest.
    let filter: DigestFilter

    /// - Parameters:
    ///   - object: The segment.
    ///   - name: Its key, for messages.
    init(_ object: any LocalObject, object name: String) throws(EngineError) {
        self.object = object
        self.name = name
        let header = try object.segmentBytes(
            in: 0..<IndexSegmentLayout.headerByteCount, of: name, section: "7.4")
        let layout = try Self.decoded(name) { () throws(FormatError) in
            try IndexSegmentLayout(header: header, byteCount: object.byteCount, .standard)
        }
        let bytes = try object.segmentBytes(
            in: 0..<layout.tablesByteCount, of: name, section: "7.4")
        tables = try Self.decoded(name) { () throws(FormatError) in
            try IndexSegmentTables(bytes, layout, .standard)
        }
        filter = DigestFilter(layout)
    }

    /// How many entries the segment has.
    var entryCount: Int { tables.layout.entryCount }

    /// The entries of a digest, each with its ordinal in the segment.
    ///
    /// - Complexity: one read of a bucket, about 64 entries, unless the filter knows it.
    func entries(_ digest: Digest) throws(EngineError) -> [(ordinal: Int, entry: IndexEntry)] {
        var found: [(ordinal: Int, entry: IndexEntry)] = []
        guard DigestFilters([filter]).mayHave(digest) != 0 else { return found }
        try forEachEntry(of: digest) { ordinal, entry in found.append((ordinal, entry)) }
        return found
    }

    /// Hands out the entries of a digest that the filter does not exclude.
    ///
    /// - Complexity: one read of a bucket.
    func forEachEntry(
        of digest: Digest,
        _ body: (_ ordinal: Int, _ entry: IndexEntry) throws(EngineError) -> Void
    ) throws(EngineError) {
        let bucket = tables.layout.bucket(of: digest)
        let entries = tables.entries(inBucket: bucket)
        guard !entries.isEmpty else { return }
        let bytes = try bucketBytes(bucket)
        filter.fill(bucket, bytes)
        let size = IndexSegmentLayout.entryByteCount
        var place = Self.lowerBound(bytes, digest)
        while place * size < bytes.count, Digest(bytes: bytes, at: place * size) == digest {
            let entry = try Self.decoded(name) { () throws(FormatError) in
                try IndexEntry(bytes, at: place * size, tables.layout)
            }
            try body(entries.lowerBound + place, entry)
            place += 1
        }
    }

    /// Hands out every entry in order.
    func forEachEntry(
        _ body: (_ ordinal: Int, _ entry: IndexEntry) throws(EngineError) -> Void
    ) throws(EngineError) {
        for bucket in 0..<1 << tables.layout.fanoutBitCount {
            let entries = tables.entries(inBucket: bucket)
            guard !entries.isEmpty else { continue }
            var decoded: [IndexEntry] = []
            let bytes = try bucketBytes(bucket)
            do throws(FormatError) {
                for place in 0..<entries.count {
                    decoded.append(
                        try IndexEntry(
                            bytes, at: place * IndexSegmentLayout.entryByteCount, tables.layout))
                }
            } catch {
                throw EngineError(error, object: name)
            }
            for (place, entry) in decoded.enumerated() {
                try body(entries.lowerBound + place, entry)
            }
        }
    }

    /// The place an entry stands for, its bases read.
    func place(_ entry: IndexEntry) throws(EngineError) -> FramePlace {
        var bases: [Digest] = []
        if entry.header.baseCount > 0 {
            let start = tables.layout.basesOffset + entry.firstBase * 32
            let bytes = try object.segmentBytes(
                in: start..<start + entry.header.baseCount * 32, of: name, section: "7.4")
            for index in 0..<entry.header.baseCount {
                bases.append(Digest(bytes: bytes, at: index * 32))
            }
        }
        return FramePlace(
            digest: entry.digest, pack: tables.packs[entry.pack], offset: entry.offset,
            storedByteCount: entry.storedByteCount, header: entry.header, bases: bases)
    }

    /// The entries of some buckets that follow each other, their CRCs checked: one at least, and no
    /// more than `byteTarget` bytes of others.
    ///
    /// - Returns: The bytes, and the bucket after them.
    func piece(
        from bucket: Int, byteTarget: Int
    ) throws(EngineError) -> (bytes: [UInt8], next: Int) {
        let start = tables.byteRange(ofBucket: bucket).lowerBound
        var next = bucket + 1
        while next < 1 << tables.layout.fanoutBitCount,
            tables.byteRange(ofBucket: next).upperBound - start <= byteTarget
        { next += 1 }
        let end = tables.byteRange(ofBucket: next - 1).upperBound
        let bytes = try object.segmentBytes(in: start..<end, of: name, section: "7.4")
        for each in bucket..<next {
            let range = tables.byteRange(ofBucket: each)
            try check(bytes, range.lowerBound - start..<range.upperBound - start, each)
        }
        return (bytes, next)
    }

    /// A part of the base table, by bytes from its start.
    func bases(in range: Range<Int>) throws(EngineError) -> [UInt8] {
        let start = tables.layout.basesOffset
        return try object.segmentBytes(
            in: start + range.lowerBound..<start + range.upperBound, of: name, section: "7.4")
    }

    /// Throws unless the whole segment has this digest: what goes into another one must be whole,
    /// and the CRCs do not cover the bases.
    func requireDigest(_ digest: Digest) throws(EngineError) {
        var hasher = SHA256()
        let step = 1 << 20
        for start in stride(from: 0, to: object.byteCount, by: step) {
            let range = start..<min(start + step, object.byteCount)
            let piece = try object.segmentBytes(in: range, of: name, section: "7.4")
            unsafe hasher.update(piece.span.bytes)
        }
        guard hasher.finish() == digest || Check.mergedDigest.isOff else {
            throw damage(.checksumMismatch, "it is not the segment that the commit names")
        }
    }

    /// The error of a segment that is not what it must be.
    func damage(_ code: FormatError.Code, _ message: String) -> EngineError {
        EngineError(FormatError(code, section: "7.4", message), object: name)
    }

    private func bucketBytes(_ bucket: Int) throws(EngineError) -> [UInt8] {
        let range = tables.byteRange(ofBucket: bucket)
        let bytes = try object.segmentBytes(in: range, of: name, section: "7.4")
        try check(bytes, 0..<bytes.count, bucket)
        return bytes
    }

    /// Throws unless the bytes in `range` are those of a bucket.
    private func check(_ bytes: [UInt8], _ range: Range<Int>, _ bucket: Int) throws(EngineError) {
        guard
            Check.bucketChecksum.isOff
                || Checksums.standard.crc32c(bytes, range, 0) == tables.checksum(ofBucket: bucket)
        else {
            throw damage(.checksumMismatch, "the CRC of bucket \(bucket) does not match")
        }
    }

    /// The first entry whose digest is not below `digest`; entries are compared by their bytes.
    private static func lowerBound(_ bytes: [UInt8], _ digest: Digest) -> Int {
        let size = IndexSegmentLayout.entryByteCount
        var (low, high) = (0, bytes.count / size)
        while low < high {
            let middle = (low + high) / 2
            if Digest(bytes: bytes, at: middle * size) < digest {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    private static func decoded<Value>(
        _ name: String, _ body: () throws(FormatError) -> Value
    ) throws(EngineError) -> Value {
        do throws(FormatError) {
            return try body()
        } catch {
            throw EngineError(error, object: name)
        }
    }
}
