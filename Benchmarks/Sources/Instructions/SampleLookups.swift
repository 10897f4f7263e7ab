import BenchmarkSupport
import PinEngine
import PinFormat
import PinStorage
import PinTesting

/// Look-ups in an index of 2^18 entries.
struct SampleLookups {
    private static let lookupCount = 20_000

    private let index: SampleIndex
    private let random = SeededRandom(seed: 7)

    init() async throws { index = try await SampleIndex(entryCount: 1 << 18) }

    func lookups(ofPresent isPresent: Bool) -> Job.Body {
        let (digests, snapshot) = (index.digests, index.snapshot)
        let wanted = (0..<Self.lookupCount).map { _ in
            isPresent
                ? digests[Int(random.uint64() % UInt64(digests.count))]
                : Digest(bytes: random.bytes(count: 32))
        }
        return Job.Body(expected: isPresent ? wanted.count : 0) {
            try wanted.count { try snapshot.contains($0) }
        }
    }
}
