import PinTransforms

@testable import PinFormat

/// Makes checksums right again after a change, as far as the structure still says where they are,
/// so that tests reach the checks behind them.
enum Repair {
    static func seal(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= 32 else { return bytes }
        let body = Array(bytes.dropLast(32))
        return body + digest(body).bytes
    }

    private static func put(_ value: UInt32, _ bytes: inout [UInt8], _ offset: Int) {
        guard offset >= 0, offset + 4 <= bytes.count else { return }
        for step in 0..<4 {
            bytes[offset + step] = UInt8(truncatingIfNeeded: value >> UInt32(8 * step))
        }
    }

    private static func get(_ bytes: [UInt8], _ offset: Int) -> Int {
        guard offset >= 0, offset + 4 <= bytes.count else { return 0 }
        return (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
    }

    private static func crc(_ bytes: [UInt8], _ start: Int, _ end: Int) -> UInt32 {
        let start = min(max(start, 0), bytes.count)
        return Checksums.standard.crc32c(bytes, start..<min(max(start, end), bytes.count), 0)
    }

    /// Both descriptions and the seal, where the first one still says how long they are.
    static func parity(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= 120,
            let layout = try? ParityLayout(
                packByteCount: get(bytes, 40), rowCount: get(bytes, 48)),
            layout.byteCount <= bytes.count
        else { return seal(bytes) }
        var out = bytes
        for start in [Prologue.byteCount, layout.copyOffset] {
            let end = start + layout.descriptionByteCount - 4
            put(crc(out, start, end), &out, end)
        }
        return seal(out)
    }

    static func index(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= 96 else { return bytes }
        var out = bytes
        let bits = min(Int(out[32]), 10)
        let fanout = 64 + 24 * min(get(out, 24), bytes.count)
        let entries = fanout + 8 << bits
        var start = 0
        for bucket in 0..<1 << bits {
            let end = get(out, fanout + 8 * bucket)
            put(crc(out, entries + 56 * start, entries + 56 * end), &out, fanout + 8 * bucket + 4)
            start = end
        }
        put(crc(out, 64, entries), &out, 56)
        put(crc(out, 0, 60), &out, 60)
        return seal(out)
    }

    static func table(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= 80 else { return bytes }
        var out = bytes
        let trailer = out.count - 64
        let (index, length) = (get(out, trailer), get(out, trailer + 8))
        var at = index
        for _ in 0..<min(get(out, trailer + 12), 1_000) {
            let start = get(out, at)
            put(crc(out, start, start + get(out, at + 8)), &out, at + 12)
            at += 18 + (get(out, at + 16) & 0xFFFF)
            if at >= trailer { break }
        }
        put(crc(out, index, min(index + length, trailer)), &out, trailer + 24)
        put(crc(out, trailer, trailer + 28), &out, trailer + 28)
        return seal(out)
    }

    static func pack(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= 128 else { return bytes }
        var out = bytes
        let trailer = out.count - 64
        let footer = get(out, trailer + 8)
        var at = 64
        while at + 24 <= footer, footer <= trailer, get(out, at) == 0x184D_2A51 {
            let bases = at + 24 + 32 * Int(out[at + 11])
            let frame = bases + (Int(out[at + 8]) >> 2 & 7 == 2 ? 8 : 0)
            let end = frame + get(out, at + 16)
            guard end <= footer else { break }
            let covered = Array(out[at + 8..<at + 20] + out[at + 24..<bases] + out[frame..<end])
            put(crc(covered, 0, covered.count), &out, at + 20)
            at = end
        }
        guard footer <= trailer else { return out }
        out.replaceSubrange(
            trailer + 24..<trailer + 56, with: digest(Array(out[footer..<trailer])).bytes)
        return out
    }
}
