internal import PinFormat
internal import PinTransforms

/// Reads files one after the other and cuts them into batches of whole chunks.
///
/// `@unchecked Sendable`: used by one task at a time; each reading begins after the one before it
/// has ended.
final class BatchReader: @unchecked Sendable {
    /// How much is read before chunks are cut, in bytes: large enough that a task's overhead does
    /// not show, small enough that a dozen in flight fit the memory limit, with what they learn
    /// about bases.
    static let readByteCount = 2 << 20
    /// How many batches of small files go from stage to stage together.
    private static let loadCountMax = 64

    private let files: [InputFile]
    private let chunker: GearChunker
    private let resemblance: PreviousVersion?
    private let bufferByteCount: Int
    /// Buffers come back when the pack is stored that refers to them.
    private let pool = BufferPool(byteCountMax: 40 << 20)
    private var file = 0
    private var stream: (any ByteStream)?
    private var planner: BasePlanner?
    /// The buffer before, whose bytes from `carryStart` to `carryEnd` are in no chunk yet.
    private var carry: PooledBuffer?
    private var (carryStart, carryEnd) = (0, 0)
    private var nextIndex = 0
    private var indexInFile = 0
    private var offset: UInt64 = 0

    /// - Parameter resemblance: Where new chunks find what they resemble.
    init(
        _ files: [InputFile], _ parameters: ChunkerParameters, _ resemblance: PreviousVersion?
    ) {
        self.files = files
        chunker = GearChunker(parameters)
        self.resemblance = resemblance
        // What is carried over is less than a chunk.
        bufferByteCount =
            max(Self.readByteCount, 2 * parameters.maximumByteCount) + parameters.maximumByteCount
    }

    /// The next batches: one, or those of several small files. None after the last file.
    func load() async throws(EngineError) -> [ChunkBatch] {
        var batches: [ChunkBatch] = []
        var byteCount = 0
        while byteCount < Self.readByteCount / 2, batches.count < Self.loadCountMax,
            let batch = try await next()
        {
            batches.append(batch)
            byteCount += batch.byteCount
        }
        return batches
    }

    /// The next batch, or `nil` after the last file.
    private func next() async throws(EngineError) -> ChunkBatch? {
        guard file < files.count else { return nil }
        if stream == nil {
            let source = files[file].source
            stream = try await source.open()
            planner = await resemblance?.planner(
                for: files[file].path, among: files.count, byteCount: source.expectedByteCount)
        }
        guard let stream else { return nil }
        let (buffer, count, isFinal) = try await fill(stream)
        let ends = ends(of: buffer.bytes, count, isFinal)
        let end = ends.last ?? 0
        (carry, carryStart, carryEnd) = isFinal ? (nil, 0, 0) : (buffer, end, count)
        let batch = ChunkBatch(
            index: nextIndex, file: file, indexInFile: indexInFile, buffer: buffer, ends: ends,
            isLastOfFile: isFinal, offset: offset, planner: planner)
        offset += UInt64(end)
        nextIndex += 1
        indexInFile += 1
        if isFinal {
            try await stream.finish()
            (self.stream, planner) = (nil, nil)
            file += 1
            indexInFile = 0
            offset = 0
        }
        return batch
    }

    private func ends(of bytes: [UInt8], _ count: Int, _ isFinal: Bool) -> [Int] {
        var ends: [Int] = []
        let filled = unsafe bytes.span.bytes.extracting(0..<count)
        chunker.appendBoundaries(of: filled, isFinal: isFinal, to: &ends)
        return ends
    }

    /// What was left over, and as many bytes of the stream as fit behind it.
    private func fill(
        _ stream: any ByteStream
    ) async throws(EngineError) -> (buffer: PooledBuffer, count: Int, isFinal: Bool) {
        // One byte more than a small file has, so that its end is seen.
        let expected = files[file].source.expectedByteCount.map { Int(clamping: $0) } ?? .max
        let wanted = max(1 << 12, min(bufferByteCount, expected.addingReportingOverflow(1).0))
        let buffer = PooledBuffer(
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
