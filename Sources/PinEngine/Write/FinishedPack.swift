internal import PinFormat

/// A run of the bytes of a pack, where they lie.
struct PackPiece: Sendable {
    let buffer: PooledBuffer
    let range: Range<Int>

    /// The bytes; to be let go before the piece is.
    var bytes: ArraySlice<UInt8> { buffer.bytes[range] }
}

/// A pack that is complete: its bytes, its row and the places of its frames.
struct FinishedPack: Sendable {
    let name: ObjectName
    /// The header, the frames with their records, and footer with trailer.
    let head: [UInt8]
    let pieces: [PackPiece]
    let tail: [UInt8]
    let row: PackRow
    let places: [FramePlace]
    /// Features of its chunks.
    var sketches: [SketchEntry] = []

    init(
        name: ObjectName, head: [UInt8], pieces: [PackPiece], tail: [UInt8], row: PackRow,
        places: [FramePlace], sketches: [SketchEntry] = []
    ) {
        (self.name, self.head, self.pieces, self.tail) = (name, head, pieces, tail)
        (self.row, self.places, self.sketches) = (row, places, sketches)
    }

    /// All bytes, where they are together; then there are no pieces.
    private(set) var together: [UInt8]?

    var byteCount: Int { row.byteCount }
    var isWhole: Bool { together != nil }

    /// The same pack in one piece.
    var whole: FinishedPack {
        if isWhole { return self }
        var whole = FinishedPack(
            name: name, head: head, pieces: [], tail: [], row: row, places: places,
            sketches: sketches)
        whole.together = bytes
        return whole
    }

    /// All bytes together.
    ///
    /// - Complexity: O(*n*), O(1) where they are.
    var bytes: [UInt8] {
        if let together { return together }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        bytes += head
        for piece in pieces { bytes += piece.bytes }
        bytes += tail
        return bytes
    }

    /// The same pack under another name, for an upload that a collection has overtaken (§9.4,
    /// Floor).
    func renamed(_ name: ObjectName) -> FinishedPack {
        let header = PackHeader(content: .init(of: places.map(\.header.kind)), name: name)
        var renamed = FinishedPack(
            name: name, head: header.encoded, pieces: pieces, tail: tail, row: row,
            places: places.map { place in
                FramePlace(
                    digest: place.digest, pack: name, offset: place.offset,
                    storedByteCount: place.storedByteCount, header: place.header,
                    bases: place.bases)
            }, sketches: sketches)
        if var bytes = together {
            bytes.replaceSubrange(0..<head.count, with: renamed.head)
            renamed.together = bytes
        }
        return renamed
    }
}
