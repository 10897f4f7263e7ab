internal import PinFormat

/// A pack that is complete: its bytes, its row and the places of its frames.
struct FinishedPack: Sendable {
    let name: ObjectName
    let bytes: [UInt8]
    let row: PackRow
    let places: [FramePlace]

    /// The same pack under another name, for an upload that a collection has overtaken (§9.4,
    /// Floor).
    func renamed(_ name: ObjectName) -> FinishedPack {
        var bytes = bytes
        let header = PackHeader(content: .init(of: places.map(\.header.kind)), name: name)
        bytes.replaceSubrange(0..<PackHeader.byteCount, with: header.encoded)
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
