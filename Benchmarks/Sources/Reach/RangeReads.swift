import BenchmarkSupport
import PinEngine
import PinFormat
import PinTesting
import PinTransforms
import Pins

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// 1 MiB at random places of a version whose chunks are mostly deltas, through the library, beside
/// `pread` and decoding of plain frames of the same chunks.
struct RangeReads {
    private static let rangeByteCount = 1 << 20
    private static let rangeCount = 100

    /// What one range takes, in seconds: the medians of each round.
    var samples = Samples()
    /// The size of the version, and what storing it beside the first one took.
    var byteCount = 0
    var addedByteCount: UInt64 = 0

    static let ours = "pins"
    static let plain = "pread and decode"

    /// A place of the reference file, and what is decoded from it.
    private struct Reference {
        let offset: Int
        /// Frames that stand one after the other, and how many bytes each holds.
        let frames: [(frame: EncodedFrame, rawByteCount: Int)]

        var byteCount: Int { frames.reduce(0) { $0 + $1.frame.bytes.count } }
    }

    mutating func run(in root: String, byteCount: Int, roundCount: Int, level: Int) async throws {
        Program.note("ranges: writing two versions of a large table")
        let path = "\(root)/table"
        let version = try await write(byteCount, path, "\(root)/board")
        let file = try version.file()
        var random = SeededRandom(seed: 3)
        let size = self.byteCount
        guard size > Self.rangeByteCount else { throw Failure("--size is too small for ranges") }
        let ranges = (0..<Self.rangeCount).map { _ in
            let start = Int.random(in: 0...size - Self.rangeByteCount, using: &random)
            return start..<start + Self.rangeByteCount
        }
        let references = try makeReferences(ranges, path, "\(root)/frames", level: level)
        let frames = open("\(root)/frames", O_RDONLY)
        defer { close(frames) }
        for range in ranges {
            let bytes = try await version.bytes(
                file, range: UInt64(range.lowerBound)..<UInt64(range.upperBound))
            guard try Files.bytes(of: path, at: range.lowerBound, byteCount: range.count) == bytes
            else { throw Failure("bytes \(range) of the version are not what was written") }
        }
        let clock = ContinuousClock()
        for round in 1...roundCount {
            Program.note("ranges, round \(round) of \(roundCount)")
            var (ours, plain): ([Double], [Double]) = ([], [])
            for (range, reference) in zip(ranges, references) {
                let start = clock.now
                let bytes = try await version.bytes(
                    file, range: UInt64(range.lowerBound)..<UInt64(range.upperBound))
                let middle = clock.now
                let count = try decode(reference, frames)
                plain.append(Child.seconds(clock.now - middle))
                ours.append(Child.seconds(middle - start))
                guard bytes.count <= count else { throw Failure("chunks do not cover a range") }
            }
            samples.append(Self.ours, Decimals.median(ours))
            samples.append(Self.plain, Decimals.median(plain))
        }
        for name in ["table", "board", "frames"] { try Folders.remove("\(root)/\(name)") }
    }

    /// Two versions, the second with cells changed all over; only its file is kept.
    private mutating func write(
        _ byteCount: Int, _ path: String, _ location: String
    ) async throws -> PinVersion {
        let board = try await Board.create(location)
        let base = Corpus(.csv, byteCount: byteCount, seed: 1)
        let edited = base.version(2, edit: .init(.scatter, partsPerMillion: 2000))
        for (number, corpus) in [base, edited].enumerated() {
            self.byteCount = try Files.write(corpus, to: path)
            let file = InputFile(path: "table.csv", source: FileSource(path: path))
            let metadata = VersionMetadata(
                createdSeconds: 1_800_000_000 + Int64(number), type: "csv", title: "Table")
            let result = try await board.write(
                WriteRequest(pin: "table", files: [file], metadata: metadata))
            addedByteCount = result.storedByteCount
            guard number == 1 else { continue }
            guard let new = result.newChunkCount, let all = result.chunkCount, new > all / 3,
                let newByteCount = result.newByteCount, result.storedByteCount < newByteCount / 5
            else { throw Failure("the second version is not stored as deltas") }
        }
        return try await board.version("table")
    }

    /// Plain frames of the chunks that every range covers, one after the other in a file.
    private func makeReferences(
        _ ranges: [Range<Int>], _ path: String, _ framesPath: String, level: Int
    ) throws -> [Reference] {
        let ends = try Self.ends(of: path)
        var encoder = try FrameEncoder(level: level)
        var stored: [UInt8] = []
        var references: [Reference] = []
        for range in ranges {
            let offset = stored.count
            var frames: [(EncodedFrame, Int)] = []
            var index = ends.partitioningIndex { $0 > range.lowerBound }
            var start = index == 0 ? 0 : ends[index - 1]
            while start < range.upperBound {
                let chunk = try Files.bytes(of: path, at: start, byteCount: ends[index] - start)
                let frame = try encoder.encode(chunk.span.bytes)
                stored += frame.bytes
                frames.append((frame, chunk.count))
                start = ends[index]
                index += 1
            }
            references.append(Reference(offset: offset, frames: frames))
        }
        try Files.write(stored, to: framesPath, by: 2 << 20)
        return references
    }

    private func decode(_ reference: Reference, _ file: Int32) throws -> Int {
        let bytes = try Files.bytes(
            of: file, at: reference.offset, byteCount: reference.byteCount)
        var decoder = FrameDecoder()
        var (offset, count) = (0, 0)
        for (frame, rawByteCount) in reference.frames {
            let end = offset + frame.bytes.count
            count += try decoder.decode(
                bytes.span.extracting(offset..<end).bytes, codec: frame.codec,
                filter: frame.filter, rawByteCount: rawByteCount
            ).count
            offset = end
        }
        return count
    }

    /// Where the chunks of a file end.
    private static func ends(of path: String) throws -> [Int] {
        let chunker = GearChunker(.standard)
        var ends: [Int] = []
        while true {
            let start = ends.last ?? 0
            let window = try Files.bytes(of: path, at: start, byteCount: 64 << 20)
            let isFinal = window.count < 64 << 20
            if window.isEmpty { return ends }
            var found: [Int] = []
            chunker.appendBoundaries(of: window.span.bytes, isFinal: isFinal, to: &found)
            ends += found.map { start + $0 }
            if isFinal { return ends }
        }
    }
}

extension [Int] {
    /// The first index whose element fulfils a condition that all later ones fulfil too.
    fileprivate func partitioningIndex(where holds: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
