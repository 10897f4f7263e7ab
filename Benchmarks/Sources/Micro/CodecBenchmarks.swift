import BenchmarkSupport
import PinFormat
import PinTesting
import PinTransforms

/// Encoding and decoding chunks of 64 KiB, with contexts that are reused.
enum CodecBenchmarks {
    private static let chunkByteCount = 64 << 10

    static func make(_ byteCount: Int) throws -> [Benchmark] {
        var all: [Benchmark] = []
        for kind in [Corpus.Kind.csv, .columns] {
            let chunks = self.chunks(kind, byteCount)
            for level in [1, 3, 9] {
                let name = "\(kind.rawValue)-level\(level)"
                all += try pair(name, chunks, level: level, filter: .none)
            }
        }
        let columns = chunks(.columns, byteCount)
        all += try pair("columns-shuffle8-level3", columns, level: 3, filter: .shuffle8)
        all += try pair("random-level3", chunks(.random, byteCount), level: 3, filter: .none)
        return all
    }

    private static func chunks(_ kind: Corpus.Kind, _ byteCount: Int) -> [[UInt8]] {
        Corpus(kind, byteCount: byteCount, seed: 1).pieces(of: chunkByteCount)
            .filter { $0.count >= chunkByteCount }
            .map { Array($0[..<chunkByteCount]) }
    }

    /// Encoding and decoding of the same chunks.
    private static func pair(
        _ name: String, _ chunks: [[UInt8]], level: Int, filter: FrameFilter
    ) throws -> [Benchmark] {
        let frames = try encode(chunks, level, filter)
        let stored = frames.reduce(0) { $0 + $1.bytes.count }
        let size = chunks.count * chunkByteCount
        func check() throws {
            guard try decode(frames) == chunks else { throw Failure("\(name) does not round-trip") }
        }
        return [
            Benchmark(
                "codec/encode-\(name)", byteCount: size, count: ("stored bytes", stored),
                check: check,
                body: { try encode(chunks, level, filter).reduce(0) { $0 + $1.bytes.count } }),
            Benchmark(
                "codec/decode-\(name)", byteCount: size, check: check,
                body: { try decode(frames).count }),
        ]
    }

    private static func encode(
        _ chunks: [[UInt8]], _ level: Int, _ filter: FrameFilter
    ) throws -> [EncodedFrame] {
        var encoder = try FrameEncoder(level: level)
        var frames: [EncodedFrame] = []
        for chunk in chunks {
            frames.append(try encoder.encode(chunk.span.bytes, filter: filter))
        }
        return frames
    }

    private static func decode(_ frames: [EncodedFrame]) throws -> [[UInt8]] {
        var decoder = FrameDecoder()
        var chunks: [[UInt8]] = []
        for frame in frames {
            chunks.append(
                try decoder.decode(
                    frame.bytes.span.bytes, codec: frame.codec, filter: frame.filter,
                    rawByteCount: chunkByteCount))
        }
        return chunks
    }
}
