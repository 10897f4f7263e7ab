import PinTransforms

@testable import PinFormat

/// Every valid vector of a single object.
enum ValidVectors {
    static func all() throws -> [Vector] {
        try configs() + latest() + commits() + tables() + sketches() + indexes() + packs()
            + compressedPacks() + parity()
            + nodes() + fileLists() + versions() + rows()
    }

    static func configs() throws -> [Vector] {
        let least = BoardConfig(boardID: Sample.boardID, producer: "")
        var full = BoardConfig(
            boardID: Sample.boardID,
            chunker: try ChunkerParameters(averageExponent: 12, normalization: 3),
            isSingleWriter: true, level: -5, closureFrameCount: 16, createdSeconds: Sample.created,
            producer: "swift-pins 0.1")
        full.features.read = [1, 7]
        full.features.write = [2]
        full.features.collect = [3, 4, 4_294_967_295]
        full.unknown = [Record.Field(tag: 300, value: [1, 2, 3])]
        return [
            Vector(name: "config", kind: .config, bytes: least.encoded(.standard)),
            Vector(name: "config-full", kind: .config, bytes: full.encoded(.standard)),
            Vector(
                name: "config-parity", kind: .config,
                bytes: BoardConfig(boardID: Sample.boardID, producer: "", parityPercent: 5)
                    .encoded(.standard)),
        ]
    }

    /// Parity of packs of one block more than fits, and of the smallest example.
    static func parity() throws -> [Vector] {
        let packs = try packs()
        return [("parity", 0, 5), ("parity-raw", 1, 100), ("parity-empty", 2, 1)].map {
            name, number, percent in
            let pack = packs[number].bytes
            var encoder = ParityEncoder(
                ParityLayout(packByteCount: pack.count, percent: percent))
            encoder.update(pack.span.bytes)
            let object = Sample.name(UInt64([1, 2, 0][number]), 0xAA + UInt8(number))
            return Vector(name: name, kind: .parity, bytes: encoder.finish(name: object))
        }
    }

    static func latest() -> [Vector] {
        [
            Vector(
                name: "latest", kind: .latest,
                bytes: LatestRecord(sequence: 7, digest: Sample.digest(0xD7)).encoded(.standard))
        ]
    }

    static func sketches() -> [Vector] {
        let entries = [0x0102_0304_0506_0708, 0x5A00_0000_0000_0001].map { feature in
            SketchEntry(feature: feature, chunk: Sample.digest(UInt8(truncatingIfNeeded: feature)))
        }
        return [
            Vector(
                name: "sketch", kind: .sketchSegment,
                bytes: SketchSegment.encode([entries[0]], .standard)),
            Vector(
                name: "sketch-two", kind: .sketchSegment,
                bytes: SketchSegment.encode(entries, .standard)),
        ]
    }

    static func commits() throws -> [Vector] {
        let least = CommitRecord(
            sequence: 1, previous: Digest(0, 0, 0, 0), commitID: Sample.commitID, kind: .administer,
            timeSeconds: nil, boardID: Sample.boardID, producer: "")
        var full = CommitRecord(
            sequence: 9, previous: Sample.digest(0xC8), commitID: Sample.commitID, kind: .write,
            timeSeconds: Sample.created, boardID: Sample.boardID, producer: "swift-pins 0.1")
        full.orphanFloor = 5
        full.logBoundary = 3
        full.indexSegments = [
            SegmentReference(
                name: Sample.name(8, 0xA1), byteCount: 4_096, entryCount: 60,
                digest: Sample.digest(0xB1)),
            SegmentReference(
                name: Sample.name(2, 0xA2), byteCount: 1 << 40, entryCount: 1 << 30,
                digest: Sample.digest(0xB2)),
        ]
        full.tableSegments = [
            SegmentReference(
                name: Sample.name(4, 0xA3), byteCount: 200, entryCount: 1,
                digest: Sample.digest(0xB3))
        ]
        full.inlineIndex = try indexes()[1].bytes
        full.inlineTable = tables()[1].bytes
        full.features.write = [9]
        full.sketchSegments = [
            SegmentReference(
                name: Sample.name(5, 0xA4), byteCount: 300, entryCount: 3,
                digest: Sample.digest(0xB4))
        ]
        full.inlineSketches = sketches()[0].bytes
        full.unknown = [Record.Field(tag: 100, value: [])]
        return [
            Vector(name: "commit", kind: .commit, bytes: least.encoded(.standard)),
            Vector(name: "commit-full", kind: .commit, bytes: full.encoded(.standard)),
        ]
    }

    static func tables() -> [Vector] {
        func table(_ name: String, _ rows: [TableRow]) -> Vector {
            Vector(
                name: name, kind: .tableSegment, bytes: TableSegment.encode(rows, .standard))
        }
        let label = LabelRow(version: Sample.versionName).encoded
        let one = [TableRow(key: RowKey.label("best", of: "mtcars"), value: label)]
        // The first block ends with its entry that reaches 16,384 bytes; the second is the rest.
        let blocks = (0..<40).map { number in
            TableRow(
                key: RowKey.pin("pin-\(number < 10 ? "0" : "")\(number)"),
                value: number.isMultiple(of: 7) ? nil : stream("row\(number)", 600))
        }
        return [
            table("table-empty", []), table("table", one), table("table-blocks", blocks),
            table(
                "table-deleted",
                [TableRow(key: [1], value: nil), TableRow(key: [1, 0], value: [])]),
        ]
    }

