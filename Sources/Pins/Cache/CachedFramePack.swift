internal import PinEngine
internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// A file of ``CachedFrames`` that is being put together: a pack under a fresh name. It refers to
/// the bytes of its frames where they are: whoever writes a pack of 32 MiB needs no copies of it.
struct CachedFramePack: Sendable {
    let name = ObjectName(base: 0, random: SystemRandom().bytes(count: 16))
    private var frames: [ArraySlice<UInt8>] = []
    private var entries: [PackEntry] = []

    /// Bytes of the frames.
    private(set) var byteCount = 0

    /// Where the frames are.
    var places: [FramePlace] { entries.map { FramePlace($0, in: name) } }

    mutating func append(_ frame: StoredFrame) {
        let place = frame.place
        entries.append(
            PackEntry(
                digest: place.digest, header: place.header,
                offset: PackHeader.byteCount + byteCount, storedByteCount: frame.bytes.count,
                bases: place.bases))
        frames.append(frame.bytes)
        byteCount += frame.bytes.count
    }

    /// The whole file, in parts.
    func finish() -> [ArraySlice<UInt8>] {
        let header = PackHeader(content: .init(of: entries.map(\.header.kind)), name: name)
        let footer = PackFooter(entries: entries, producer: "").encoded
        let trailer = PackTrailer(
            footerOffset: PackHeader.byteCount + byteCount, footerByteCount: footer.count,
            frameCount: entries.count,
            footerDigest: Checksums.standard.sha256(footer, 0..<footer.count))
        return [header.encoded[...]] + frames + [(footer + trailer.encoded)[...]]
    }

    /// The end of the file that these parts make.
    static func tail(of parts: [ArraySlice<UInt8>]) -> CachedFrameTail {
        CachedFrameTail(fileByteCount: parts.reduce(0) { $0 + $1.count }, bytes: parts.last ?? [])
    }

    /// The frames of a pack in memory, or `nil` if it is none.
    static func entries(of pack: [UInt8]) -> [PackEntry]? {
        let end = pack.count - PackTrailer.byteCount
        guard let trailer = try? PackTrailer(pack, at: end, packByteCount: pack.count) else {
            return nil
        }
        let footer = Array(pack[trailer.footerOffset..<end])
        return try? PackFooter(footer, trailer, .standard).entries
    }
}
