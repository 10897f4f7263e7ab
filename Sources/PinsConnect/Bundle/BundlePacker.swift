internal import PinEngine
internal import PinFormat
internal import Pins

/// Packs files into a bundle: one pass that hashes and compresses.
struct BundlePacker {
    /// How many compressed bytes are kept in memory.
    static let memoryByteCountMax = 64 << 20

    let deflater: OrderedDeflater
    let memoryByteCountMax: Int
    private var frame = GzipFrame()
    private var segments: [PackedBundle.Segment] = [.bytes(GzipFrame.header)]
    private var keptByteCount = 0
    private var spool: SpoolFile?

    init(deflater: OrderedDeflater, memoryByteCountMax: Int) {
        self.deflater = deflater
        self.memoryByteCountMax = memoryByteCountMax
    }

    // MARK: - Files

    /// Adds a file.
    ///
    /// - Parameters:
    ///   - extent: What of it is kept for its preview.
    ///   - progress: Gets the bytes that were read so far.
    mutating func add(
        _ input: InputFile, digestsFlat: Bool, seconds: Int64,
        keeping extent: FileEnds.Extent = .none, progress: (UInt64) -> Void
    ) async throws(EngineError) -> PackedFile {
        let reader = FileReader(
            try await input.source.open(), digestsFlat: digestsFlat, keeping: extent)
        var blocks = FileBlocks(isRepeatable: input.source.isRepeatable)
        try await deflater.run(
            next: { () async throws(EngineError) in
                let piece = try await reader.next()
                progress(reader.byteCount)
                return piece
            },
            emit: { (block) async throws(EngineError) in try keep(block, &blocks) })
        let (hash, flat) = try await reader.finish()
        // The header stands before the blocks, and its size is known only now.
        let header = TarHeader.file(input.path, byteCount: reader.byteCount, seconds: seconds)
        let headerBlock = DeflatedBlock(header, after: [], level: deflater.level)
        segments.append(.bytes(headerBlock.bytes))
        frame.add(headerBlock)
        for block in blocks.sums { frame.add(crc: block.crc, byteCount: block.byteCount) }
        if blocks.isCountedOnly {
            segments.append(
                .again(
                    PackedBundle.RepeatedFile(
                        input: input, byteCount: reader.byteCount,
                        packedByteCount: blocks.packedByteCount, hash: hash, deflater: deflater)))
        } else {
            segments += blocks.segments
        }
        add(TarHeader.padding(after: reader.byteCount))
        return PackedFile(
            path: input.path, byteCount: reader.byteCount, hash: hash, ends: reader.ends,
            file: PinFile(path: input.path, byteCount: reader.byteCount, sha256: flat))
    }

    /// The blocks of one file while it is packed.
    private struct FileBlocks {
        let isRepeatable: Bool
        var segments: [PackedBundle.Segment] = []
        var sums: [(crc: UInt, byteCount: Int)] = []
        var packedByteCount: UInt64 = 0
        var keptByteCount = 0
        var isCountedOnly = false
    }

    private mutating func keep(
        _ block: DeflatedBlock, _ blocks: inout FileBlocks
    ) throws(EngineError) {
        blocks.sums.append((block.crc, block.plainByteCount))
        blocks.packedByteCount += UInt64(block.bytes.count)
        if blocks.isCountedOnly { return }
        if keptByteCount + block.bytes.count <= memoryByteCountMax {
            keptByteCount += block.bytes.count
            blocks.keptByteCount += block.bytes.count
            blocks.segments.append(.bytes(block.bytes))
        } else if blocks.isRepeatable {
            blocks.isCountedOnly = true
            blocks.segments = []
            keptByteCount -= blocks.keptByteCount
        } else {
            let file: SpoolFile
            if let spool { file = spool } else { file = try SpoolFile() }
            spool = file
            blocks.segments.append(.spooled(try file.append(block.bytes), file))
        }
    }

    // MARK: - Objects of the engine

    /// Adds an object of a board, which is compressed already.
    mutating func add(_ path: String, _ object: BundleStage.Object, seconds: Int64) {
        let byteCount = UInt64(object.byteCount)
        add(TarHeader.file(path, byteCount: byteCount, seconds: seconds))
        for piece in object.pieces {
            segments.append(piece.segment)
            frame.add(crc: piece.crc, byteCount: piece.byteCount)
        }
        add(TarHeader.padding(after: byteCount))
    }

    // MARK: - Bytes in memory

    /// Adds a file whose bytes are in memory.
    mutating func add(_ path: String, _ bytes: [UInt8], seconds: Int64) {
        add(
            TarHeader.file(path, byteCount: UInt64(bytes.count), seconds: seconds) + bytes
                + TarHeader.padding(after: UInt64(bytes.count)))
    }

    private mutating func add(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        let block = DeflatedBlock(bytes, after: [], level: deflater.level)
        frame.add(block)
        segments.append(.bytes(block.bytes))
    }

    /// Ends the archive; call it once.
    mutating func finish() -> PackedBundle {
        add(TarHeader.end)
        segments.append(.bytes(frame.trailer))
        return PackedBundle(
            segments: segments, byteCount: segments.reduce(0) { $0 + $1.byteCount })
    }
}

/// Reads a source in whole pieces, hashes it, and keeps what a preview needs. One task uses it.
final class FileReader {
    private let input: PlainInput
    /// What is kept for a preview.
    private(set) var ends: FileEnds

    var byteCount: UInt64 { input.byteCount }

    init(
        _ stream: any ByteStream, digestsFlat: Bool, keeping extent: FileEnds.Extent = .none
    ) {
        input = PlainInput(
            stream, digestsFlat: digestsFlat, pieceByteCount: OrderedDeflater.pieceByteCount)
        ends = FileEnds(extent)
    }

    /// The next piece, `nil` at the end.
    func next() async throws(EngineError) -> [UInt8]? {
        if Task.isCancelled { throw EngineError(.cancelled, "the write was interrupted") }
        let piece = try await input.next()
        if let piece { ends.add(piece[...]) }
        return piece
    }

    /// XXH64 of all pieces, and their SHA-256 if it was asked for; throws if the source changed
    /// meanwhile. Call it once.
    func finish() async throws(EngineError) -> (String, Digest?) { try await input.finish() }
}
