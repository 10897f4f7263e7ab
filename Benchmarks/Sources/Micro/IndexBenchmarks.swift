import BenchmarkSupport
import PinEngine
import PinFormat
import PinStorage
import PinTesting

/// Look-ups in an index segment of many entries.
enum IndexBenchmarks {
    private static let lookupCount = 20_000

    static func make(_ entryCount: Int) throws -> [Benchmark] {
        let index = try Program.wait { try await SampleIndex(entryCount: entryCount) }
        let random = SeededRandom(seed: 7)
        let present = (0..<lookupCount).map { _ in
            index.digests[Int(random.uint64() % UInt64(index.digests.count))]
        }
        let absent = (0..<lookupCount).map { _ in Digest(bytes: random.bytes(count: 32)) }
        return [
            benchmark(
                "index/present-\(entryCount)", index.snapshot, present, expected: lookupCount),
            benchmark("index/absent-\(entryCount)", index.snapshot, absent, expected: 0),
        ]
    }

    /// A benchmark whose bytes are look-ups: a rate of 1 MB/s is a million look-ups a second.
    private static func benchmark(
        _ name: String, _ snapshot: Snapshot, _ digests: [Digest], expected: Int
    ) -> Benchmark {
        @Sendable func count() -> Int {
            digests.count { (try? snapshot.contains($0)) == true }
        }
        return Benchmark(
            name, byteCount: digests.count,
            check: {
                let found = count()
                guard found == expected else { throw Failure("\(name) found \(found)") }
            },
            body: { count() })
    }
}
