internal import PinFormat
internal import PinTransforms

/// Bytes of one file as they were read, which nobody else looks at yet.
struct FilePiece: Sendable {
    /// Which of the files.
    let file: Int
    let buffer: PooledBuffer
    /// Where the bytes are in the buffer. What the piece before left over fits in front of them,
    /// most of the time.
    let range: Range<Int>
    let isLastOfFile: Bool
    /// Where their new chunks find bases.
    let planner: BasePlanner?
}

/// Reads files one after the other, piece by piece.
///
/// `@unchecked Sendable`: used by one task at a time; each reading begins after the one before it
/// has ended.
final class FileReader: @unchecked Sendable {
    /// How much is read at once, in bytes: large enough that a task's overhead does not show, small
    /// enough that a dozen in flight fit the memory limit, with what they learn about bases.
    static let readByteCount = 2 << 20
    /// How many pieces of small files go from stage to stage together.
    private static let loadCountMax = 64

    private let files: [InputFile]
    private let resemblance: PreviousVersion?
    /// Room in front of a piece for what is left over of the one before, and behind it.
    private let (headByteCount, bodyByteCount): (Int, Int)
    /// Buffers come back when the pack is stored that refers to them, all of them together.
    private let pool = BufferPool(byteCountMax: 40 << 20)
    private var file = 0
    private var stream: (any ByteStream)?
    private var planner: BasePlanner?

    /// - Parameter resemblance: Where new chunks find what they resemble.
    init(
        _ files: [InputFile], _ parameters: ChunkerParameters, _ resemblance: PreviousVersion?
    ) {
        self.files = files
        self.resemblance = resemblance
        headByteCount = parameters.maximumByteCount / 2
        bodyByteCount = max(Self.readByteCount, 2 * parameters.maximumByteCount)
    }

    /// The next pieces: one, or those of several small files. None after the last file.
    func load() async throws(EngineError) -> [FilePiece] {
        var pieces: [FilePiece] = []
        var byteCount = 0
        while byteCount < Self.readByteCount / 2, pieces.count < Self.loadCountMax,
            let piece = try await next()
        {
            pieces.append(piece)
            byteCount += piece.range.count
        }
        return pieces
    }

    /// The next piece, or `nil` after the last file.
    private func next() async throws(EngineError) -> FilePiece? {
        guard file < files.count else { return nil }
        let isFirst = stream == nil
        if isFirst {
            let source = files[file].source
            stream = try await source.open()
            planner = await resemblance?.planner(
                for: files[file].path, among: files.count, byteCount: source.expectedByteCount)
        }
        guard let stream else { return nil }
        let (buffer, range, isLast) = try await fill(stream, isFirst)
        let piece = FilePiece(
            file: file, buffer: buffer, range: range, isLastOfFile: isLast, planner: planner)
        if isLast {
            try await stream.finish()
            (self.stream, planner) = (nil, nil)
            file += 1
        }
        return piece
    }

    private func fill(
        _ stream: any ByteStream, _ isFirst: Bool
    ) async throws(EngineError) -> (buffer: PooledBuffer, range: Range<Int>, isLast: Bool) {
        // Nothing is left over before the first piece.
        let start = isFirst ? 0 : headByteCount
        let whole = headByteCount + bodyByteCount
        // One byte more than a small file has, so that its end is seen.
        let expected = files[file].source.expectedByteCount.map { Int(clamping: $0) } ?? .max
        let wanted = max(1 << 12, min(whole, expected.addingReportingOverflow(1).0))
        let buffer = PooledBuffer(
            byteCount: isFirst && expected < .max ? wanted : whole, of: pool)
        var end = start
        while end < buffer.bytes.count {
            let count = try await stream.read(into: &buffer.bytes, from: end)
            if count == 0 { return (buffer, start..<end, true) }
            end += count
        }
        return (buffer, start..<end, false)
    }
}
