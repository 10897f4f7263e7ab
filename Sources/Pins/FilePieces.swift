public import PinEngine

/// The bytes of a file as an asynchronous sequence of verified pieces, in order.
///
///     for try await piece in version.pieces(of: file) { hash.update(piece) }
///
/// Nothing is read before the first piece is asked for; a piece is at most 4 MiB.
public struct FilePieces: AsyncSequence, Sendable {
    /// A piece of the file.
    public typealias Element = [UInt8]
    /// What an iteration throws.
    public typealias Failure = EngineError

    /// How much one piece holds at the most, in bytes.
    public static let pieceByteCountMax: UInt64 = 4 << 20

    private let version: PinVersion
    private let file: PinFile
    private let range: Range<UInt64>

    init(_ version: PinVersion, _ file: PinFile, _ range: Range<UInt64>) {
        self.version = version
        self.file = file
        self.range = range
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(version: version, file: file, rest: range)
    }

    /// Reads one piece after the other; the chunks of a piece are decoded on all cores.
    public struct Iterator: AsyncIteratorProtocol {
        let version: PinVersion
        let file: PinFile
        var rest: Range<UInt64>

        public mutating func next() async throws(EngineError) -> [UInt8]? {
            guard !rest.isEmpty else { return nil }
            let end = Swift.min(rest.lowerBound + FilePieces.pieceByteCountMax, rest.upperBound)
            let piece = try await version.bytes(file, range: rest.lowerBound..<end)
            rest = end..<rest.upperBound
            return piece
        }
    }
}

extension PinVersion {
    /// The bytes of a file, or of a range of it, as a sequence of pieces.
    public func pieces(of file: PinFile, range: Range<UInt64>? = nil) -> FilePieces {
        let whole = 0..<file.byteCount
        return FilePieces(self, file, (range ?? whole).clamped(to: whole))
    }
}
