/// Appends little-endian numbers and bytes (FORMAT.md §2.1).
public struct ByteWriter: Sendable {
    /// What has been written so far.
    public private(set) var bytes: [UInt8] = []

    public init(reserving byteCount: Int = 0) { bytes.reserveCapacity(byteCount) }

    /// The number of bytes written so far: the offset of the next one.
    public var count: Int { bytes.count }

    /// Appends a byte.
    public mutating func u8(_ value: UInt8) { bytes.append(value) }

    /// Appends two bytes, little-endian.
    public mutating func u16(_ value: UInt16) { little(value) }

    /// Appends four bytes, little-endian.
    public mutating func u32(_ value: UInt32) { little(value) }

    /// Appends eight bytes, little-endian.
    public mutating func u64(_ value: UInt64) { little(value) }

    public mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    /// Appends 32 bytes.
    public mutating func digest(_ digest: Digest) { bytes.append(contentsOf: digest.bytes) }

    /// Writes `count` zero bytes.
    public mutating func zeros(_ count: Int) {
        bytes.append(contentsOf: repeatElement(0, count: count))
    }

    /// Writes a length-prefixed string of bytes: u32 length, bytes.
    public mutating func counted(_ more: [UInt8]) {
        u32(UInt32(more.count))
        append(more)
    }

    /// Overwrites four bytes written before: the back-patch of a length known only later.
    public mutating func replaceU32(_ value: UInt32, at offset: Int) {
        for step in 0..<4 { bytes[offset + step] = UInt8(truncatingIfNeeded: value >> (8 * step)) }
    }

    private mutating func little<Value: FixedWidthInteger>(_ value: Value) {
        for shift in stride(from: 0, to: Value.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> Value(shift)))
        }
    }
}
