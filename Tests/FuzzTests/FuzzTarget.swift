import CPinKernels
import PinFormat
import PinTransforms

/// A decoder under attack. Its law: whatever the bytes, a typed error, or a value that encodes to
/// them. `digests` is no decoder: its law is that every kernel gives the digests of libcrypto. The
/// laws of what others write, from `yaml` on, are in ``ForeignBytes``.
enum FuzzTarget: String, CaseIterable {
    case config, latest, commit, table, index, sketch, pack, parity, record, node, fileList,
        version,
        rows, frame, digests, yaml, json, csv, xml, metadata, manifest

    /// Checksums that are always zero: so that the fuzzer reaches what stands behind them.
    static let zero = Checksums(
        sha256: { _, _ in Digest(0, 0, 0, 0) }, crc32c: { _, _, _ in 0 })

    /// Decodes and encodes again.
    func reencoded(_ bytes: [UInt8], _ sums: Checksums, encoding: Checksums) throws -> [UInt8] {
        switch self {
        case .config: return try BoardConfig(bytes, sums).encoded(encoding)
        case .latest: return try LatestRecord(bytes, sums).encoded(encoding)
        case .commit: return try CommitRecord(bytes, sums).encoded(encoding)
        case .table:
            return TableSegment.encode(try TableSegment.decode(bytes, sums), encoding)
        case .index:
            return IndexSegment.encode(try IndexSegment.decode(bytes, sums), encoding)
        case .sketch:
            return SketchSegment.encode(try SketchSegment.decode(bytes, sums), encoding)
        case .pack: return try Self.reencodedPack(bytes, sums, encoding)
        case .parity:
            Self.repair(bytes, sums)
            return try PackParity(bytes, sums).encoded(encoding)
        case .record:
            let (record, end) = try FrameRecord.decode(bytes, at: 0, sums)
            var out: [UInt8] = []
            FrameRecord.append(
                record.header, bases: record.bases, frame: Array(bytes[record.frame]), to: &out,
                encoding)
            return out + bytes[end...]
        case .node: return try ManifestNode(bytes).encoded
        case .fileList: return try FileList(bytes).encoded
        case .version: return try VersionRecord(bytes).encoded
        case .rows: return try Self.reencodedRow(bytes)
        case .frame: return try Self.decodedFrame(bytes)
        case .digests:
            Self.compareDigests(bytes)
            return bytes
        case .yaml, .json, .csv, .xml, .metadata, .manifest:
            try ForeignBytes.check(self, bytes)
            return bytes
        }
    }

    private static func reencodedPack(
        _ bytes: [UInt8], _ sums: Checksums, _ encoding: Checksums
    ) throws -> [UInt8] {
        let header = try PackHeader(bytes)
        let trailer = try PackTrailer(
            bytes, at: bytes.count - PackTrailer.byteCount, packByteCount: bytes.count)
        let end = trailer.footerOffset + trailer.footerByteCount
        let footer = try PackFooter(Array(bytes[trailer.footerOffset..<end]), trailer, sums)
        var out = header.encoded
        for entry in footer.entries {
            let (record, _) = try FrameRecord.decode(
                bytes, at: entry.offset, end: trailer.footerOffset, sums)
            guard record.header == entry.header, record.bases == entry.bases,
                FrameRecord.storedByteCount(record.header, frameByteCount: record.frame.count)
                    == entry.storedByteCount
            else { throw FormatError(.invalidValue, section: "7.2", "record and footer differ") }
            FrameRecord.append(
                record.header, bases: record.bases, frame: Array(bytes[record.frame]), to: &out,
                encoding)
        }
        let encoded = footer.encoded
        let again = PackTrailer(
            footerOffset: out.count, footerByteCount: encoded.count,
            frameCount: footer.entries.count,
            footerDigest: encoding.sha256(encoded, 0..<encoded.count))
        return out + encoded + again.encoded
    }

