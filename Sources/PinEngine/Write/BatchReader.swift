internal import PinFormat
internal import PinTransforms

/// Reads files one after the other and cuts them into batches of whole chunks.
struct BatchReader {
    /// How much is read before chunks are cut, in bytes: large enough that a task's overhead does
    /// not show, small enough that a handful in flight fit the memory limit.
    static let readByteCount = 4 << 20

    private let files: [InputFile]
    private let chunker: GearChunker
    private let digestsFlat: Bool
    private let bufferByteCount: Int
    private let pool = BufferPool(byteCountMax: 32 << 20)
    private var file = 0
    private var stream: (any ByteStream)?
    /// The buffer before, whose bytes from `carryStart` to `carryEnd` are in no chunk yet.
    private var carry: BatchBuffer?
    private var (carryStart, carryEnd) = (0, 0)
    private var nextIndex = 0
    private var indexInFile = 0
    private var offset: UInt64 = 0
    /// One for each file, if flat digests are asked for.
    private(set) var flatDigesters: [FlatDigester?]

    init(_ files: [InputFile], _ parameters: ChunkerParameters, digestsFlat: Bool) {
        self.files = files
        chunker = GearChunker(parameters)
        self.digestsFlat = digestsFlat
        // What is carried over is less than a chunk.
        bufferByteCount =
            max(Self.readByteCount, 2 * parameters.maximumByteCount) + parameters.maximumByteCount
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
        let (buffer, count, isFinal) = try await fill(stream)
        var ends: [Int] = []
        let bytes = buffer.bytes
        let filled = unsafe bytes.span.bytes.extracting(0..<count)
        chunker.appendBoundaries(of: filled, isFinal: isFinal, to: &ends)
        let end = ends.last ?? 0
        (carry, carryStart, carryEnd) = isFinal ? (nil, 0, 0) : (buffer, end, count)
        let batch = ChunkBatch(
            index: nextIndex, file: file, indexInFile: indexInFile, buffer: buffer, ends: ends,
            isLastOfFile: isFinal, flatDigester: flatDigesters[file], offset: offset)
        offset += UInt64(end)
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
    private mutating func fill(
        _ stream: any ByteStream
    ) async throws(EngineError) -> (buffer: BatchBuffer, count: Int, isFinal: Bool) {
        // One byte more than a small file has, so that its end is seen.
        let expected = files[file].source.expectedByteCount.map { Int(clamping: $0) } ?? .max
        let wanted = max(1 << 12, min(bufferByteCount, expected.addingReportingOverflow(1).0))
        let buffer = BatchBuffer(
            byteCount: carry == nil && expected < .max ? wanted : bufferByteCount, of: pool)
        var count = carryEnd - carryStart
        if let carry {
            buffer.bytes.replaceSubrange(0..<count, with: carry.bytes[carryStart..<carryEnd])
        }
        carry = nil
        while count < buffer.bytes.count {
            let read = try await stream.read(into: &buffer.bytes, from: count)
            if read == 0 { return (buffer, count, true) }
            count += read
        }
        return (buffer, count, false)
    }
}
