package import PinEngine
package import PinFormat

/// A file that is being written: its pieces, hashed as they go by. One task uses it.
package final class PlainInput {
    private let stream: any ByteStream
    private let digester: OrderedDigester?
    private let pieceByteCount: Int
    private var hash = PlainHash.Stream()
    package private(set) var byteCount: UInt64 = 0

    package init(_ stream: any ByteStream, digestsFlat: Bool, pieceByteCount: Int) {
        self.stream = stream
        self.pieceByteCount = pieceByteCount
        digester = digestsFlat ? OrderedDigester() : nil
    }

    /// The next piece, `nil` at the end.
    package func next() async throws(EngineError) -> [UInt8]? {
        var piece = [UInt8](repeating: 0, count: pieceByteCount)
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
    package func finish() async throws(EngineError) -> (String, Digest?) {
        let digest = digester?.finish()
        try await stream.finish()
        return (hash.hex, digest)
    }
}
