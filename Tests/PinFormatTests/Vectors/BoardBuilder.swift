import PinTransforms

@testable import PinFormat

/// Puts a board together by hand, object by object, with PinFormat's types alone.
struct BoardBuilder {
    /// The objects by key.
    private(set) var objects: [String: [UInt8]] = [:]
    let config: BoardConfig
    private(set) var places: [FramePlace] = []
    private(set) var rows: [[UInt8]: [UInt8]?] = [:]
    private(set) var indexSegments: [SegmentReference] = []
    private(set) var tableSegments: [SegmentReference] = []
    private(set) var sequence: UInt64 = 0
    private(set) var previous = Digest(0, 0, 0, 0)
    private var packs: Set<ObjectName> = []
    /// What `verify` of the reference decoder is to say about every version, by pin.
    private(set) var summaries: [String: [JSON]] = [:]

    init(exponent: Int) throws {
        config = BoardConfig(
            boardID: Sample.boardID, chunker: try ChunkerParameters(averageExponent: exponent),
            createdSeconds: Sample.created, producer: "vectors")
        objects["config"] = config.encoded(.standard)
    }

    /// A manifest of a file: what is referred to, and the nodes to store.
    struct Manifest {
        var content: FileEntry.Content = .empty
        var nodes: [ManifestNode] = []
        var chunks: [[UInt8]] = []
    }

    func manifest(_ bytes: [UInt8]) -> Manifest {
        var out = Manifest()
        var start = 0
        for end in cuts(bytes, config.chunker) {
            out.chunks.append(Array(bytes[start..<end]))
            start = end
        }
        if out.chunks.isEmpty { return out }
        guard out.chunks.count > 1 else {
            out.content = .chunk(digest(out.chunks[0]))
            return out
        }
        var (level, entries) = (
            0,
            out.chunks.map {
                ManifestNode.Entry(digest: digest($0), byteCount: UInt64($0.count))
            }
        )
        while true {
            let nodes = Self.closed(level, entries)
            out.nodes += nodes
            entries = nodes.map {
                ManifestNode.Entry(
                    digest: digest($0.encoded, .node), byteCount: $0.byteCount,
                    chunkCount: $0.chunkCount)
            }
            if nodes.count == 1 { break }
            level += 1
        }
        out.content = .tree(entries[0].digest)
        return out
    }

    private static func closed(_ level: Int, _ entries: [ManifestNode.Entry]) -> [ManifestNode] {
        var (nodes, current): ([ManifestNode], [ManifestNode.Entry]) = ([], [])
        for entry in entries {
            current.append(entry)
            if entry.closesNode(ofEntryCount: current.count) {
                nodes.append(ManifestNode(level: level, entries: current))
                current = []
            }
        }
        if !current.isEmpty { nodes.append(ManifestNode(level: level, entries: current)) }
        return nodes
    }

    /// Stores a pack: its object, its row, its places.
    mutating func add(_ pack: PackContents) {
        let bytes = pack.encoded
        let name = pack.header.name
        objects["packs/\(name)"] = bytes
        rows[RowKey.pack(name)] =
            PackRow(
                status: .live, byteCount: bytes.count, footerByteCount: pack.footer.encoded.count,
                footerDigest: digest(pack.footer.encoded), frameCount: pack.frames.count,
                rawByteCount: pack.frames.reduce(0) { $0 + UInt64($1.header.rawByteCount) }
            ).encoded
        places += pack.entries.map { FramePlace($0, in: name) }
        packs.insert(name)
    }

    /// An entry of the index whose pack is gone: readers ignore it.
    mutating func addGhost(_ place: FramePlace) { places.append(place) }

