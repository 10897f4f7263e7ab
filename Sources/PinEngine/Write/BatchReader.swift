internal import PinFormat
internal import PinTransforms

/// Reads files one after the other and cuts them into batches of whole chunks.
struct BatchReader {
    /// How much is read before chunks are cut, in bytes: large enough that a task's overhead does
    /// not show, small enough that a handful in flight fit the memory limit.
    static let readByteCount = 2 << 20

    private let files: [InputFile]
    private let chunker: GearChunker
    private let digestsFlat: Bool
    private let readByteCount: Int
    private var file = 0
    private var stream: (any ByteStream)?
    private var carry: [UInt8] = []
    private var nextIndex = 0
    private var indexInFile = 0
    private var offset: UInt64 = 0
    /// One for each file, if flat digests are asked for.
    private(set) var flatDigesters: [FlatDigester?]

    init(_ files: [InputFile], _ parameters: ChunkerParameters, digestsFlat: Bool) {
        self.files = files
        chunker = GearChunker(parameters)
        self.digestsFlat = digestsFlat
        readByteCount = max(Self.readByteCount, 2 * parameters.maximumByteCount)
        flatDigesters = Array(repeating: nil, count: files.count)
    }

    /// The next batch, or `nil` after the last file.
    mutating func next() async throws(EngineError) -> ChunkBatch? {
        guard file < files.count else { return nil }
        if stream == nil {
            stream = try await files[file].source.open()
            flatDigesters[file] = digestsFlat ? FlatDigester() : nil
        }
        guard let stream else { return nil }
        let (bytes, isFinal) = try await fill(stream)
        var ends: [Int] = []
        unsafe chunker.appendBoundaries(of: bytes.span.bytes, isFinal: isFinal, to: &ends)
        let end = ends.last ?? 0
        carry = isFinal ? [] : Array(bytes[end...])
        let whole = end == bytes.count ? bytes : Array(bytes[..<end])
        let batch = ChunkBatch(
            index: nextIndex, file: file, indexInFile: indexInFile, bytes: whole, ends: ends,
            isLastOfFile: isFinal, flatDigester: flatDigesters[file], offset: offset)
        offset += UInt64(whole.count)
        nextIndex += 1
        indexInFile += 1
        if isFinal {
            try await stream.finish()
            self.stream = nil
            file += 1
            indexInFile = 0
            offset = 0
        }
        return batch
    }

    /// What was left over, and as many bytes of the stream as fit behind it.
    private func fill(
        _ stream: any ByteStream
    ) async throws(EngineError) -> (bytes: [UInt8], isFinal: Bool) {
        var bytes = [UInt8](repeating: 0, count: carry.count + readByteCount)
        bytes.replaceSubrange(0..<carry.count, with: carry)
        var count = carry.count
        while count < bytes.count {
            let read = try await stream.read(into: &bytes, from: count)
            if read == 0 { return (Array(bytes[..<count]), true) }
            count += read
        }
        return (bytes, false)
    }
}
