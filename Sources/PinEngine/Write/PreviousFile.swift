internal import PinFormat

/// The chunks of what a new file most likely resembles: the file of the same path in the pin's
/// latest version, or where there is none all its files, one after the other.
///
/// Memory: 60 bytes a chunk; a file of more chunks than ``chunkCountMax`` is not offered.
struct PreviousFile: Sendable {
    /// 256 GiB in chunks of 256 KiB.
    static let chunkCountMax: UInt64 = 1 << 20

    private let offsets: [UInt64]
    private let lengths: [UInt32]
    private let digests: [Digest]
    /// Where a digest stands first, sorted by the digest's prefix.
    private let order: [(prefix: UInt64, index: Int32)]

    /// Whether it is one file of the same path, so that equal offsets mean something.
    let isSamePath: Bool
    /// Bytes of all chunks.
    var byteCount: UInt64 { (offsets.last ?? 0) + UInt64(lengths.last ?? 0) }

    /// Reads the manifests of files.
    init(
        _ files: [FileEntry], isSamePath: Bool, _ frames: FrameReader
    ) async throws(EngineError) {
        self.isSamePath = isSamePath
        var (offsets, lengths, digests): ([UInt64], [UInt32], [Digest]) = ([], [], [])
        var start: UInt64 = 0
        for file in files {
            var cursor = try await ChunkCursor(frames, file, 0..<file.byteCount)
            while offsets.count < Self.chunkCountMax, let chunk = try await cursor.next() {
                offsets.append(start + chunk.offset)
                lengths.append(UInt32(chunk.byteCount))
                digests.append(chunk.digest)
            }
            start += file.byteCount
        }
        (self.offsets, self.lengths, self.digests) = (offsets, lengths, digests)
        order = digests.indices.map { (digests[$0].prefix, Int32($0)) }.sorted { $0 < $1 }
    }

    /// The offset at which a chunk stands first, or `nil`.
    ///
    /// - Complexity: O(log *n*).
    func offset(of digest: Digest) -> UInt64? {
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high) / 2
            if order[middle].prefix < digest.prefix { low = middle + 1 } else { high = middle }
        }
        while low < order.count, order[low].prefix == digest.prefix {
            let index = Int(order[low].index)
            if digests[index] == digest { return offsets[index] }
            low += 1
        }
        return nil
    }

    /// The one or two chunks that cover most of a range, in order.
    ///
    /// - Complexity: O(log *n*).
    func chunks(covering range: Range<Int64>) -> [WantedBase] {
        guard let last = offsets.indices.last else { return [] }
        let start = UInt64(max(0, range.lowerBound))
        var (low, high) = (0, offsets.count)
        while low < high {
            let middle = (low + high) / 2
            if offsets[middle] <= start { low = middle + 1 } else { high = middle }
        }
        var index = max(0, low - 1)
        var overlaps: [(index: Int, count: Int64)] = []
        // Bounded: a version that came from elsewhere may have very small chunks.
        while index <= last, overlaps.count < 64, Int64(offsets[index]) < range.upperBound {
            let end = Int64(offsets[index]) + Int64(lengths[index])
            let count = min(end, range.upperBound) - max(Int64(offsets[index]), range.lowerBound)
            if count > 0 { overlaps.append((index, count)) }
            index += 1
        }
        // A new chunk that lies behind the end of the old file resembles its end best.
        if overlaps.isEmpty { return [WantedBase(digest: digests[last], weight: 1)] }
        let best = overlaps.sorted { $0.count > $1.count }.prefix(2)
        // A neighbour that shares next to nothing costs a frame of the closure and gains nothing;
        // two bases are a prefix only if nothing lies between them.
        let wanted = best.enumerated().filter { rank, overlap in
            rank == 0
                || (overlap.count * 8 >= Int64(range.count)
                    && abs(overlap.index - best[0].index) == 1)
        }
        return wanted.map(\.element).sorted { $0.index < $1.index }.map {
            WantedBase(digest: digests[$0.index], weight: $0.count)
        }
    }
}

/// A base that would suit a chunk.
struct WantedBase: Sendable {
    let digest: Digest
    /// How much of the chunk it covers, next to the others.
    let weight: Int64
}
