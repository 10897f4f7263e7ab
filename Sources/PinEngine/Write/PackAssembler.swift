internal import PinFormat
internal import PinTransforms

/// Puts frames together to a pack (FORMAT.md §7.2).
struct PackAssembler {
    let name: ObjectName
    private var bytes: [UInt8]
    private var entries: [PackEntry] = []
    private var rawByteCount: UInt64 = 0

    /// - Parameter memory: Bytes nobody needs any more, whose memory is used again.
    init(name: ObjectName, memory: consuming [UInt8] = []) {
        self.name = name
        bytes = memory
        bytes.removeAll(keepingCapacity: true)
        bytes += PackHeader(content: .mixed, name: name).encoded
    }

    /// Bytes so far, without footer and trailer.
    var byteCount: Int { bytes.count }
    var isEmpty: Bool { entries.isEmpty }

    /// Whether the pack is to be closed: it has its size, or so many small frames that a reader
    /// would refuse more.
    func isFull(byteTarget: Int) -> Bool {
        bytes.count >= byteTarget || entries.count >= Limits.packFrameCount / 2
    }

    /// Appends a frame.
    mutating func append(
        _ digest: Digest, _ header: FrameHeader, bases: [Digest] = [], frame: [UInt8]
    ) {
        let offset = bytes.count
        FrameRecord.append(header, bases: bases, frame: frame, to: &bytes, .standard)
        record(digest, header, bases, offset)
    }

    /// Appends a chunk as a raw frame; `false` if what stands there then is not the chunk.
    mutating func append(_ digest: Digest, raw: RawSpan) -> Bool {
        let header = FrameHeader(
            kind: .chunk, codec: .raw, filter: .none, rawByteCount: raw.byteCount)
        let offset = bytes.count
        FrameRecord.append(
            header, bases: [], frameByteCount: RawFrame.byteCount(rawByteCount: raw.byteCount),
            to: &bytes, .standard
        ) { RawFrame.append(raw, to: &$0) }
        record(digest, header, [], offset)
        return RawFrame.ends(bytes, with: raw)
    }

    /// Appends a frame as it stands in another pack, record and all.
    mutating func append(copyOf place: FramePlace, stored: some Collection<UInt8>) {
        let offset = bytes.count
        bytes.append(contentsOf: stored)
        record(place.digest, place.header, place.bases, offset)
    }

    /// Appends all frames of another pack: a small write needs one pack only.
    mutating func append(contentsOf other: PackAssembler) {
        for entry in other.entries {
            append(
                copyOf: FramePlace(entry, in: other.name),
                stored: other.bytes[entry.offset..<entry.offset + entry.storedByteCount])
        }
    }

    private mutating func record(
        _ digest: Digest, _ header: FrameHeader, _ bases: [Digest], _ offset: Int
    ) {
        rawByteCount += UInt64(header.rawByteCount)
        entries.append(
            PackEntry(
                digest: digest, header: header, offset: offset,
                storedByteCount: bytes.count - offset, bases: bases))
    }

    /// Closes the pack.
    consuming func finish(producer: String) -> FinishedPack {
        let header = PackHeader(content: .init(of: entries.map(\.header.kind)), name: name)
        bytes.replaceSubrange(0..<PackHeader.byteCount, with: header.encoded)
        let footer = PackFooter(entries: entries, producer: producer).encoded
        let trailer = PackTrailer(
            footerOffset: bytes.count, footerByteCount: footer.count, frameCount: entries.count,
            footerDigest: Checksums.standard.sha256(footer, 0..<footer.count))
        bytes += footer
        bytes += trailer.encoded
        let row = PackRow(
            status: .live, byteCount: bytes.count, footerByteCount: footer.count,
            footerDigest: trailer.footerDigest, frameCount: entries.count,
            rawByteCount: rawByteCount)
        let name = name
        return FinishedPack(
            name: name, bytes: bytes, row: row, places: entries.map { FramePlace($0, in: name) })
    }
}
