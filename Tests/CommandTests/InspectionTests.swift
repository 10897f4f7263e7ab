// The dump of `inspect` on objects made by hand: complete on sound ones, and on every truncation
// and every changed byte an error, never a trap.

import PinFormat
import PinTransforms
import Testing

@testable import PinsCommand

@Suite struct InspectionTests {
    private static let name = ObjectName(base: 3, random: Array(1...16))
    private static let digest = Digest(1, 2, 3, 4)

    private static func versionRecord() throws -> VersionRecord {
        let files = try FileList([
            FileEntry(path: "a/b.csv", byteCount: 5, content: .chunk(digest), flatDigest: digest),
            FileEntry(path: "empty", byteCount: 0, content: .empty, flatDigest: nil),
            FileEntry(path: "large", byteCount: 90_000, content: .tree(digest), flatDigest: digest),
        ])
        return VersionRecord(
            pinName: "owner/pin", versionName: "20261123T150405Z-00000", pinHash: digest,
            chunker: .standard, files: .inline(files), byteCount: files.byteCount, fileCount: 3,
            metadata: VersionMetadata(
                createdSeconds: 1, type: "csv", title: "T", description: "D", tags: ["x", "y"],
                urls: ["u"], userJSON: Array("{}".utf8), originJSON: Array("{}".utf8)),
            parent: "20261123T150404Z-00000", parentDigest: digest, producer: "test")
    }

    private static func table() throws -> [UInt8] {
        let record = try versionRecord()
        var pack = PackRow(
            status: .condemned, byteCount: 1000, footerByteCount: 100, footerDigest: digest,
            frameCount: 2,
            rawByteCount: 800)
        (pack.since, pack.timeSeconds, pack.session) = (4, 5, Array(repeating: 1, count: 16))
        let pin = PinRow(
            latest: record.versionName, versionCount: 1, byteCount: 5, metadata: record.metadata)
        let version = VersionRow(recordBytes: record.encoded, packs: [name])
        return TableSegment.encode(
            [
                TableRow(key: RowKey.pack(name), value: pack.encoded),
                TableRow(key: RowKey.pin("gone"), value: nil),
                TableRow(key: RowKey.pin("owner/pin"), value: pin.encoded),
                TableRow(
                    key: RowKey.version(record.versionName, of: "owner/pin"), value: version.encoded
                ),
                TableRow(
                    key: RowKey.label("prod", of: "owner/pin"),
                    value: LabelRow(version: record.versionName).encoded),
            ], .standard)
    }

    private static func places() throws -> [FramePlace] {
        let plain = FrameHeader(kind: .chunk, codec: .zstd, filter: .shuffle4, rawByteCount: 400)
        let delta = try FrameHeader(deltaOf: [plain], rawByteCount: 400)
        return [
            FramePlace(
                digest: digest, pack: name, offset: 64, storedByteCount: 90, header: plain,
                bases: []),
            FramePlace(
                digest: Digest(9, 9, 9, 9), pack: name, offset: 154, storedByteCount: 100,
                header: delta, bases: [digest]),
        ]
    }

    private static func pack() throws -> [UInt8] {
        var bytes = PackHeader(content: .mixed, name: name).encoded
        var entries: [PackEntry] = []
        for place in try places() {
            let start = bytes.count
            FrameRecord.append(
                place.header, bases: place.bases, frame: Array(repeating: 7, count: 30), to: &bytes,
                .standard)
            entries.append(
                PackEntry(
                    digest: place.digest, header: place.header, offset: start,
                    storedByteCount: bytes.count - start, bases: place.bases))
        }
        let footer = PackFooter(entries: entries, producer: "test").encoded
        let trailer = PackTrailer(
            footerOffset: bytes.count, footerByteCount: footer.count, frameCount: 2,
            footerDigest: Checksums.standard.sha256(footer, 0..<footer.count))
        return bytes + footer + trailer.encoded
    }

    static func parity(of pack: [UInt8]) throws -> [UInt8] {
        var encoder = ParityEncoder(ParityLayout(packByteCount: pack.count, percent: 20))
        encoder.update(pack.span.bytes)
        return encoder.finish(name: name)
    }

    static func objects() throws -> [(kind: String, bytes: [UInt8])] {
        let id = Array(repeating: UInt8(5), count: 16)
        let index = IndexSegment.encode(try places(), .standard)
        var commit = CommitRecord(
            sequence: 9, previous: digest, commitID: id, kind: .collect, timeSeconds: 1,
            boardID: id,
            producer: "test")
        (commit.orphanFloor, commit.logBoundary) = (2, 3)
        let reference = SegmentReference(
            name: name, byteCount: 1000, entryCount: 5, digest: digest)
        (commit.indexSegments, commit.tableSegments) = ([reference], [reference, reference])
        (commit.inlineIndex, commit.inlineTable) = (index, try table())
        commit.features.read = []
        var config = BoardConfig(boardID: id, createdSeconds: 7, producer: "test")
        (config.level, config.closureFrameCount, config.isSingleWriter) = (9, 2, true)
        return [
            ("config", config.encoded(.standard)), ("commit", commit.encoded(.standard)),
            ("latest", LatestRecord(sequence: 9, digest: digest).encoded(.standard)),
            ("parity", try parity(of: try pack())),
            ("table segment", try table()), ("index segment", index), ("pack", try pack()),
        ]
    }

    @Test func soundObjectsAreShownWhole() throws {
        for (kind, bytes) in try Self.objects() {
            let found = Inspection(bytes)
            #expect(
                found.kind == kind && found.error == nil,
                "\(kind): \(String(describing: found.error))")
            var end = 0
            for field in found.fields where field.level == 0 {
                #expect(field.offset == end, "\(kind): \(field)")
                end += field.byteCount
            }
            #expect(end == bytes.count, "\(kind)")
            for field in found.fields {
                #expect(field.offset >= 0 && field.offset + field.byteCount <= bytes.count)
                #expect(!field.name.contains("unknown"), "\(kind): \(field)")
            }
        }
    }

    @Test func everyTruncationIsAnError() throws {
        for (kind, bytes) in try Self.objects() {
            for count in 0..<bytes.count {
                #expect(
                    Inspection(Array(bytes.prefix(count))).error != nil, "\(kind) cut to \(count)")
            }
        }
    }

    @Test func everyChangedByteIsAnErrorOrShown() throws {
        for (kind, original) in try Self.objects() {
            for offset in original.indices {
                for mask: UInt8 in [0x01, 0x80, 0xFF] {
                    var bytes = original
                    bytes[offset] ^= mask
                    let found = Inspection(bytes)
                    // A pack's own name is not under a checksum: it is compared with the key.
                    let isName = kind == "pack" && (18..<48).contains(offset)
                    #expect(found.error != nil || isName, "\(kind) with byte \(offset) changed")
                }
            }
        }
    }
}
