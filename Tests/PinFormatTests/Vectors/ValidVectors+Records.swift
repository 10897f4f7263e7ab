import PinTransforms

@testable import PinFormat

extension ValidVectors {
    static func nodes() -> [Vector] {
        func node(_ name: String, _ value: ManifestNode) -> Vector {
            Vector(name: name, kind: .node, bytes: value.encoded)
        }
        func entry(_ seed: String, last: UInt8, _ bytes: UInt64, _ chunks: UInt64 = 1)
            -> ManifestNode.Entry
        {
            ManifestNode.Entry(
                digest: Digest(bytes: stream(seed, 31) + [last]), byteCount: bytes,
                chunkCount: chunks)
        }
        let closed = (0..<16).map { entry("n\($0)", last: $0 == 15 ? 0x20 : 0x40, 65_536) }
        let full = (0..<256).map { entry("n\($0)", last: 1, UInt64($0) + 1) }
        let inner = [
            entry("i0", last: 0, 65_536 * 16, 16), entry("i1", last: 3, 1 << 40, 1 << 20),
        ]
        return [
            node("node-empty", ManifestNode(level: 0, entries: [])),
            node("node", ManifestNode(level: 0, entries: [entry("n", last: 9, 1_000)])),
            node("node-closed", ManifestNode(level: 0, entries: closed)),
            node("node-full", ManifestNode(level: 0, entries: full)),
            node("node-inner", ManifestNode(level: 1, entries: inner)),
        ]
    }

    static func files(_ count: Int) throws -> FileList {
        try FileList(
            (0..<count).map {
                FileEntry(
                    path: "f\($0)", byteCount: 5, content: .chunk(digest(Array("chunk".utf8))),
                    flatDigest: nil)
            })
    }

    static func mixedFiles() throws -> FileList {
        try FileList([
            FileEntry(path: "b/empty", byteCount: 0, content: .empty, flatDigest: digest([])),
            FileEntry(
                path: "a.csv", byteCount: 3, content: .chunk(digest([1, 2, 3])), flatDigest: nil),
            FileEntry(
                path: "b/ünïcode.bin", byteCount: 1 << 33, content: .tree(Sample.digest(0x77)),
                flatDigest: Sample.digest(0x78)),
        ])
    }

    static func fileLists() throws -> [Vector] {
        func list(_ name: String, _ value: FileList) -> Vector {
            Vector(name: name, kind: .fileList, bytes: value.encoded)
        }
        return [
            list("file-list-empty", try FileList([] as [FileEntry])),
            list("file-list", try files(1)), list("file-list-mixed", try mixedFiles()),
        ]
    }

    static func record(_ list: FileList, metadata: VersionMetadata) -> VersionRecord {
        let hash = digest(list.contentList { digest($0, .node) }, .content)
        return VersionRecord(
            pinName: "mtcars", versionName: "20260102T030405Z-" + hash.hex.prefix(5), pinHash: hash,
            chunker: .standard, files: .inline(list), byteCount: list.byteCount,
            fileCount: list.files.count, metadata: metadata, producer: "")
    }

    static func versions() throws -> [Vector] {
        let least = record(try files(1), metadata: VersionMetadata(createdSeconds: 0, type: ""))
        var full = record(try mixedFiles(), metadata: Sample.metadata())
        full.pinName = "owner/mtcars"
        full.parent = Sample.versionName
        full.parentDigest = Sample.digest(0x99)
        full.producer = "swift-pins 0.1"
        (full.newChunkCount, full.newByteCount, full.chunkCount) = (3, 1_000, 131_073)
        full.unknown = [Record.Field(tag: 23, value: [0xFF]), Record.Field(tag: 0x7FFF, value: [])]
        var stored = record(try files(1), metadata: Sample.metadata())
        stored.files = .stored(
            list: FileEntry(
                path: "files", byteCount: 90_000, content: .tree(Sample.digest(0x55)),
                flatDigest: nil),
            fileCount: 2_000)
        (stored.byteCount, stored.fileCount) = (10_000, 2_000)
        return [
            Vector(name: "version", kind: .versionRecord, bytes: least.encoded),
            Vector(name: "version-full", kind: .versionRecord, bytes: full.encoded),
            Vector(name: "version-stored-list", kind: .versionRecord, bytes: stored.encoded),
        ]
    }

    static func rows() throws -> [Vector] {
        let live = PackRow(
            status: .live, byteCount: 238, footerByteCount: 72, footerDigest: Sample.digest(0xEE),
            frameCount: 1, rawByteCount: 1)
        var staged = PackRow(
            status: .staged, byteCount: 1_000, footerByteCount: 200,
            footerDigest: Sample.digest(0xEF),
            frameCount: 2, rawByteCount: 0)
        staged.since = 4
        staged.timeSeconds = Sample.created
        staged.session = Sample.commitID
        staged.unknown = [Record.Field(tag: 10, value: [1])]
        var lost = live
        lost.isLost = true
        let version = VersionRow(
            recordBytes: try versions()[0].bytes,
            packs: [Sample.name(1, 0xAA), Sample.name(2, 0xAB)])
        var pin = PinRow(
            latest: Sample.versionName, versionCount: 2, byteCount: 5, metadata: Sample.metadata())
        pin.unknown = [Record.Field(tag: 40, value: [0])]
        let least = PinRow(
            latest: Sample.versionName, versionCount: 1, byteCount: 0,
            metadata: VersionMetadata(createdSeconds: 0, type: ""))
        var label = LabelRow(version: Sample.versionName)
        label.unknown = [Record.Field(tag: 2, value: [5])]
        return [
            Vector(name: "row-pack", kind: .packRow, bytes: live.encoded),
            Vector(name: "row-pack-staged", kind: .packRow, bytes: staged.encoded),
            Vector(name: "row-pack-lost", kind: .packRow, bytes: lost.encoded),
            Vector(name: "row-version", kind: .versionRow, bytes: version.encoded),
            Vector(name: "row-pin", kind: .pinRow, bytes: least.encoded),
            Vector(name: "row-pin-full", kind: .pinRow, bytes: pin.encoded),
            Vector(
                name: "row-label", kind: .labelRow,
                bytes: LabelRow(version: Sample.versionName).encoded),
            Vector(name: "row-label-unknown", kind: .labelRow, bytes: label.encoded),
        ]
    }
}
