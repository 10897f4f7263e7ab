import PinTransforms

@testable import PinFormat

/// Values as JSON, with FORMAT.md's names of the fields; what is absent on disk is absent here.
enum Describe {
    typealias Members = [(String, JSON)]

    static func config(_ value: BoardConfig) -> Members {
        var out: Members = [
            ("board id", .hex(value.boardID)), ("chunker", .hex(value.chunker.encoded)),
        ]
        features(value.features, &out)
        if value.isSingleWriter { out.append(("single writer", .number(1))) }
        if value.level != 3 { out.append(("level", .number(value.level))) }
        if value.closureFrameCount != BoardConfig.standardClosureFrameCount {
            out.append(("closure frames", .number(value.closureFrameCount)))
        }
        number("created", value.createdSeconds, &out)
        text("producer", value.producer, &out)
        if let percent = value.parityPercent { out.append(("parity", .number(percent))) }
        unknown(value.unknown, &out)
        return out
    }

    static func parity(_ value: ParityDescription) -> Members {
        func sums(_ values: [UInt32]) -> JSON { .list(values.map { .unsigned(UInt64($0)) }) }
        return [
            ("name", .text("\(value.name)")), ("pack length", .number(value.layout.packByteCount)),
            ("rows", .number(value.layout.rowCount)), ("pack digest", .hex(value.packDigest.bytes)),
            ("block length", .number(value.layout.blockByteCount)),
            ("groups", .number(value.layout.groupCount)),
            ("block checksums", sums(value.blockChecksums)),
            ("parity checksums", sums(value.parityChecksums)),
        ]
    }

    static func frame(
        _ header: FrameHeader, offset: Int, stored: Int, bases: [Digest]
    ) -> Members {
        [
            ("offset", .number(offset)), ("stored length", .number(stored)),
            ("raw length", .number(header.rawByteCount)), ("form", .number(Int(header.form))),
            ("depth", .number(header.depth)), ("closure frames", .number(header.closureFrameCount)),
            ("bases", .list(bases.map { .hex($0.bytes) })),
        ]
    }

    static func pack(_ value: PackContents) -> Members {
        [
            ("name", .text("\(value.header.name)")),
            ("content", .number(Int(value.header.content.rawValue))),
            (
                "frames",
                .list(
                    value.entries.map {
                        .object(
                            [("digest", .hex($0.digest.bytes))]
                                + frame(
                                    $0.header, offset: $0.offset, stored: $0.storedByteCount,
                                    bases: $0.bases))
                    })
            ),
            ("producer", .text(value.producer)),
        ]
    }

    static func node(_ value: ManifestNode) -> Members {
        let entries = value.entries.map { entry -> JSON in
            let size = JSON.unsigned(entry.byteCount)
            return .object(
                [("digest", .hex(entry.digest.bytes))]
                    + (value.level == 0
                        ? [("raw length", size)]
                        : [("byte count", size), ("chunk count", .unsigned(entry.chunkCount))]))
        }
        return [
            ("level", .number(value.level)), ("entries", .list(entries)),
            ("node digest", .hex(digest(value.encoded, .node).bytes)),
        ]
    }

    static func index(_ places: [FramePlace]) -> Members {
        let packs = Set(places.map(\.pack)).sorted()
        return [
            (
                "fan-out bits",
                .number(IndexSegmentLayout.fanoutBitCount(forEntryCount: places.count))
            ),
            ("packs", .list(packs.map { .text("\($0)") })),
            (
                "entries",
                .list(
                    places.map {
                        .object(
                            [("digest", .hex($0.digest.bytes)), ("pack", .text("\($0.pack)"))]
                                + frame(
                                    $0.header, offset: $0.offset, stored: $0.storedByteCount,
                                    bases: $0.bases))
                    })
            ),
        ]
    }

    static func rows(_ rows: [TableRow]) -> JSON {
        .list(
            rows.map {
                .object([("key", .hex($0.key)), ("value", $0.value.map { .hex($0) } ?? .null)])
            })
    }

    static func packRow(_ value: PackRow) -> Members {
        var out: Members = [
            ("status", .number(Int(value.status.rawValue))),
            ("byte count", .number(value.byteCount)),
            ("footer length", .number(value.footerByteCount)),
            ("footer digest", .hex(value.footerDigest.bytes)),
            ("frame count", .number(value.frameCount)),
        ]
        nonzero("raw bytes", value.rawByteCount, &out)
        if let since = value.since { out.append(("since", .unsigned(since))) }
        number("time", value.timeSeconds, &out)
        if let session = value.session { out.append(("session", .hex(session))) }
        if value.isLost { out.append(("lost", .number(1))) }
        unknown(value.unknown, &out)
        return out
    }

    static func versionRow(_ value: VersionRow) -> Members {
        var out: Members = [
            ("version record", .hex(value.recordBytes)),
            ("packs", .list(value.packs.map { .text("\($0)") })),
        ]
        unknown(value.unknown, &out)
        return out
    }

    static func pinRow(_ value: PinRow) -> Members {
        var out: Members = [
            ("latest version", .text(value.latest)), ("versions", .unsigned(value.versionCount)),
            ("size", .unsigned(value.byteCount)),
        ]
        metadata(value.metadata, &out)
        unknown(value.unknown, &out)
        return out
    }

    static func labelRow(_ value: LabelRow) -> Members {
        var out: Members = [("version name", .text(value.version))]
        unknown(value.unknown, &out)
        return out
    }

