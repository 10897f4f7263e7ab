internal import PinFormat
internal import PinTransforms

/// A pack that is complete: its bytes, its row and the places of its frames.
struct FinishedPack: Sendable {
    let name: ObjectName
    let bytes: [UInt8]
    let row: PackRow
    let places: [FramePlace]

    /// The same pack under another name, for an upload that a collection has overtaken (§9.4,
    /// Floor).
    func renamed(_ name: ObjectName, content: PackHeader.Content) -> FinishedPack {
        var bytes = bytes
        bytes.replaceSubrange(
            0..<PackHeader.byteCount, with: PackHeader(content: content, name: name).encoded)
        var row = row
        row.digest = Checksums.standard.sha256(bytes, 0..<bytes.count)
        return FinishedPack(
            name: name, bytes: bytes, row: row,
            places: places.map { place in
                FramePlace(
                    digest: place.digest, pack: name, offset: place.offset,
                    storedByteCount: place.storedByteCount, header: place.header,
                    bases: place.bases)
            })
    }
}

/// A pack with all its bytes, before they are digested.
struct AssembledPack: Sendable {
    let name: ObjectName
    let bytes: [UInt8]
    let footerByteCount: Int
    let rawByteCount: UInt64
    let places: [FramePlace]

    /// The pack with its row.
    ///
    /// - Complexity: O(*n*) in its bytes, which are not copied.
    func digested() -> FinishedPack {
        let row = PackRow(
            status: .live, byteCount: bytes.count, footerByteCount: footerByteCount,
            digest: Checksums.standard.sha256(bytes, 0..<bytes.count), frameCount: places.count,
            rawByteCount: rawByteCount)
        return FinishedPack(name: name, bytes: bytes, row: row, places: places)
    }
}
