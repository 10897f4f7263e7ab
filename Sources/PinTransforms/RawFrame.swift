internal import PinFormat

/// The Zstandard frame of raw blocks that holds incompressible bytes (FORMAT.md §6.2).
///
/// There is one way to write it, so it is read by comparing, not by interpreting:
/// magic number, descriptor `A0` (single segment, content size of four bytes, no checksum, no
/// dictionary), content size, and blocks of 128 KiB of which only the last is shorter.
enum RawFrame {
    static let magic: UInt32 = 0xFD2F_B528
    static let descriptor: UInt8 = 0xA0
    static let headerByteCount = 9
    static let blockByteCountMax = 128 << 10
    static let blockHeaderByteCount = 3

    /// How many bytes the frame of so many raw bytes has.
    static func byteCount(rawByteCount: Int) -> Int {
        headerByteCount + rawByteCount + blockHeaderByteCount * blockCount(rawByteCount)
    }

    /// The frame of the bytes, of which the caller has checked the number.
    static func encode(_ raw: RawSpan) -> [UInt8] {
        let count = raw.byteCount
        precondition(count <= FrameLimits.rawByteCountMax, "a frame holds at most 16 MiB")
        return unsafe [UInt8](unsafeUninitializedCapacity: byteCount(rawByteCount: count)) {
            out, used in
            let base = UnsafeMutableRawBufferPointer(out)
            unsafe writeHeader(count, to: base)
            var target = headerByteCount
            forEachBlock(count) { offset, length, header in
                for step in 0..<3 {
                    unsafe base[target + step] = UInt8(truncatingIfNeeded: header >> (8 * step))
                }
                target += blockHeaderByteCount
                unsafe raw.extracting(offset..<offset + length).withUnsafeBytes { source in
                    unsafe UnsafeMutableRawBufferPointer(
                        rebasing: base[target..<target + length]
                    ).copyMemory(from: source)
                }
                target += length
            }
            used = target
        }
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
        guard stored.byteCount == expected else {
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

    private static func writeHeader(_ count: Int, to out: UnsafeMutableRawBufferPointer) {
        unsafe out.storeBytes(of: magic.littleEndian, toByteOffset: 0, as: UInt32.self)
        unsafe out[4] = descriptor
        unsafe out.storeBytes(of: UInt32(count).littleEndian, toByteOffset: 5, as: UInt32.self)
    }
}
