import PinTransforms

@testable import PinFormat

/// A whole pack, read strictly: header, footer, every record, every frame decoded and compared.
struct PackContents {
    struct Frame {
        let header: FrameHeader
        let bases: [Digest]
        let stored: [UInt8]
        let digest: Digest
    }

    var header: PackHeader
    var frames: [Frame] = []
    var producer: String

    init(header: PackHeader, producer: String) {
        (self.header, self.producer) = (header, producer)
    }

    /// Appends a frame without bases, raw.
    mutating func append(raw plain: [UInt8], kind: FrameKind = .chunk) throws -> Digest {
        let encoder = FrameHeader(
            kind: kind, codec: .raw, filter: .none, rawByteCount: plain.count)
        let name = digest(plain, kind == .node ? .node : nil)
        frames.append(
            Frame(header: encoder, bases: [], stored: Self.rawFrame(plain), digest: name))
        return name
    }

    /// The bytes of FORMAT.md §6.2, written here a second time.
    static func rawFrame(_ plain: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.append([0x28, 0xB5, 0x2F, 0xFD, 0xA0])
        writer.u32(UInt32(plain.count))
        for start in stride(from: 0, to: max(plain.count, 1), by: 131_072) {
            let end = min(plain.count, start + 131_072)
            let block = UInt32(end == plain.count ? 1 : 0) | UInt32(end - start) << 3
            writer.append((0..<3).map { UInt8(truncatingIfNeeded: block >> (8 * UInt32($0))) })
            writer.append(plain[start..<end])
        }
        return writer.bytes
    }

    var entries: [PackEntry] {
        var offset = PackHeader.byteCount
        return frames.map { frame in
            let size = FrameRecord.storedByteCount(frame.header, frameByteCount: frame.stored.count)
            defer { offset += size }
            return PackEntry(
                digest: frame.digest, header: frame.header, offset: offset, storedByteCount: size,
                bases: frame.bases)
        }
    }

    var footer: PackFooter { PackFooter(entries: entries, producer: producer) }

    var encoded: [UInt8] {
        let content = PackHeader.Content(of: frames.map(\.header.kind))
        var pack = PackHeader(content: content, name: header.name).encoded
        for frame in frames {
            FrameRecord.append(
                frame.header, bases: frame.bases, frame: frame.stored, to: &pack, .standard)
        }
        let footer = self.footer.encoded
        let trailer = PackTrailer(
            footerOffset: pack.count, footerByteCount: footer.count, frameCount: frames.count,
            footerDigest: PinFormatTests.digest(footer))
        return pack + footer + trailer.encoded
    }

    /// Decodes a pack; `isDecompressing` also decodes its frames, whose bases must be in it.
    init(_ bytes: [UInt8], isDecompressing: Bool = true) throws {
        header = try PackHeader(bytes)
        let trailer = try PackTrailer(
            bytes, at: bytes.count - PackTrailer.byteCount, packByteCount: bytes.count)
        let range = trailer.footerOffset..<trailer.footerOffset + trailer.footerByteCount
        let footer = try PackFooter(Array(bytes[range]), trailer, .standard)
        producer = footer.producer
        for entry in footer.entries {
            let (record, end) = try FrameRecord.decode(
                bytes, at: entry.offset, end: trailer.footerOffset, .standard)
            guard record.header == entry.header, record.bases == entry.bases,
                end == entry.offset + entry.storedByteCount
            else {
                throw FormatError(
                    .invalidValue, section: "7.2", offset: entry.offset, "record and footer differ")
            }
            frames.append(
                Frame(
                    header: entry.header, bases: entry.bases, stored: Array(bytes[record.frame]),
                    digest: entry.digest))
        }
        guard header.content == .init(of: frames.map(\.header.kind)) else {
            throw FormatError(.notCanonical, section: "7.2", offset: 18, "not its content")
        }
        if isDecompressing { _ = try plainBytes() }
    }

    /// The decoded frames by digest, compared with their names.
    func plainBytes() throws -> [Digest: [UInt8]] {
        var decoder = FrameDecoder()
        var plain: [Digest: [UInt8]] = [:]
        for frame in frames.sorted(by: { $0.header.depth < $1.header.depth }) {
            var prefix: [UInt8] = []
            for base in frame.bases {
                guard let bytes = plain[base] else {
                    throw FormatError(.invalidValue, section: "6.1", "a base is not in this pack")
                }
                prefix += bytes
            }
            let header = frame.header
            let bytes =
                frame.bases.isEmpty
                ? try decoder.decode(
                    frame.stored.span.bytes, codec: header.codec, filter: header.filter,
                    rawByteCount: header.rawByteCount)
                : try decoder.decode(
                    frame.stored.span.bytes, codec: header.codec, filter: header.filter,
                    rawByteCount: header.rawByteCount, prefix: prefix.span.bytes)
            guard digest(bytes, header.kind == .node ? .node : nil) == frame.digest else {
                throw FormatError(
                    .checksumMismatch, section: "5", "a frame is not what it is called")
            }
            if header.kind == .node { _ = try ManifestNode(bytes) }
            plain[frame.digest] = bytes
        }
        return plain
    }
}
