internal import PinFormat

/// What a new chunk is compressed against.
struct DeltaBase: Sendable {
    let digests: [Digest]
    let headers: [FrameHeader]
    /// The plain bytes of each base.
    let contents: [[UInt8]]
    /// The packs of their closures: what a delta needs to be there (FORMAT.md §9.4, Presence).
    let packs: [ObjectName]
    let source: BaseSource
    /// Stored and raw bytes of the frames without bases in their closures: how well such bytes
    /// compress alone.
    let plainStoredByteCount: Int
    let plainRawByteCount: Int
    /// Raw bytes of the closures of the bases.
    let closureByteCount: Int

    /// The plain bytes of the bases, one after the other: put together by who compresses, so that a
    /// batch that waits holds them once.
    var prefix: [UInt8] {
        guard contents.count != 1 else { return contents[0] }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(contents.reduce(0) { $0 + $1.count })
        for content in contents { bytes += content }
        return bytes
    }

    /// What a chunk of so many bytes would take if it compressed like its bases; `nil` if unknown.
    func expectedPlainByteCount(of byteCount: Int) -> Int? {
        guard plainRawByteCount > 0 else { return nil }
        // Both counts are of a closure, at most 64 MiB: no overflow.
        return byteCount * plainStoredByteCount / plainRawByteCount
    }
}

/// How a base was found.
enum BaseSource: Int, Sendable, CaseIterable {
    /// It stands at the place of the new chunk in the previous version.
    case alignment
    /// It shares a feature with it: a chunk of the board, or of the same write.
    case resemblance, sibling
    /// It was stored just before.
    case neighbour
}
