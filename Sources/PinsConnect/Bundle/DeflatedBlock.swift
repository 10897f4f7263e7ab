internal import CZlib

/// A part of a gzip member that was compressed by itself, so that parts are compressed side by
/// side. Together they are one stream that every reader of gzip knows.
struct DeflatedBlock: Sendable {
    /// Raw deflate (RFC 1951) that ends on a byte.
    let bytes: [UInt8]
    /// CRC-32 of the plain bytes.
    let crc: UInt
    let plainByteCount: Int

    /// How far back a match may reach.
    static let windowByteCount = 32 << 10

    /// What of a part is looked at to see whether compressing it is of use.
    private static let sampleByteCount = 16 << 10

    /// Compresses bytes. The same arguments give the same bytes within one program.
    ///
    /// - Parameters:
    ///   - window: What comes before them in the stream, at most its last
    ///     ``windowByteCount`` bytes; only what stands in the same stream may be given.
    ///   - level: 1…9. What does not become smaller is stored as it is.
    /// - Complexity: O(*n*); memory for *n* bytes and 256 KiB.
    init(_ plain: [UInt8], after window: [UInt8], level: Int) {
        precondition((1...9).contains(level) && window.count <= Self.windowByteCount)
        bytes = Self.deflated(plain, window, Self.isDense(plain) ? 0 : level)
        crc = unsafe UInt(crc32(0, plain, uInt(plain.count)))
        plainByteCount = plain.count
    }

    /// Takes bytes that are compressed already as they are.
    ///
    /// - Complexity: O(*n*).
    init(storing plain: [UInt8]) {
        bytes = StoredBlocks.framed(plain)
        crc = unsafe UInt(crc32(0, plain, uInt(plain.count)))
        plainByteCount = plain.count
    }

    /// Whether a sample from the middle hardly becomes smaller.
    private static func isDense(_ plain: [UInt8]) -> Bool {
        guard plain.count >= 4 * sampleByteCount else { return false }
        let middle = plain.count / 2
        let sample = Array(plain[middle..<middle + sampleByteCount])
        return deflated(sample, [], 1).count > sampleByteCount / 100 * 98
    }

    private static func deflated(_ plain: [UInt8], _ window: [UInt8], _ level: Int) -> [UInt8] {
        var stream = unsafe z_stream()
        guard unsafe pins_deflate_init(&stream, Int32(level)) == Z_OK else {
            preconditionFailure("out of memory for a compressor")
        }
        defer { unsafe deflateEnd(&stream) }
        if !window.isEmpty {
            unsafe deflateSetDictionary(&stream, window, uInt(window.count))
        }
        // A flush adds at most six bytes to what zlib says.
        let bound = unsafe Int(deflateBound(&stream, uLong(plain.count))) + 16
        return unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            unsafe plain.withUnsafeBufferPointer { input in
                unsafe stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                unsafe stream.avail_in = uInt(input.count)
                unsafe stream.next_out = buffer.baseAddress
                unsafe stream.avail_out = uInt(buffer.count)
                let result = unsafe deflate(&stream, Z_SYNC_FLUSH)
                let isDone = unsafe stream.avail_in == 0 && stream.avail_out > 0
                precondition(
                    (result == Z_OK || result == Z_BUF_ERROR) && isDone,
                    "zlib needs more room than it said")
                unsafe stream.next_in = nil
            }
            count = unsafe buffer.count - Int(stream.avail_out)
        }
    }
}

/// The frame around the blocks of a gzip member (RFC 1952).
struct GzipFrame: Sendable {
    /// No name, no time, of no particular system.
    static let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]

    private var crc: UInt = 0
    private var byteCount: UInt64 = 0

    /// Adds the next block.
    mutating func add(_ block: DeflatedBlock) {
        add(crc: block.crc, byteCount: block.plainByteCount)
    }

    /// Adds a block of which only this is known.
    mutating func add(crc next: UInt, byteCount count: Int) {
        crc = pins_crc32_combine(crc, next, count)
        byteCount += UInt64(count)
    }

    /// What comes behind the last block.
    var trailer: [UInt8] {
        var bytes: [UInt8] = [3, 0]
        for value in [UInt32(truncatingIfNeeded: crc), UInt32(truncatingIfNeeded: byteCount)] {
            for shift in stride(from: 0 as UInt32, to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: value >> shift))
            }
        }
        return bytes
    }
}
