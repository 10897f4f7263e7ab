internal import PinFormat

/// The header of a Zstandard frame, as strict as FORMAT.md §6.1 wants it: a single segment with its
/// content size, without checksum and dictionary.
///
/// Parsed by us and not by libzstd, so that what is accepted does not depend on its version.
struct ZstdFrameHeader {
    /// The bytes that the frame says it holds.
    let contentByteCount: UInt64
    /// The bytes of the header itself.
    let byteCount: Int

    init(_ stored: RawSpan) throws(TransformError) {
        guard stored.byteCount >= 6 else {
            throw TransformError(.malformedFrame, "a frame has no \(stored.byteCount) bytes")
        }
        func little(_ offset: Int, _ count: Int) -> UInt64 {
            var value: UInt64 = 0
            for step in (0..<count).reversed() {
                let byte = unsafe stored.unsafeLoad(fromByteOffset: offset + step, as: UInt8.self)
                value = value << 8 | UInt64(byte)
            }
            return value
        }
        guard little(0, 4) == UInt64(RawFrame.magic) else {
            throw TransformError(.malformedFrame, "the first bytes are not those of a frame")
        }
        let descriptor = UInt8(little(4, 1))
        // Bits 0…1 dictionary id, 2 checksum, 3 reserved, 4 unused, 5 single segment, 6…7 size
        // flag.
        guard descriptor & 0x3F == 0x20 || Check.frameDescriptor.isOff else {
            throw TransformError(
                .malformedFrame,
                "frame descriptor \(descriptor) is not of one segment without checksum and "
                    + "dictionary"
            )
        }
        let width = 1 << Int(descriptor >> 6)
        guard stored.byteCount >= 5 + width else {
            throw TransformError(.malformedFrame, "the content size of a frame is cut off")
        }
        let size = little(5, width)
        // RFC 8878 §3.1.1.1.4: two bytes count from 256.
        contentByteCount = width == 2 ? size + 256 : size
        byteCount = 5 + width
    }
}
