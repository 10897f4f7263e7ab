import CPinKernels
import PinFormat
import PinTesting
import Testing

@testable import PinTransforms

/// Goal: sketches are what FORMAT.md §6.4 says with every kernel, and chunks that resemble each
/// other share a feature. Method: the rule written a second time as it is worded; seeded bytes.
@Suite struct ChunkSketchTests {
    private static let kernels = [
        PINS_GEAR_DEFINITION, PINS_GEAR_PORTABLE, PINS_GEAR_AVX2, PINS_GEAR_AVX512,
    ].filter { pins_gear_can_run($0) }

    private static func gear(_ byte: UInt8) -> UInt32 {
        var x = UInt32(byte) &* 0x9E37_79B1
        x ^= x >> 15
        return x &* 0x85EB_CA77
    }

    /// §6.4 as it is worded.
    private static func featuresAsWorded(_ bytes: [UInt8]) -> [UInt64]? {
        func hash(_ last: Int) -> UInt32 {
            (0..<32).reduce(0) { $0 &+ gear(bytes[last - $1]) << UInt32($1) }
        }
        var (greatest, samples) = ([UInt32](repeating: 0, count: 6), 0)
        for i in 64..<max(64, bytes.count) {
            let (near, far) = (hash(i), hash(i - 32))
            guard near &- far >= 0xFFC0_0000 else { continue }
            samples += 1
            let value = near &* 0x9E37_79B1 &+ far
            for k in 0..<6 {
                let odd = gear(UInt8(2 * k + 1)) | 1
                greatest[k] = max(greatest[k], value &* odd &+ gear(UInt8(2 * k + 2)))
            }
        }
        guard samples >= 4 else { return nil }
        return (0..<3).map { UInt64(greatest[2 * $0]) << 32 | UInt64(greatest[2 * $0 + 1]) }
    }

    @Test(arguments: [0, 1, 63, 64, 65, 1_000, 2_111, 4_096, 9_999, 40_000, 65_537])
    func everyKernelGivesTheFeaturesOfTheFormat(byteCount: Int) {
        var random = SeededRandom(seed: UInt64(byteCount))
        let bytes = (0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &random) }
        let expected = Self.featuresAsWorded(bytes)
        for kernel in Self.kernels {
            let sketch = ChunkSketch(bytes.span.bytes, kernel: kernel)
            #expect(sketch?.features == expected, "\(byteCount) bytes, kernel \(kernel.rawValue)")
        }
    }

    /// Whatever cutting has noted, in whole or in part, of bytes with few samples and with many.
    @Test(arguments: [200_000, 1_000_000, 3_000_001], [1, 3, 200])
    func whatCuttingHasNotedChangesNoFeature(byteCount: Int, variety: Int) throws {
        let seed = UInt64(byteCount * 1_000 + variety)
        var random = SeededRandom(seed: seed)
        // Runs that come again: with little variety few groups have samples, or many.
        let runs = (0..<variety).map { _ in
            (0..<Int.random(in: 40...400, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
        }
        var bytes: [UInt8] = []
        while bytes.count < byteCount { bytes += runs[Int.random(in: 0..<variety, using: &random)] }
        for exponent in [12, 16, 18] {
            let parameters = try ChunkerParameters(averageExponent: exponent)
            for kernel in Self.kernels {
                var ends: [Int] = []
                let noted = GearChunker(parameters, kernel: kernel).appendBoundaries(
                    of: bytes.span.bytes, isFinal: true, to: &ends)
                var start = 0
                for end in ends {
                    let chunk = bytes.span.bytes.extracting(start..<end)
                    let expected = ChunkSketch(chunk, kernel: PINS_GEAR_DEFINITION)
                    let sketch = ChunkSketch(chunk, noted: noted, start: start, kernel: kernel)
                    #expect(sketch == expected, "chunk at \(start), 2^\(exponent), seed \(seed)")
                    start = end
                }
            }
        }
    }

    @Test func aRunOfOneByteHasNoSketch() {
        let bytes = [UInt8](repeating: 7, count: 100_000)
        #expect(ChunkSketch(bytes.span.bytes) == nil)
    }

    @Test func chunksThatShareMostOfTheirBytesShareAFeature() {
        var random = SeededRandom(seed: 77)
        var shared = (similar: 0, strange: 0)
        for _ in 0..<20 {
            let bytes = (0..<120_000).map { _ in UInt8.random(in: 0...255, using: &random) }
            var edited = bytes
            // A tenth is other bytes, and all that follows has moved.
            edited.replaceSubrange(
                30_000..<42_000,
                with: (0..<12_345).map { _ in UInt8.random(in: 0...255, using: &random) })
            let other = (0..<120_000).map { _ in UInt8.random(in: 0...255, using: &random) }
            func features(_ bytes: [UInt8]) -> Set<UInt64> {
                Set(ChunkSketch(bytes.span.bytes)?.features ?? [])
            }
            let own = features(bytes)
            if !own.isDisjoint(with: features(edited)) { shared.similar += 1 }
            if !own.isDisjoint(with: features(other)) { shared.strange += 1 }
        }
        #expect(shared.similar >= 18 && shared.strange == 0, "\(shared)")
    }
}
