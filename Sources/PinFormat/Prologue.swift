/// What an object is, by the fifth byte of its magic (FORMAT.md §2.5).
public enum ObjectKind: UInt8, Sendable, CaseIterable {
    case config = 0x42
    case commit = 0x43
    case latest = 0x4C
    case tableSegment = 0x54
    case indexSegment = 0x49
    case sketchSegment = 0x53
    case pack = 0x50
    case parity = 0x52

    /// The eight bytes that objects of this kind begin with.
    public var magic: [UInt8] { [0x89, 0x50, 0x49, 0x4E, rawValue, 0x0D, 0x0A, 0x1A] }
}

/// The first 16 bytes of every object but packs (FORMAT.md §2.5).
public enum Prologue {
    /// The length of a prologue.
    public static let byteCount = 16
    /// The length of the seal that ends an object.
    public static let sealByteCount = 32
    /// The epoch that this code writes and reads.
    public static let epoch: UInt16 = 1

    static func write(_ kind: ObjectKind, to writer: inout ByteWriter) {
        writer.append(kind.magic)
        writer.u16(epoch)
        writer.zeros(6)
    }

    static func read(_ kind: ObjectKind, from reader: inout ByteReader) throws(FormatError) {
        let magic = try reader.take(8)
        guard magic == kind.magic else {
            throw reader.error(
                .badMagic, at: reader.offset - 8, "these are not the bytes of a \(kind)")
        }
        try readEpoch(from: &reader)
        try reader.reserved(6)
    }

    static func readEpoch(from reader: inout ByteReader) throws(FormatError) {
        let found = try reader.u16()
        guard found == epoch else {
            throw reader.error(
                .unsupportedEpoch, at: reader.offset - 2,
                "the object is of epoch \(found), this program reads epoch \(epoch)")
        }
    }
}
