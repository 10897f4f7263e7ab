/// A reference from a commit to a segment (FORMAT.md §7.8): 72 bytes.
public struct SegmentReference: Sendable, Hashable {
    /// The object, below `index/`, `tables/` or `sketches/`.
    public let name: ObjectName
    /// Its size; 0…2^48.
    public let byteCount: Int
    /// Its entries or rows; at most one for each byte.
    public let entryCount: Int
    /// SHA-256 of the whole object.
    public let digest: Digest

    public init(name: ObjectName, byteCount: Int, entryCount: Int, digest: Digest) {
        self.name = name
        self.byteCount = byteCount
        self.entryCount = entryCount
        self.digest = digest
    }

    func write(to writer: inout ByteWriter) {
        writer.append(name.bytes)
        writer.u64(UInt64(byteCount))
        writer.u64(UInt64(entryCount))
        writer.digest(digest)
    }

    init(_ reader: inout ByteReader) throws(FormatError) {
        name = try ObjectName(&reader)
        let (bytes, entries) = (try reader.u64(), try reader.u64())
        guard bytes <= 1 << 48, entries <= bytes else {
            throw reader.error(.limitExceeded, "a segment's sizes cannot be")
        }
        byteCount = Int(bytes)
        entryCount = Int(entries)
        digest = try reader.digest()
    }
}

/// One entry of the log: the whole state of a board (FORMAT.md §7.8).
public struct CommitRecord: Sendable, Hashable {
    /// What a commit was made for.
    public enum Kind: UInt8, Sendable, Hashable, CaseIterable {
        case write = 1
        case stage = 2
        case delete = 3
        case collect = 4
        case administer = 5
    }

