internal import PinEngine
internal import PinFormat

/// A file that is being written: its pieces, hashed as they go by. One task uses it.
final class PlainInput {
    private let stream: any ByteStream
    private let digester: OrderedDigester?
    private var hash = PlainHash.Stream()
    private(set) var byteCount: UInt64 = 0

    init(_ stream: any ByteStream, digestsFlat: Bool) {
        self.stream = stream
        digester = digestsFlat ? OrderedDigester() : nil
    }

    /// The next piece, `nil` at the end.
    func next() async throws(EngineError) -> [UInt8]? {
        var piece = [UInt8](repeating: 0, count: PlainBoard.pieceByteCount)
        var count = 0
        while count < piece.count {
            let read = try await stream.read(into: &piece, from: count)
            if read == 0 { break }
            count += read
        }
        if count == 0 { return nil }
        if count < piece.count { piece.removeLast(piece.count - count) }
        hash.update(piece)
        digester?.update(piece)
        byteCount += UInt64(count)
        return piece
    }

    /// XXH64 of all pieces, and their SHA-256 if it was asked for; throws if the source changed
    /// meanwhile. Call it once.
    func finish() async throws(EngineError) -> (String, Digest?) {
        let digest = digester?.finish()
        try await stream.finish()
        return (hash.hex, digest)
    }
}
