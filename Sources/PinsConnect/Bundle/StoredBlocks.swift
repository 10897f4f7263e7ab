/// Blocks of deflate that hold bytes as they are (RFC 1951 §3.2.4): what is compressed already is
/// not compressed again, and can be found in them.
enum StoredBlocks {
    /// Plain bytes of a block at most.
    static let blockByteCountMax = 65_535
    private static let headByteCount = 5

    /// Blocks that hold bytes, none of them the last of its stream.
    static func framed(_ plain: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(
            plain.count + headByteCount * (plain.count / blockByteCountMax + 1))
        var start = 0
        while start < plain.count {
            let end = min(start + blockByteCountMax, plain.count)
            let count = UInt16(end - start)
            // Not the last block, stored, and what fills the byte.
            out.append(0)
            for value in [count, ~count] {
                out += [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)]
            }
            out += plain[start..<end]
            start = end
        }
        return out
    }

    /// The bytes that blocks of ours hold.
    ///
    /// - Parameter framed: What ``framed(_:)`` gave.
    static func plain(_ framed: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(framed.count)
        var start = 0
        while start + headByteCount <= framed.count {
            let first = start + headByteCount
            let count = Int(framed[start + 1]) | Int(framed[start + 2]) << 8
            let end = min(first + count, framed.count)
            out += framed[first..<end]
            start = end
        }
        return out
    }
}