    /// Adds a version; chunks and nodes that no pack has yet go to a new raw pack.
    mutating func write(
        _ pin: String, _ second: Int, _ files: [(String, [UInt8])], flat: Bool, pack: ObjectName
    ) throws {
        var contents = PackContents(header: PackHeader(content: .mixed, name: pack), producer: "")
        var (entries, chunkCount): ([FileEntry], UInt64) = ([], 0)
        var known = Set(places.filter { packs.contains($0.pack) }.map(\.digest))
        func store(_ manifest: Manifest) throws {
            for chunk in manifest.chunks where known.insert(digest(chunk)).inserted {
                _ = try contents.append(raw: chunk)
            }
            for node in manifest.nodes where known.insert(digest(node.encoded, .node)).inserted {
                _ = try contents.append(raw: node.encoded, kind: .node)
            }
        }
        for (path, bytes) in files {
            let manifest = manifest(bytes)
            try store(manifest)
            chunkCount += UInt64(manifest.chunks.count)
            entries.append(
                FileEntry(
                    path: path, byteCount: UInt64(bytes.count), content: manifest.content,
                    flatDigest: flat ? digest(bytes) : nil))
        }
        let list = try FileList(entries)
        var record = ValidVectors.record(
            list, metadata: VersionMetadata(createdSeconds: Sample.created, type: "file"))
        record.pinName = pin
        let time = "20260102T0304\(second < 10 ? "0" : "")\(second)Z-"
        record.versionName = time + record.pinHash.hex.prefix(5)
        record.chunker = config.chunker
        if list.encoded.count > Limits.inlineFileListByteCount {
            let manifest = manifest(list.encoded)
            try store(manifest)
            record.files = .stored(
                list: FileEntry(
                    path: "files", byteCount: UInt64(list.encoded.count), content: manifest.content,
                    flatDigest: nil),
                fileCount: list.files.count)
        }
        (record.newChunkCount, record.chunkCount) = (UInt64(contents.frames.count), chunkCount)
        if !contents.frames.isEmpty { add(contents) }
        rows[RowKey.version(record.versionName, of: pin)] =
            VersionRow(
                recordBytes: record.encoded, packs: packs.sorted()
            ).encoded
        summarize(record, files)
        rows[RowKey.pin(pin)] =
            PinRow(
                latest: record.versionName, versionCount: UInt64(summaries[pin]?.count ?? 0),
                byteCount: record.byteCount, metadata: record.metadata
            ).encoded
    }

    private mutating func summarize(_ record: VersionRecord, _ files: [(String, [UInt8])]) {
        let sorted = files.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
        summaries[record.pinName, default: []].append(
            .object([
                ("version", .text(record.versionName)), ("pin_hash", .hex(record.pinHash.bytes)),
                (
                    "files",
                    .list(
                        sorted.map { path, bytes in
                            .object([
                                ("path", .text(path)), ("size", .number(bytes.count)),
                                ("sha256", .hex(digest(bytes).bytes)),
                            ])
                        })
                ),
            ]))
    }

    mutating func set(_ key: [UInt8], _ value: [UInt8]?) { rows[key] = .some(value) }

    /// Moves all inline rows and places to segments of their own.
    mutating func flush(index: ObjectName, table: ObjectName) {
        let indexBytes = IndexSegment.encode(sortedPlaces, .standard)
        let tableBytes = TableSegment.encode(sortedRows, .standard)
        objects["index/\(index)"] = indexBytes
        objects["tables/\(table)"] = tableBytes
        indexSegments.insert(
            SegmentReference(
                name: index, byteCount: indexBytes.count, entryCount: places.count,
                digest: digest(indexBytes)), at: 0)
        tableSegments.insert(
            SegmentReference(
                name: table, byteCount: tableBytes.count, entryCount: rows.count,
                digest: digest(tableBytes)), at: 0)
        (flushed, places, rows) = (flushed + places, [], [:])
    }

    private var flushed: [FramePlace] = []
    private var sortedPlaces: [FramePlace] { places.sorted(by: FramePlace.isOrderedBefore) }
    private var sortedRows: [TableRow] {
        rows.map { TableRow(key: $0.key, value: $0.value) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }

    /// Writes the next commit, and `latest`.
    mutating func commit(_ kind: CommitRecord.Kind) {
        sequence += 1
        var record = CommitRecord(
            sequence: sequence, previous: previous,
            commitID: [UInt8](repeating: UInt8(sequence), count: 16), kind: kind,
            timeSeconds: Sample.created + Int64(sequence), boardID: config.boardID,
            producer: "vectors")
        (record.indexSegments, record.tableSegments) = (indexSegments, tableSegments)
        record.inlineIndex = places.isEmpty ? nil : IndexSegment.encode(sortedPlaces, .standard)
        record.inlineTable = rows.isEmpty ? nil : TableSegment.encode(sortedRows, .standard)
        let bytes = record.encoded(.standard)
        let digits = String(sequence)
        objects["commits/" + String(repeating: "0", count: 20 - digits.count) + digits] = bytes
        previous = digest(Array(bytes.dropLast(32)), .commit)
        objects["latest"] = LatestRecord(sequence: sequence, digest: previous).encoded(.standard)
    }

    /// What the reference decoder must find.
    var expected: JSON {
        .object([
            ("board", .hex(config.boardID)), ("commit", .unsigned(sequence)),
            ("commit digest", .hex(previous.bytes)), ("packs", .number(packs.count)),
            (
                "pins",
                .object(summaries.sorted { $0.key < $1.key }.map { ($0.key, JSON.list($0.value)) })
            ),
            ("problems", .list([])),
        ])
    }
}
