import PinFormat
import PinTesting
import Testing

@testable import PinTransforms

/// Goal: numbers of a fixed width get the filter of their width, text and noise get none. Method:
/// seeded arrays; what is chosen is compared with what every filter gives on the whole chunk.
@Suite struct FilterTrialTests {
    private static func little(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    /// A chunk of each kind, and the filters that may be chosen.
    private static func samples() -> [(name: String, bytes: [UInt8], allowed: Set<FrameFilter>)] {
        var random = SeededRandom(seed: 8)
        func array(_ count: Int, _ element: () -> [UInt8]) -> [UInt8] {
            (0..<count).flatMap { _ in element() }
        }
        var sum: Int64 = 1_700_000_000_000
        let times = array(20_000) {
            sum += Int64.random(in: 0...90_000, using: &random)
            return little(sum)
        }
        func normal() -> Float {
            (0..<12).reduce(-6) { sum, _ in sum + Float.random(in: 0...1, using: &random) }
        }
        let weights = array(40_000) { little((normal() * 0.02).bitPattern) }
        let halves = array(80_000) { little(UInt16((normal() * 0.02).bitPattern >> 16)) }
        let noise = array(160_000) { [UInt8.random(in: 0...255, using: &random)] }
        let text = Corpus(.csv, byteCount: 160_000, seed: 3).bytes()
        return [
            ("times", times, [.none, .shuffle8]), ("weights", weights, [.shuffle4, .shuffle8]),
            ("halves", halves, [.shuffle2, .shuffle4]), ("noise", noise, [.none]),
            ("text", text, [.none]), ("short", Array(times.prefix(1_000)), [.none]),
        ]
    }

    @Test func eachKindOfChunkGetsTheFilterThatSuitsIt() throws {
        var encoder = try FrameEncoder(level: 3)
        for (name, bytes, allowed) in Self.samples() {
            let filter = encoder.suitableFilter(for: bytes.span.bytes)
            #expect(allowed.contains(filter), "\(name): \(filter)")
            var sizes: [FrameFilter: Int] = [:]
            for candidate in FrameFilter.allCases {
                sizes[candidate] = try encoder.encode(bytes.span.bytes, filter: candidate)
                    .bytes.count
            }
            let (chosen, least) = (try #require(sizes[filter]), try #require(sizes.values.min()))
            #expect(chosen <= least + least / 20, "\(name): \(sizes)")
        }
    }
}
