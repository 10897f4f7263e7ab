import BenchmarkSupport
import PinFormat
import PinTesting
import PinTransforms

/// Cutting payloads into chunks.
enum ChunkBenchmarks {
    static func make(_ byteCount: Int) throws -> [Benchmark] {
        var all: [Benchmark] = []
        for kind in [Corpus.Kind.csv, .random, .columns] {
            let data = Corpus(kind, byteCount: byteCount, seed: 1).bytes()
            for exponent in [14, 16, 18] {
                let parameters = try ChunkerParameters(averageExponent: exponent)
                all.append(benchmark(kind, data, parameters))
            }
        }
        let zeros = [UInt8](repeating: 0, count: byteCount)
        all.append(benchmark("zeros", zeros, .standard))
        return all
    }

    private static func benchmark(
        _ kind: Corpus.Kind, _ data: [UInt8], _ parameters: ChunkerParameters
    ) -> Benchmark {
        benchmark(kind.rawValue, data, parameters)
    }

    private static func benchmark(
        _ data: String, _ bytes: [UInt8], _ parameters: ChunkerParameters
    ) -> Benchmark {
        let chunker = GearChunker(parameters)
        let ends = cut(bytes, chunker)
        return Benchmark(
            "chunk/\(data)-\(parameters.averageByteCount >> 10)KiB", byteCount: bytes.count,
            count: ("chunks", ends.count),
            check: { try check(ends, bytes, chunker) },
            body: { cut(bytes, chunker).count })
    }

    private static func cut(_ bytes: [UInt8], _ chunker: GearChunker) -> [Int] {
        var ends: [Int] = []
        chunker.appendBoundaries(of: bytes.span.bytes, isFinal: true, to: &ends)
        return ends
    }

    /// Sizes in their limits, the end reached, and cuts that depend on nothing before the chunk.
    private static func check(_ ends: [Int], _ bytes: [UInt8], _ chunker: GearChunker) throws {
        let limits = chunker.parameters
        var start = 0
        for end in ends {
            let size = end - start
            let isLast = end == bytes.count
            guard size <= limits.maximumByteCount, size >= limits.minimumByteCount || isLast
            else { throw Failure("a chunk of \(size) bytes ends at \(end)") }
            start = end
        }
        guard start == bytes.count else { throw Failure("the last chunk ends at \(start)") }
        let middle = ends.count / 2
        guard middle > 0 else { return }
        let tail = Array(bytes[ends[middle - 1]...])
        guard cut(tail, chunker).map({ $0 + ends[middle - 1] }) == ends[middle...].map({ $0 })
        else { throw Failure("cuts depend on what stands before the chunk") }
    }
}
