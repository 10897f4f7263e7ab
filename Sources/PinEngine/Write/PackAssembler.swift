internal import PinFormat
internal import PinTransforms

/// Puts frames together to a pack (FORMAT.md §7.2).
struct PackAssembler {
    let name: ObjectName
    private(set) var content: PackHeader.Content
    private var bytes: [UInt8]
    private var entries: [PackEntry] = []
    private var rawByteCount: UInt64 = 0

    init(name: ObjectName, content: PackHeader.Content, reserving byteCount: Int = 0) {
        self.name = name
        self.content = content
        bytes = PackHeader(content: content, name: name).encoded
        bytes.reserveCapacity(byteCount)
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

    /// Appends a frame as it stands in another pack, record and all.
    mutating func append(copyOf place: FramePlace, stored: some Collection<UInt8>) {
        let offset = bytes.count
        bytes.append(contentsOf: stored)
        record(place.digest, place.header, place.bases, offset)
    }

    /// Appends all frames of another pack: a small write needs one pack only.
    mutating func append(contentsOf other: PackAssembler, content: PackHeader.Content) {
        self.content = content
        bytes.replaceSubrange(
            0..<PackHeader.byteCount, with: PackHeader(content: content, name: name).encoded)
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
    consuming func finish(producer: String) -> AssembledPack {
        let footer = PackFooter(entries: entries, producer: producer).encoded
        let trailer = PackTrailer(
            footerOffset: bytes.count, footerByteCount: footer.count, frameCount: entries.count,
            footerDigest: Checksums.standard.sha256(footer, 0..<footer.count))
        bytes += footer
        bytes += trailer.encoded
        let name = name
        return AssembledPack(
            name: name, bytes: bytes, footerByteCount: footer.count, rawByteCount: rawByteCount,
            places: entries.map { FramePlace($0, in: name) })
    }
}
