import PinTransforms

@testable import PinFormat

/// Random values of every record, all of them valid.
struct RandomValues {
    var bits: SplitMix

    init(seed: UInt64) { bits = SplitMix(seed: seed) }

    mutating func maybe<Value>(_ make: (inout RandomValues) -> Value) -> Value? {
        bits.below(2) == 0 ? nil : make(&self)
    }

    mutating func number() -> UInt64 { bits.next() >> UInt64(bits.below(64)) }

    mutating func digest() -> Digest { Digest(bytes: bits.bytes(32)) }

    mutating func text(_ most: Int) -> String {
        let letters = Array("abcXYZ019 _-.äß漢🙂\"\\\n\u{0}")
        return String((0..<1 + bits.below(most)).map { _ in letters[bits.below(letters.count)] })
    }

    mutating func name() -> ObjectName { ObjectName(base: number(), random: bits.bytes(16)) }

    mutating func names(_ count: Int) -> [ObjectName] { (0..<count).map { _ in name() }.sorted() }

    mutating func unknown() -> [Record.Field] {
        Set((0..<bits.below(4)).map { _ in UInt16(100 + bits.below(0x7F00)) }).sorted().map {
            Record.Field(tag: $0, value: bits.bytes(bits.below(9)))
        }
    }

    mutating func features() -> Features {
        var out = Features()
        func set() -> [UInt32] {
            Set((0..<bits.below(4)).map { _ in UInt32(truncatingIfNeeded: bits.next()) }).sorted()
        }
        out.read = set()
        out.write = set()
        out.collect = set()
        return out
    }

    mutating func chunker() throws -> ChunkerParameters {
        try ChunkerParameters(averageExponent: 12 + bits.below(11), normalization: bits.below(4))
    }

    mutating func config() throws -> BoardConfig {
        var out = BoardConfig(
            boardID: bits.bytes(16), chunker: try chunker(), isSingleWriter: bits.below(2) == 0,
            level: bits.below(251) - 200, closureFrameCount: 1 + bits.below(16),
            createdSeconds: maybe { Int64(bitPattern: $0.number()) },
            producer: maybe { $0.text(20) } ?? "")
        out.features = features()
        out.parityPercent = maybe { 1 + $0.bits.below(100) }
        out.unknown = unknown()
        return out
    }

    mutating func references() -> [SegmentReference] {
        (0..<bits.below(4)).map { _ in
            let size = bits.below(1 << 40)
            return SegmentReference(
                name: name(), byteCount: size, entryCount: bits.below(size + 1), digest: digest())
        }
    }

    mutating func commit() -> CommitRecord {
        let sequence = max(1, number() >> 1)
        var out = CommitRecord(
            sequence: sequence, previous: sequence == 1 ? Digest(0, 0, 0, 0) : digest(),
            commitID: bits.bytes(16), kind: CommitRecord.Kind.allCases[bits.below(5)],
            timeSeconds: maybe { Int64(bitPattern: $0.number()) }, boardID: bits.bytes(16),
            producer: maybe { $0.text(20) } ?? "")
        out.orphanFloor = UInt64.random(in: 0...sequence, using: &bits)
        out.logBoundary = sequence < 3 ? 0 : UInt64.random(in: 0...sequence - 2, using: &bits)
        (out.indexSegments, out.tableSegments) = (references(), references())
        out.inlineIndex = maybe { random in random.bits.bytes(random.bits.below(50)) }
        out.inlineTable = maybe { random in random.bits.bytes(random.bits.below(50)) }
        out.sketchSegments = references()
        out.inlineSketches = maybe { random in random.bits.bytes(1 + random.bits.below(50)) }
        out.features = features()
        out.unknown = unknown()
        return out
    }

    mutating func fileList() throws -> FileList {
        try FileList(
            (0..<bits.below(12)).map { index in
                let content: FileEntry.Content
                let size: UInt64
                switch bits.below(3) {
                case 0: (content, size) = (.empty, 0)
                case 1: (content, size) = (.chunk(digest()), 1 + UInt64(bits.below(16_777_216)))
                default: (content, size) = (.tree(digest()), 2 + number() >> 8)
                }
                return FileEntry(
                    path: "folder \(index)/ü\(bits.below(1_000))", byteCount: size,
                    content: content,
                    flatDigest: maybe { $0.digest() })
            })
    }

    mutating func metadata() -> VersionMetadata {
        VersionMetadata(
            createdSeconds: Int64(bitPattern: number()), type: maybe { $0.text(9) } ?? "",
            title: maybe { $0.text(30) }, description: maybe { $0.text(90) },
            tags: (0..<bits.below(4)).map { _ in text(9) },
            urls: (0..<bits.below(3)).map { _ in text(9) },
            userJSON: maybe { Array($0.text(40).utf8) },
            originJSON: maybe { Array($0.text(40).utf8) })
    }

    mutating func version(_ list: FileList) -> VersionRecord {
        var out = ValidVectors.record(list, metadata: metadata())
        if bits.below(3) == 0 {
            out.files = .stored(
                list: FileEntry(
                    path: "files", byteCount: UInt64(4_097 + bits.below(1 << 20)),
                    content: bits.below(2) == 0 ? .chunk(digest()) : .tree(digest()),
                    flatDigest: nil),
                fileCount: list.files.count)
        }
        out.parent = maybe { _ in Sample.versionName }
        out.parentDigest = maybe { $0.digest() }
        out.producer = maybe { $0.text(20) } ?? ""
        (out.newChunkCount, out.newByteCount, out.chunkCount) = (number(), number(), number())
        out.unknown = unknown()
        return out
    }

    mutating func header() throws -> FrameHeader {
        let raw = 1 + bits.below(16_777_216)
        switch bits.below(3) {
        case 0: return Sample.header(.raw, raw: raw, kind: bits.below(2) == 0 ? .chunk : .node)
        case 1: return Sample.header(.zstd, FrameFilter.allCases[bits.below(3)], raw: raw)
        default: return try Sample.delta(1 + bits.below(2), raw: raw)
        }
    }

    mutating func places(_ count: Int) throws -> [FramePlace] {
        let packs = names(5)
        var seen: Set<[Int]> = []
        var out: [FramePlace] = []
        // Few different digests, so that there are several copies of one.
        let digests = (0..<1 + count * 2 / 3).map { _ in digest() }
        while out.count < count {
            let header = try header()
            let (digest, pack) = (bits.below(digests.count), bits.below(packs.count))
            let offset = 64 + bits.below(1_000_000)
            guard seen.insert([digest, header.depth, pack, offset]).inserted else { continue }
            out.append(
                FramePlace(
                    digest: digests[digest], pack: packs[pack], offset: offset,
                    storedByteCount: 100 + bits.below(1_000), header: header,
                    bases: (0..<header.baseCount).map { _ in self.digest() }))
        }
        return out.sorted(by: FramePlace.isOrderedBefore)
    }

    mutating func rows(_ count: Int) -> [TableRow] {
        let keys = Set((0..<count).map { _ in bits.bytes(1 + bits.below(40)) })
        return keys.sorted { $0.lexicographicallyPrecedes($1) }.map { key in
            TableRow(key: key, value: maybe { random in random.bits.bytes(random.bits.below(600)) })
        }
    }

    mutating func pack(_ count: Int) throws -> PackContents {
        var out = PackContents(
            header: PackHeader(content: .allCases[bits.below(3)], name: name()),
            producer: maybe { $0.text(20) } ?? "")
        for _ in 0..<count { _ = try out.append(raw: bits.bytes(1 + bits.below(300))) }
        return out
    }
}