    static func version(_ value: VersionRecord) -> Members {
        var out: Members = [
            ("pin name", .text(value.pinName)), ("version name", .text(value.versionName)),
            ("pin_hash", .hex(value.pinHash.bytes)), ("chunker", .hex(value.chunker.encoded)),
        ]
        switch value.files {
        case .inline(let list): out.append(("files", files(list)))
        case .stored(let list, let count):
            out.append(
                (
                    "file list",
                    .object([
                        ("byte count", .unsigned(list.byteCount)), ("file count", .number(count)),
                        ("shape", .number(Int(list.shape))),
                        ("digest", .hex(list.digest?.bytes ?? [])),
                    ])
                ))
        }
        out += [("size", .unsigned(value.byteCount)), ("file count", .number(value.fileCount))]
        metadata(value.metadata, &out)
        text("parent", value.parent ?? "", &out)
        if let parent = value.parentDigest { out.append(("parent digest", .hex(parent.bytes))) }
        text("producer", value.producer, &out)
        nonzero("new chunks", value.newChunkCount, &out)
        nonzero("new bytes", value.newByteCount, &out)
        nonzero("chunks", value.chunkCount, &out)
        unknown(value.unknown, &out)
        return out
    }

    static func fileList(_ value: FileList) -> Members {
        let content = value.contentList { digest($0, .node) }
        return [("files", files(value)), ("pin_hash", .hex(digest(content, .content).bytes))]
    }

    private static func files(_ list: FileList) -> JSON {
        .list(
            list.files.map { file in
                var out: Members = [
                    ("path", .text(file.path)), ("size", .unsigned(file.byteCount)),
                    ("shape", .number(Int(file.shape))),
                ]
                if let digest = file.digest { out.append(("digest", .hex(digest.bytes))) }
                if let flat = file.flatDigest { out.append(("flat digest", .hex(flat.bytes))) }
                let root = file.manifestRoot { digest($0, .node) }
                return .object(out + [("root", .hex(root.bytes))])
            })
    }

    static func latest(_ value: LatestRecord) -> Members {
        [
            ("sequence number", .unsigned(value.sequence)),
            ("commit digest", .hex(value.digest.bytes)),
        ]
    }

    static func commit(_ value: CommitRecord) throws -> Members {
        var out: Members = [
            ("sequence number", .unsigned(value.sequence)),
            ("previous", .hex(value.previous.bytes)),
            ("commit id", .hex(value.commitID)), ("kind", .number(Int(value.kind.rawValue))),
        ]
        number("time", value.timeSeconds, &out)
        out.append(("board id", .hex(value.boardID)))
        nonzero("orphan floor", value.orphanFloor, &out)
        nonzero("log boundary", value.logBoundary, &out)
        references("index segments", value.indexSegments, &out)
        if let bytes = value.inlineIndex {
            out.append(("inline index", .object(index(try IndexSegment.decode(bytes, .standard)))))
        }
        references("table segments", value.tableSegments, &out)
        if let bytes = value.inlineTable {
            out.append(("inline table", rows(try TableSegment.decode(bytes, .standard))))
        }
        features(value.features, &out)
        text("producer", value.producer, &out)
        references("sketch segments", value.sketchSegments, &out)
        if let bytes = value.inlineSketches {
            let entries = try SketchSegment.decode(bytes, .standard)
            out.append(("inline sketches", .object(sketches(entries))))
        }
        unknown(value.unknown, &out)
        return out
    }

    static func sketches(_ entries: [SketchEntry]) -> Members {
        let items = entries.map { entry -> JSON in
            .object([("feature", .hex(entry.key)), ("chunk", .hex(entry.chunk.bytes))])
        }
        return [("entries", .list(items))]
    }

    // MARK: - Parts

    private static func references(_ name: String, _ list: [SegmentReference], _ out: inout Members)
    {
        guard !list.isEmpty else { return }
        let items = list.map { reference -> JSON in
            .object([
                ("name", .text("\(reference.name)")), ("byte count", .number(reference.byteCount)),
                ("entry count", .number(reference.entryCount)),
                ("digest", .hex(reference.digest.bytes)),
            ])
        }
        out.append((name, .list(items)))
    }

    private static func metadata(_ value: VersionMetadata, _ out: inout Members) {
        number("created", value.createdSeconds == 0 ? nil : value.createdSeconds, &out)
        text("type", value.type, &out)
        text("title", value.title ?? "", &out)
        text("description", value.description ?? "", &out)
        if !value.tags.isEmpty { out.append(("tags", .list(value.tags.map { .text($0) }))) }
        if !value.urls.isEmpty { out.append(("urls", .list(value.urls.map { .text($0) }))) }
        text("user metadata", String(decoding: value.userJSON ?? [], as: UTF8.self), &out)
        text("origin", String(decoding: value.originJSON ?? [], as: UTF8.self), &out)
    }

    private static func features(_ value: Features, _ out: inout Members) {
        for (name, set) in [
            ("read", value.read), ("write", value.write), ("collect", value.collect),
        ]
        where !set.isEmpty {
            out.append(("features to \(name)", .list(set.map { .number(Int($0)) })))
        }
    }

    private static func text(_ name: String, _ value: String, _ out: inout Members) {
        if !value.isEmpty { out.append((name, .text(value))) }
    }

    private static func number(_ name: String, _ value: Int64?, _ out: inout Members) {
        if let value { out.append((name, .number(Int(value)))) }
    }

    private static func nonzero(_ name: String, _ value: UInt64, _ out: inout Members) {
        if value != 0 { out.append((name, .unsigned(value))) }
    }

    private static func unknown(_ fields: [Record.Field], _ out: inout Members) {
        for field in fields { out.append(("field \(field.tag)", .hex(field.value))) }
    }
}