    static func indexes() throws -> [Vector] {
        func index(_ name: String, _ places: [FramePlace]) -> Vector {
            Vector(name: name, kind: .indexSegment, bytes: IndexSegment.encode(places, .standard))
        }
        let pack = Sample.name(1, 0xAA)
        let one = FramePlace(
            digest: Sample.digest(0x11), pack: pack, offset: 64, storedByteCount: 136,
            header: Sample.header(), bases: [])
        let delta = FramePlace(
            digest: Sample.digest(0x11), pack: Sample.name(3, 1), offset: 64, storedByteCount: 200,
            header: try Sample.delta(2), bases: [Sample.digest(1), Sample.digest(2)])
        let other = FramePlace(
            digest: Sample.digest(0x22), pack: Sample.name(3, 1), offset: 264, storedByteCount: 150,
            header: try Sample.delta(1), bases: [Sample.digest(0x11)])
        // 130 entries: two fan-out bits, one bucket of them empty.
        let many = (0..<130).map { number -> FramePlace in
            var bytes = stream("digest\(number)", 32)
            if bytes[0] >> 6 == 2 { bytes[0] = 0xFF }
            return FramePlace(
                digest: Digest(bytes: bytes), pack: Sample.name(UInt64(number % 3), 7),
                offset: 64 + number * 200, storedByteCount: 200,
                header: Sample.header(.zstd, .shuffle8, raw: 1_000 + number), bases: [])
        }
        return [
            index("index-empty", []), index("index", [one]),
            index("index-bases", [one, delta, other]),
            index("index-buckets", many.sorted(by: FramePlace.isOrderedBefore)),
        ]
    }

    static func packs() throws -> [Vector] {
        var one = PackContents(
            header: PackHeader(content: .mixed, name: Sample.name(1, 0xAA)), producer: "")
        _ = try one.append(raw: [0x61])
        var several = PackContents(
            header: PackHeader(content: .chunks, name: Sample.name(2, 0xAB)), producer: "swift-pins"
        )
        let chunk = try several.append(raw: stream("chunk", 300))
        _ = try several.append(raw: [UInt8](repeating: 0x5A, count: 2))
        let node = ManifestNode(
            level: 0, entries: [ManifestNode.Entry(digest: chunk, byteCount: 300)])
        _ = try several.append(raw: node.encoded, kind: .node)
        let empty = PackContents(
            header: PackHeader(content: .nodes, name: Sample.name(0, 0xAC)), producer: "")
        return [
            Vector(name: "pack", kind: .pack, bytes: one.encoded),
            Vector(name: "pack-raw", kind: .pack, bytes: several.encoded),
            Vector(name: "pack-empty", kind: .pack, bytes: empty.encoded),
        ]
    }

    /// Text that compresses, and that an edit of it compresses against.
    static func text(_ lines: Int, changing changed: Int? = nil) -> [UInt8] {
        (0..<lines).flatMap { line -> [UInt8] in
            Array(
                "line \(line): \(changed == line ? "edited" : stream("l\(line)", 6).hexText)\n".utf8
            )
        }
    }

    static func compressed(
        _ plain: [UInt8], filter: FrameFilter = .none, bases: [(FrameHeader, Digest, [UInt8])] = []
    ) throws -> PackContents.Frame {
        var encoder = try FrameEncoder(level: 3)
        let prefix = bases.flatMap(\.2)
        let frame =
            bases.isEmpty
            ? try encoder.encode(plain.span.bytes, filter: filter)
            : try encoder.encode(plain.span.bytes, prefix: prefix.span.bytes)
        let header =
            bases.isEmpty
            ? FrameHeader(
                kind: .chunk, codec: frame.codec, filter: frame.filter, rawByteCount: plain.count)
            : try FrameHeader(deltaOf: bases.map(\.0), rawByteCount: plain.count)
        precondition(header.codec == frame.codec, "the sample does not compress")
        return PackContents.Frame(
            header: header, bases: bases.map(\.1), stored: frame.bytes, digest: digest(plain))
    }

    static func compressedPacks() throws -> [Vector] {
        func pack(_ name: String, _ fill: UInt8, _ frames: [PackContents.Frame]) -> Vector {
            var contents = PackContents(
                header: PackHeader(content: .chunks, name: Sample.name(3, fill)), producer: "")
            contents.frames = frames
            return Vector(
                name: name, kind: .pack, bytes: contents.encoded, isReproducible: false)
        }
        let floats = (0..<203).flatMap { number -> [UInt8] in
            [UInt8(number), UInt8(number & 7), 0x80, 0x3F]
        }
        let plain = text(40)
        let base = try compressed(plain)
        let edited = text(40, changing: 20)
        let delta = try compressed(edited, bases: [(base.header, base.digest, plain)])
        let second = text(80).suffix(900)
        let other = try compressed(Array(second))
        let joined = Array(edited.suffix(700) + second.prefix(600))
        let both = try compressed(
            joined,
            bases: [
                (delta.header, delta.digest, edited), (other.header, other.digest, Array(second)),
            ])
        return [
            pack("pack-zstd", 1, [base]),
            pack("pack-shuffle4", 2, [try compressed(floats, filter: .shuffle4)]),
            pack("pack-shuffle8", 3, [try compressed(floats + [1, 2, 3], filter: .shuffle8)]),
            pack("pack-shuffle2", 6, [try compressed(floats + [1], filter: .shuffle2)]),
            pack("pack-delta1", 4, [base, delta]),
            pack("pack-delta2", 5, [base, other, delta, both]),
        ]
    }
}
