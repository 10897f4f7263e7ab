/// The beginning and the end of a file, as they are kept while it is read from front to back: what
/// a preview is made of.
struct FileEnds: Sendable {
    /// How much is kept.
    struct Extent: Sendable, Hashable {
        var headByteCount = 0
        var tailByteCount = 0
        static let none = Extent()
    }

    let extent: Extent
    private(set) var head: [UInt8] = []
    private(set) var tail: [UInt8] = []
    private(set) var byteCount = 0

    init(_ extent: Extent) { self.extent = extent }

    /// A file that is there as a whole.
    init(_ bytes: [UInt8]) {
        self.init(Extent(headByteCount: bytes.count, tailByteCount: 0))
        add(bytes[...])
    }

    /// Takes the next bytes of the file.
    mutating func add(_ bytes: ArraySlice<UInt8>) {
        head += bytes.prefix(max(0, extent.headByteCount - head.count))
        byteCount += bytes.count
        guard extent.tailByteCount > 0 else { return }
        if bytes.count >= extent.tailByteCount {
            tail = Array(bytes.suffix(extent.tailByteCount))
        } else {
            // Cut now and then, so that small pieces do not move all of it each time.
            tail += bytes
            if tail.count >= 2 * extent.tailByteCount {
                tail.removeFirst(tail.count - extent.tailByteCount)
            }
        }
    }

    /// Whether ``head`` is all of it.
    var isWhole: Bool { head.count == byteCount }

    /// Bytes of the file, where they were kept.
    func bytes(_ range: Range<Int>) -> ArraySlice<UInt8>? {
        guard range.lowerBound >= 0, range.upperBound <= byteCount else { return nil }
        if range.upperBound <= head.count { return head[range] }
        let start = byteCount - tail.count
        guard range.lowerBound >= start else { return nil }
        return tail[range.lowerBound - start..<range.upperBound - start]
    }

    /// As many of the bytes from a place on as were kept in one run, at most `count`.
    func run(from offset: Int, count: Int) -> ArraySlice<UInt8>? {
        guard offset >= 0, count >= 0, offset <= byteCount, count <= byteCount - offset else {
            return nil
        }
        if let all = bytes(offset..<offset + count) { return all }
        return offset < head.count ? head[offset...] : nil
    }
}

/// Numbers in little endian, of bytes that anybody may have written: what lies outside is `nil`.
struct LittleEndian {
    let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    var count: Int { bytes.count }

    /// An unsigned number of 1 to 8 bytes.
    func unsigned(_ offset: Int, _ byteCount: Int) -> UInt64? {
        guard offset >= 0, byteCount <= bytes.count, offset <= bytes.count - byteCount else {
            return nil
        }
        let start = bytes.startIndex + offset
        var value: UInt64 = 0
        for index in stride(from: byteCount - 1, through: 0, by: -1) {
            value = value << 8 | UInt64(bytes[start + index])
        }
        return value
    }

    /// A number of 1 to 8 bytes with a sign.
    func signed(_ offset: Int, _ byteCount: Int) -> Int64? {
        unsigned(offset, byteCount).map { value in
            let shift = UInt64(64 - 8 * byteCount)
            return Int64(bitPattern: value << shift) >> Int64(shift)
        }
    }

    /// A number that must fit.
    func int(_ offset: Int, _ byteCount: Int) -> Int? {
        signed(offset, byteCount).flatMap { Int(exactly: $0) }
    }

    func part(_ offset: Int, _ byteCount: Int) -> ArraySlice<UInt8>? {
        guard offset >= 0, byteCount >= 0, byteCount <= bytes.count,
            offset <= bytes.count - byteCount
        else { return nil }
        let start = bytes.startIndex + offset
        return bytes[start..<start + byteCount]
    }
}
