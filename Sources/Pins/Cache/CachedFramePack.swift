internal import PinEngine
internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// A file of ``CachedFrames`` that is being put together: a pack under a fresh name.
struct CachedFramePack: Sendable {
    let name = ObjectName(base: 0, random: SystemRandom().bytes(count: 16))
    private var bytes: [UInt8] = []
    private var entries: [PackEntry] = []

    /// Bytes of the frames.
    var byteCount: Int { bytes.count }

    /// Where the frames are.
    var places: [FramePlace] { entries.map { FramePlace($0, in: name) } }

    mutating func append(_ frame: StoredFrame) {
        let place = frame.place
        entries.append(
            PackEntry(
                digest: place.digest, header: place.header,
                offset: PackHeader.byteCount + bytes.count, storedByteCount: frame.bytes.count,
                bases: place.bases))
        bytes += frame.bytes
    }

    /// The whole file.
    func finish() -> [UInt8] {
        let header = PackHeader(content: .init(of: entries.map(\.header.kind)), name: name)
        let footer = PackFooter(entries: entries, producer: "").encoded
        let trailer = PackTrailer(
            footerOffset: PackHeader.byteCount + bytes.count, footerByteCount: footer.count,
            frameCount: entries.count,
            footerDigest: Checksums.standard.sha256(footer, 0..<footer.count))
        return header.encoded + bytes + footer + trailer.encoded
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
