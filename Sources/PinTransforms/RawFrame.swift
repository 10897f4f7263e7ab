internal import PinFormat

/// The Zstandard frame of raw blocks that holds incompressible bytes (FORMAT.md §6.2).
///
/// There is one way to write it, so it is read by comparing, not by interpreting:
/// magic number, descriptor `A0` (single segment, content size of four bytes, no checksum, no
/// dictionary), content size, and blocks of 128 KiB of which only the last is shorter.
public enum RawFrame {
    static let magic: UInt32 = 0xFD2F_B528
    static let descriptor: UInt8 = 0xA0
    static let headerByteCount = 9
    static let blockByteCountMax = 128 << 10
    static let blockHeaderByteCount = 3

    /// How many bytes the frame of so many raw bytes has.
    public static func byteCount(rawByteCount: Int) -> Int {
        headerByteCount + rawByteCount + blockHeaderByteCount * blockCount(rawByteCount)
    }

    /// The frame of the bytes, of which the caller has checked the number.
    static func encode(_ raw: RawSpan) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(byteCount(rawByteCount: raw.byteCount))
        for part in parts(rawByteCount: raw.byteCount) {
            out += part.own
            unsafe raw.extracting(part.raw).withUnsafeBytes { unsafe out.append(contentsOf: $0) }
        }
        return out
    }

    /// What the frame of so many raw bytes is put together of: bytes of its own, then a run of raw
    /// ones, and so on. For a writer that has the raw bytes elsewhere and need not copy them.
    ///
    /// - Parameter count: At most ``FrameLimits/rawByteCountMax``; more is a programmer error.
    public static func parts(rawByteCount count: Int) -> [(own: [UInt8], raw: Range<Int>)] {
        precondition(count <= FrameLimits.rawByteCountMax, "a frame holds at most 16 MiB")
        var parts: [(own: [UInt8], raw: Range<Int>)] = []
        var own: [UInt8] = []
        func put(_ value: UInt32, bytes: Int) {
            for step in 0..<bytes { own.append(UInt8(truncatingIfNeeded: value >> (8 * step))) }
        }
        put(magic, bytes: 4)
        own.append(descriptor)
        put(UInt32(count), bytes: 4)
        forEachBlock(count) { offset, length, header in
            put(header, bytes: blockHeaderByteCount)
            parts.append((own, offset..<offset + length))
            own = []
        }
        return parts
    }

    /// Copies the bytes that the frame holds.
    ///
    /// - Throws: ``TransformError/Code/malformedFrame`` at the first byte that is not the only one
    ///   allowed there, ``TransformError/Code/trailingBytes``.
    static func decode(
        _ stored: RawSpan, into output: UnsafeMutableRawBufferPointer
    ) throws(TransformError) {
        let count = output.count
        let expected = byteCount(rawByteCount: count)
        guard stored.byteCount >= expected else {
            throw TransformError(
                .malformedFrame,
                "a raw frame of \(count) bytes has \(expected) bytes, found \(stored.byteCount)")
        }
        guard stored.byteCount == expected || Check.frameRawEnd.isOff else {
            throw TransformError(
                .trailingBytes, "\(stored.byteCount - expected) bytes stand after a raw frame")
        }
        var offset = 0
        func expect(_ byte: UInt8) -> Bool {
            defer { offset += 1 }
            return unsafe stored.unsafeLoad(fromByteOffset: offset, as: UInt8.self) == byte
        }
        func expect(_ value: UInt32, bytes: Int) -> Bool {
            for step in 0..<bytes where !expect(UInt8(truncatingIfNeeded: value >> (8 * step))) {
                return false
            }
            return true
        }
        var isCanonical =
            expect(magic, bytes: 4) && expect(descriptor) && expect(UInt32(count), bytes: 4)
        forEachBlock(count) { start, length, header in
            guard isCanonical, expect(header, bytes: 3) else {
                isCanonical = false
                return
            }
            unsafe stored.extracting(offset..<offset + length).withUnsafeBytes { source in
                unsafe UnsafeMutableRawBufferPointer(rebasing: output[start..<start + length])
                    .copyMemory(from: source)
            }
            offset += length
        }
        guard isCanonical else {
            throw TransformError(
                .malformedFrame, "byte \(offset - 1) is not that of a raw frame of \(count) bytes")
        }
    }

    // No bytes at all are one empty block.
    private static func blockCount(_ rawByteCount: Int) -> Int {
        max(1, (rawByteCount + blockByteCountMax - 1) / blockByteCountMax)
    }

    private static func forEachBlock(
        _ count: Int, _ body: (_ offset: Int, _ length: Int, _ header: UInt32) -> Void
    ) {
        let blocks = blockCount(count)
        for block in 0..<blocks {
            let offset = block * blockByteCountMax
            let length = min(blockByteCountMax, count - offset)
            // Bit 0: the last block; bits 1…2: 0 for raw; bits 3…23: the length.
            body(offset, length, UInt32(length) << 3 | (block == blocks - 1 ? 1 : 0))
        }
    }
}