    /// Whatever parity says, a repair of nothing and of something gives what its digest names, or
    /// nothing.
    private static func repair(_ bytes: [UInt8], _ sums: Checksums) {
        guard let repair = try? ParityRepair(bytes, sums) else { return }
        for pack in [[], Array(bytes.prefix(bytes.count / 2)), bytes] {
            guard case .whole(let found, _) = repair.repair(pack) else { continue }
            let digest = sums.sha256(found, 0..<found.count)
            precondition(
                digest == repair.description.packDigest
                    && found.count == repair.description.layout.packByteCount
                    && found.count <= bytes.count + pack.count, "another pack")
        }
    }

    /// The first byte chooses the kind of row.
    private static func reencodedRow(_ bytes: [UInt8]) throws -> [UInt8] {
        let row = Array(bytes.dropFirst())
        switch bytes.first.map({ $0 & 3 }) {
        case 0: return bytes.prefix(1) + (try PackRow(row)).encoded
        case 1: return bytes.prefix(1) + (try VersionRow(row)).encoded
        case 2: return bytes.prefix(1) + (try PinRow(row)).encoded
        case 3: return bytes.prefix(1) + (try LabelRow(row)).encoded
        default: return bytes
        }
    }

    /// The first bytes choose codec, filter and raw length; no canonical form here, only no trap.
    private static func decodedFrame(_ bytes: [UInt8]) throws -> [UInt8] {
        guard bytes.count >= 3, let codec = FrameCodec(rawValue: bytes[0] & 3),
            let filter = FrameFilter(rawValue: bytes[0] >> 2 & 3)
        else { return bytes }
        let count = Int(bytes[1]) | Int(bytes[2]) << 8
        var decoder = FrameDecoder()
        let stored = Array(bytes.dropFirst(3))
        let prefix = [UInt8](repeating: 7, count: 1_000)
        if codec == .zstdDelta {
            _ = try decoder.decode(
                stored.span.bytes, codec: codec, filter: filter, rawByteCount: count,
                prefix: prefix.span.bytes)
        } else {
            _ = try decoder.decode(
                stored.span.bytes, codec: codec, filter: filter, rawByteCount: count)
        }
        return bytes
    }

    /// The first byte says how many chunks there are; two bytes for each say how long it is, or ask
    /// for more than is left; then the chunks.
    private static func compareDigests(_ bytes: [UInt8]) {
        let count = Int(bytes.first ?? 0)
        let data = Array(bytes.dropFirst(1 + 2 * count))
        var end = 0
        let ends = (0..<count).map { chunk in
            let at = 1 + 2 * chunk
            let length = at + 1 < bytes.count ? Int(bytes[at]) | Int(bytes[at + 1]) << 8 : 0
            end = min(data.count, end + length)
            return end
        }
        var sha = SHA256()
        var start = 0
        let expected = ends.map { end in
            defer { start = end }
            return sha.digest(data.span.extracting(start..<end).bytes)
        }
        var hasher = ChunkHasher()
        precondition(hasher.digests(of: data.span.bytes, ends: ends) == expected, "best kernel")
        for kernel in [PINS_SHA256_NI, PINS_SHA256_AVX2, PINS_SHA256_AVX512]
        where pins_sha256_can_run(kernel) {
            var words = [UInt64](repeating: 0, count: 4 * count)
            pins_sha256_many(kernel, data, ends, count, &words)
            let digests = (0..<count).map { chunk in
                let word = 4 * chunk
                return Digest(words[word], words[word + 1], words[word + 2], words[word + 3])
            }
            precondition(digests == expected, "kernel \(kernel.rawValue)")
        }
    }

    /// One run: traps where the law is broken, which is what the fuzzer looks for.
    func attack(_ bytes: [UInt8]) {
        do {
            let again = try reencoded(bytes, Self.zero, encoding: Self.zero)
            precondition(
                again == bytes, "\(self): accepted, but not canonical: \(Hex.encode(bytes))")
        } catch is FormatError {
        } catch is TransformError {
        } catch  where ForeignBytes.isTyped(error) {
        } catch {
            preconditionFailure("\(self): \(error): \(Hex.encode(bytes))")
        }
    }

    /// The vectors that begin with this are the seeds.
    var seedPrefixes: [String] {
        switch self {
        case .fileList: ["file-list"]
        case .record, .frame, .digests, .yaml, .json, .csv, .xml, .metadata, .manifest: []
        case .rows: ["row-"]
        default: [rawValue]
        }
    }
}
