import PinFormat
import PinTransforms

/// What `pins inspect` finds in a file.
struct Inspection {
    /// `config`, `commit`, `latest`, `table segment`, `index segment`, `pack`, `parity`, …; `nil`
    /// for foreign bytes.
    let kind: String?
    /// The fields up to the end, or up to where decoding stopped.
    let fields: [DumpedField]
    /// Why decoding stopped, or what a decoder of the engine refuses; `nil` for a sound object.
    let error: FormatError?

    /// Decodes a whole object, as far as that goes.
    init(_ bytes: [UInt8]) {
        let dump = FieldDump(bytes)
        let found = Self.kind(of: bytes)
        kind = found.map(Self.name)
        var failure: FormatError?
        if let found {
            do throws(FormatError) {
                try Self.walk(found, dump)
                try Self.decode(found, bytes)
            } catch {
                failure = error
            }
        } else {
            failure = FormatError(
                bytes.count < 8 ? .truncated : .badMagic, section: "2.5", offset: 0,
                "these are not the bytes of an object of a board")
        }
        fields = dump.fields
        error = failure
    }

    private static func kind(of bytes: [UInt8]) -> ObjectKind? {
        if let kind = ObjectKind.allCases.first(where: { bytes.starts(with: $0.magic) }) {
            return kind == .pack ? nil : kind
        }
        // A pack begins with the header of a skippable frame.
        return bytes.dropFirst(8).starts(with: ObjectKind.pack.magic) ? .pack : nil
    }

    private static func name(_ kind: ObjectKind) -> String {
        switch kind {
        case .config: "config"
        case .commit: "commit"
        case .latest: "latest"
        case .tableSegment: "table segment"
        case .indexSegment: "index segment"
        case .sketchSegment: "sketch segment"
        case .pack: "pack"
        case .parity: "parity"
        }
    }

    private static func walk(_ kind: ObjectKind, _ dump: FieldDump) throws(FormatError) {
        let all = 0..<dump.bytes.count
        switch kind {
        case .config: try RecordWalk.object(dump, RecordFields.config, section: "7.1")
        case .commit: try RecordWalk.object(dump, RecordFields.commit, section: "7.8")
        case .latest: try RecordWalk.latest(dump)
        case .tableSegment: try TableWalk.segment(dump, all)
        case .sketchSegment: try TableWalk.segment(dump, all, isSketch: true)
        case .indexSegment: try IndexWalk.segment(dump, all)
        case .pack: try PackWalk.pack(dump)
        case .parity: try ParityWalk.parity(dump)
        }
    }

    /// The engine's own decoders have the last word: they check more than a dump needs.
    private static func decode(_ kind: ObjectKind, _ bytes: [UInt8]) throws(FormatError) {
        switch kind {
        case .config: _ = try BoardConfig(bytes, .standard)
        case .commit: _ = try CommitRecord(bytes, .standard)
        case .latest: _ = try LatestRecord(bytes, .standard)
        case .tableSegment: _ = try TableSegment.decode(bytes, .standard)
        case .indexSegment: _ = try IndexSegment.decode(bytes, .standard)
        case .sketchSegment: _ = try SketchSegment.decode(bytes, .standard)
        case .parity: _ = try PackParity(bytes, .standard)
        // The walk of a pack has used the decoders of header, frames, footer and trailer.
        case .pack: break
        }
    }
}

/// The parts that objects of several kinds share (FORMAT.md §2.5).
enum EnvelopeWalk {
    static func prologue(_ dump: FieldDump, _ reader: inout ByteReader) throws(FormatError) {
        try dump.hex("magic", 8, &reader)
        let start = reader.offset
        let epoch = try dump.u16("epoch", &reader)
        guard epoch == Prologue.epoch else {
            throw reader.error(
                .unsupportedEpoch, at: start,
                "the object is of epoch \(epoch), this program reads epoch \(Prologue.epoch)")
        }
        try dump.reserved(6, &reader)
    }

    /// The last 32 bytes of the object in `range`.
    static func seal(_ dump: FieldDump, _ range: Range<Int>) throws(FormatError) {
        let place = range.upperBound - Prologue.sealByteCount..<range.upperBound
        let found = Digest(bytes: dump.bytes, at: place.lowerBound)
        let isRight =
            Checksums.standard.sha256(dump.bytes, range.lowerBound..<place.lowerBound) == found
        dump.add(place, "2.5", "seal", "\(found.hex) \(isRight ? "(matches)" : "(does not match)")")
        guard isRight else {
            throw FormatError(
                .checksumMismatch, section: "2.5", offset: place.lowerBound,
                "the seal does not match the bytes before it")
        }
    }

    /// Checks that prologue and seal have room, and returns what stands between them.
    static func content(
        _ dump: FieldDump, _ range: Range<Int>, section: String
    ) throws(FormatError) -> Range<Int> {
        let end = range.upperBound - Prologue.sealByteCount
        guard range.lowerBound + Prologue.byteCount <= end else {
            throw FormatError(
                .truncated, section: section, offset: range.upperBound,
                "\(range.count) bytes cannot hold prologue and seal")
        }
        return range.lowerBound..<end
    }
}
