internal import PinFormat
internal import PinTransforms

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Puts frames together to a pack (FORMAT.md §7.2).
///
/// What is small is copied into segments of memory that is used again; raw chunks stay in the
/// buffers they were read into. Used by one task at a time.
final class PackAssembler {
    private static let segmentByteCount = 1 << 20

    let name: ObjectName
    private let memory: BufferPool
    private var pieces: [PackPiece] = []
    /// What is filled just now, from where on it is in no piece yet, and where it goes on.
    private var segment: PooledBuffer?
    private var (start, used) = (0, 0)
    private var entries: [PackEntry] = []
    private var rawByteCount: UInt64 = 0
    /// Bytes so far, without footer and trailer.
    private(set) var byteCount = PackHeader.byteCount

    /// - Parameter memory: Where its memory comes from.
    init(name: ObjectName, memory: BufferPool = BufferPool(byteCountMax: 0)) {
        self.name = name
        self.memory = memory
    }

    var isEmpty: Bool { entries.isEmpty }

    /// Whether the pack is to be closed: it has its size, or so many small frames that a reader
    /// would refuse more.
    func isFull(byteTarget: Int) -> Bool {
        byteCount >= byteTarget || entries.count >= Limits.packFrameCount / 2
    }

    // MARK: - Frames

    /// Appends a frame.
    func append(_ digest: Digest, _ header: FrameHeader, bases: [Digest] = [], frame: [UInt8]) {
        append(digest, PackedFrame(header, bases: bases, frame: frame), RawSpan(), in: nil)
    }

    /// Appends a frame.
    ///
    /// - Parameters:
    ///   - raw: The chunk's plain bytes.
    ///   - place: Where they lie, if the pack may keep them there rather than copy them.
    /// - Returns: `false` if what stands there then is not the frame.
    @discardableResult
    func append(
        _ digest: Digest, _ frame: PackedFrame, _ raw: RawSpan, in place: PackPiece?
    ) -> Bool {
        let offset = byteCount
        var isWhole = unsafe copy(frame.head.span.bytes)
        switch frame.body {
        case .encoded(let bytes): isWhole = unsafe copy(bytes.span.bytes) && isWhole
        case .raw:
            for part in RawFrame.parts(rawByteCount: raw.byteCount) {
                isWhole = unsafe copy(part.own.span.bytes) && isWhole
                if let place {
                    let first = place.range.lowerBound + part.raw.lowerBound
                    refer(PackPiece(buffer: place.buffer, range: first..<first + part.raw.count))
                } else {
                    isWhole = copy(raw.extracting(part.raw)) && isWhole
                }
            }
        }
        record(digest, frame.header, frame.bases, offset)
        return isWhole
    }

    /// Appends a frame as it stands in another pack, record and all.
    func append(copyOf place: FramePlace, stored: [UInt8]) {
        let offset = byteCount
        unsafe copy(stored.span.bytes)
        record(place.digest, place.header, place.bases, offset)
    }

    /// Appends all frames of another pack: a small write needs one pack only.
    func append(contentsOf other: PackAssembler) {
        let shift = byteCount - PackHeader.byteCount
        other.seal()
        for piece in other.pieces {
            let bytes = piece.buffer.bytes
            unsafe copy(bytes.span.bytes.extracting(piece.range))
        }
        for entry in other.entries {
            rawByteCount += UInt64(entry.header.rawByteCount)
            entries.append(
                PackEntry(
                    digest: entry.digest, header: entry.header, offset: entry.offset + shift,
                    storedByteCount: entry.storedByteCount, bases: entry.bases))
        }
    }

    private func record(
        _ digest: Digest, _ header: FrameHeader, _ bases: [Digest], _ offset: Int
    ) {
        rawByteCount += UInt64(header.rawByteCount)
        entries.append(
            PackEntry(
                digest: digest, header: header, offset: offset,
                storedByteCount: byteCount - offset, bases: bases))
    }

    // MARK: - Bytes

    /// Copies bytes behind the others; `false` if they are not the same there.
    @discardableResult
    private func copy(_ bytes: RawSpan) -> Bool {
        var (done, isEqual) = (0, true)
        while done < bytes.byteCount {
            if used == segment?.bytes.count ?? 0 {
                seal()
                segment = PooledBuffer(byteCount: Self.segmentByteCount, of: memory)
                (start, used) = (0, 0)
            }
            guard let segment else { preconditionFailure("a segment was made") }
            let count = min(bytes.byteCount - done, segment.bytes.count - used)
            let part = bytes.extracting(done..<done + count)
            let position = used
            unsafe segment.bytes.withUnsafeMutableBytes { target in
                unsafe part.withUnsafeBytes { source in
                    // `count` is at least one: both have an address.
                    guard let to = target.baseAddress, let from = source.baseAddress else { return }
                    unsafe memcpy(to + position, from, count)
                    if unsafe memcmp(to + position, from, count) != 0 { isEqual = false }
                }
            }
            (done, used) = (done + count, used + count)
        }
        byteCount += bytes.byteCount
        return isEqual
    }

    private func refer(_ piece: PackPiece) {
        seal()
        pieces.append(piece)
        byteCount += piece.range.count
    }

    /// Ends the piece that is being filled; its segment goes on behind it.
    private func seal() {
        guard let segment, used > start else { return }
        pieces.append(PackPiece(buffer: segment, range: start..<used))
        start = used
    }

    /// Closes the pack; it takes no more frames.
    func finish(producer: String) -> FinishedPack {
        seal()
        let header = PackHeader(content: .init(of: entries.map(\.header.kind)), name: name)
        let footer = PackFooter(entries: entries, producer: producer).encoded
        let trailer = PackTrailer(
            footerOffset: byteCount, footerByteCount: footer.count, frameCount: entries.count,
            footerDigest: Checksums.standard.sha256(footer, 0..<footer.count))
        let tail = footer + trailer.encoded
        let row = PackRow(
            status: .live, byteCount: byteCount + tail.count, footerByteCount: footer.count,
            footerDigest: trailer.footerDigest, frameCount: entries.count,
            rawByteCount: rawByteCount)
        return FinishedPack(
            name: name, head: header.encoded, pieces: pieces, tail: tail, row: row,
            places: entries.map { FramePlace($0, in: name) })
    }
}
