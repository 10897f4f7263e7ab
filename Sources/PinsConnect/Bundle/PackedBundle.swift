internal import PinEngine
internal import Pins

/// A bundle as it goes over the wire, of known length: Connect takes no bundle of unknown length.
///
/// What fits the budget stays in memory. Of larger files only the length is kept: they are read and
/// compressed a second time while they are sent, which is cheaper than a copy on disk.
struct PackedBundle: Sendable {
    /// A run of its bytes.
    enum Segment: Sendable {
        case bytes([UInt8])
        case spooled(Range<Int>, SpoolFile)
        /// All blocks of a file, to be made again.
        case again(RepeatedFile)

        var byteCount: UInt64 {
            switch self {
            case .bytes(let bytes): UInt64(bytes.count)
            case .spooled(let range, _): UInt64(range.count)
            case .again(let file): file.packedByteCount
            }
        }
    }

    /// A file that has been read once.
    struct RepeatedFile: Sendable {
        let input: InputFile
        let byteCount: UInt64
        let packedByteCount: UInt64
        /// XXH64 of what was read: the second time it must be the same.
        let hash: String
        let deflater: OrderedDeflater
    }

    let segments: [Segment]
    let byteCount: UInt64

    /// Whether it can be sent without its sources.
    var isSelfContained: Bool {
        segments.allSatisfy { if case .again = $0 { false } else { true } }
    }
}

/// A file as it turned out to be while it was packed.
struct PackedFile: Sendable {
    let path: String
    let byteCount: UInt64
    /// XXH64.
    let hash: String
    /// What was kept of it for a preview.
    let ends: FileEnds
    let file: PinFile
}