    static let section = "7.8"
    static let known: [UInt16] =
        [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map { $0 | Record.critical } + [
            5, 16, 17, 18,
        ]

    /// Its number in the log, from 1 (FORMAT.md §9.3).
    public var sequence: UInt64
    /// Digest of the commit before; zero for the first.
    public var previous: Digest
    /// 16 random bytes: whose commit this is.
    public var commitID: [UInt8]
    /// What it was made for.
    public var kind: Kind
    /// Seconds since 1970, informational.
    public var timeSeconds: Int64?
    /// 16 bytes, as in the board's configuration.
    public var boardID: [UInt8]
    /// Objects that no commit names and whose base is below this may be deleted (FORMAT.md §9.5).
    public var orphanFloor: UInt64 = 0
    /// Commits up to this one may be gone (FORMAT.md §9.6).
    public var logBoundary: UInt64 = 0
    /// Where chunks are, newest first; at most 256.
    public var indexSegments: [SegmentReference] = []
    /// The newest entries of the index, an index segment (§7.4) in the commit.
    public var inlineIndex: [UInt8]?
    /// The state, newest first; at most 256.
    public var tableSegments: [SegmentReference] = []
    /// The newest rows of the state.
    public var inlineTable: [UInt8]?
    /// Advice for writers, §7.9: references and what stands in the commit itself.
    public var sketchSegments: [SegmentReference] = []
    /// The newest sketches.
    public var inlineSketches: [UInt8]?
    /// Every segment that the commit names.
    public var segments: [SegmentReference] { indexSegments + tableSegments + sketchSegments }
    /// What a reader, writer or collector must understand.
    public var features = Features()
    /// Which program wrote it; informational, at most 255 bytes.
    public var producer: String
    /// Fields that this version does not know, kept as they were read (FORMAT.md §2.6).
    public var unknown: [Record.Field] = []

    public init(
        sequence: UInt64, previous: Digest, commitID: [UInt8], kind: Kind, timeSeconds: Int64?,
        boardID: [UInt8], producer: String
    ) {
        self.sequence = sequence
        self.previous = previous
        self.commitID = commitID
        self.kind = kind
        self.timeSeconds = timeSeconds
        self.boardID = boardID
        self.producer = producer
    }

    /// The object's bytes, prologue to seal.
    public func encoded(_ checksums: Checksums) -> [UInt8] {
        var record = Record()
        let critical = Record.critical
        record.set(1 | critical, u64: sequence)
        record.set(2 | critical, previous.bytes)
        record.set(3 | critical, commitID)
        record.set(4 | critical, [kind.rawValue])
        record.set(5, i64: timeSeconds)
        record.set(6 | critical, boardID)
        record.set(7 | critical, u64: orphanFloor == 0 ? nil : orphanFloor)
        record.set(8 | critical, u64: logBoundary == 0 ? nil : logBoundary)
        record.set(9 | critical, Self.encode(indexSegments))
        record.set(10 | critical, inlineIndex)
        record.set(11 | critical, Self.encode(tableSegments))
        record.set(12 | critical, inlineTable)
        features.write(to: &record, first: 13)
        record.set(16, text: producer)
        record.set(17, Self.encode(sketchSegments))
        record.set(18, inlineSketches)
        record.keep(unknown)
        var writer = ByteWriter()
        Prologue.write(.commit, to: &writer)
        record.write(to: &writer)
        checksums.seal(&writer)
        return writer.bytes
    }

    private static func encode(_ references: [SegmentReference]) -> [UInt8]? {
        guard !references.isEmpty else { return nil }
        return Record.encode { writer in references.forEach { $0.write(to: &writer) } }
    }

    /// Decodes and checks the whole object; inline segments are left to their own decoders.
    public init(_ bytes: [UInt8], _ checksums: Checksums) throws(FormatError) {
        let section = Self.section
        guard bytes.count <= Limits.commitByteCount else {
            throw FormatError(.limitExceeded, section: section, "the commit is too large")
        }
        var reader = try checksums.open(bytes, .commit, section: section)
        let record = try Record(&reader)
        try record.check(known: Self.known, section: section)
        func number(_ tag: UInt16) throws(FormatError) -> UInt64? {
            try record.optional(tag, section: section) { (reader) throws(FormatError) in
                try reader.u64()
            }
        }
        func fixed(_ tag: UInt16, _ count: Int) throws(FormatError) -> [UInt8] {
            try record.required(tag | Record.critical, section: section) {
                (reader) throws(FormatError) in try reader.take(count)
            }
        }
        guard let kind = Kind(rawValue: try fixed(4, 1)[0]) else {
            throw FormatError(.unsupportedFeature, section: section, "a commit of an unknown kind")
        }
        guard let sequence = try number(1 | Record.critical), sequence > 0 else {
            throw FormatError(.invalidValue, section: section, "a commit without a number")
        }
        self.init(
            sequence: sequence, previous: Digest(bytes: try fixed(2, 32)),
            commitID: try fixed(3, 16), kind: kind,
            timeSeconds: try number(5).map { Int64(bitPattern: $0) }, boardID: try fixed(6, 16),
            producer: try record.text(16, limit: Limits.producerByteCount, section: section) ?? "")
        orphanFloor = try number(7 | Record.critical) ?? 0
        logBoundary = try number(8 | Record.critical) ?? 0
        guard record.value(7 | Record.critical) == nil || orphanFloor > 0,
            record.value(8 | Record.critical) == nil || logBoundary > 0,
            orphanFloor <= sequence,
            logBoundary == 0 || (sequence > 2 && logBoundary <= sequence - 2),
            sequence > 1 || previous == Digest(0, 0, 0, 0)
        else {
            throw FormatError(
                .invalidValue, section: section, "floor, boundary or previous digest cannot be")
        }
        indexSegments = try Self.references(record, 9 | Record.critical)
        inlineIndex = record.value(10 | Record.critical)
        tableSegments = try Self.references(record, 11 | Record.critical)
        inlineTable = record.value(12 | Record.critical)
        sketchSegments = try Self.references(record, 17)
        inlineSketches = record.value(18)
        features = try Features(record, first: 13, section: section)
        unknown = record.unknown(Self.known)
    }

    private static func references(
        _ record: Record, _ tag: UInt16
    ) throws(FormatError) -> [SegmentReference] {
        try record.optional(tag, section: section) { (reader) throws(FormatError) in
            guard reader.remaining > 0,
                reader.remaining <= Limits.commitReferenceCount * 72
            else { throw reader.error(.limitExceeded, "too many or no references") }
            var out: [SegmentReference] = []
            while reader.remaining > 0 { out.append(try SegmentReference(&reader)) }
            return out
        } ?? []
    }

    /// The bytes whose domain-separated digest names a commit: the object without its seal.
    public static func digestRange(of bytes: [UInt8]) -> Range<Int> {
        0..<max(0, bytes.count - Prologue.sealByteCount)
    }
}

/// The advisory pointer to the newest commit (FORMAT.md §7.7).
public struct LatestRecord: Sendable, Hashable {
    /// The size of the object `latest`.
    public static let byteCount = 88

    /// The newest commit that its writer knew.
    public let sequence: UInt64
    /// The SHA-256 of that commit.
    public let digest: Digest

    public init(sequence: UInt64, digest: Digest) {
        self.sequence = sequence
        self.digest = digest
    }

    /// The object's 88 bytes.
    public func encoded(_ checksums: Checksums) -> [UInt8] {
        var writer = ByteWriter(reserving: Self.byteCount)
        Prologue.write(.latest, to: &writer)
        writer.u64(sequence)
        writer.digest(digest)
        checksums.seal(&writer)
        return writer.bytes
    }

    /// Decodes and checks the object.
    public init(_ bytes: [UInt8], _ checksums: Checksums) throws(FormatError) {
        var reader = try checksums.open(bytes, .latest, section: "7.7")
        sequence = try reader.u64()
        digest = try reader.digest()
        try reader.finish()
        guard sequence > 0 else {
            throw FormatError(.invalidValue, section: "7.7", "the first commit has number 1")
        }
    }
}
