import CPinKernels
import PinFormat
import Testing

@testable import PinTransforms

@Suite struct GearChunkerTests {
    static let kernels = [PINS_GEAR_PORTABLE, PINS_GEAR_AVX2, PINS_GEAR_AVX512].filter {
        pins_gear_can_run($0)
    }

    static func parameters(_ exponent: Int, _ normalization: Int = 2) -> ChunkerParameters {
        do {
            return try ChunkerParameters(averageExponent: exponent, normalization: normalization)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    static func chunker(_ exponent: Int) -> GearChunker { GearChunker(parameters(exponent)) }

    static func ends(
        _ bytes: some Collection<UInt8>, _ parameters: ChunkerParameters,
        _ kernel: pins_gear_kernel = PINS_GEAR_DEFINITION, isFinal: Bool = true
    ) -> [Int] {
        var ends: [Int] = []
        let bytes = Array(bytes)
        GearChunker(parameters, kernel: kernel)
            .appendBoundaries(of: bytes.span.bytes, isFinal: isFinal, to: &ends)
        return ends
    }

    /// FORMAT.md §4 written a second time, in Swift, as it is worded: the C definition must agree.
    static func endsAsWorded(_ bytes: [UInt8], _ parameters: ChunkerParameters) -> [Int] {
        var ends: [Int] = []
        var start = 0
        let strict = parameters.averageExponent + parameters.normalization
        let loose = parameters.averageExponent - parameters.normalization
        func hash(_ last: Int) -> UInt32 {
            var sum: UInt32 = 0
            for back in 0..<32 {
                var x = UInt32(bytes[last - back]) &* 0x9E37_79B1
                x ^= x >> 15
                sum &+= (x &* 0x85EB_CA77) << UInt32(back)
            }
            return sum
        }
        while start < bytes.count {
            var length = min(bytes.count - start, parameters.maximumByteCount)
            var candidate = parameters.minimumByteCount
            while candidate <= length {
                let last = start + candidate - 1
                let bits = candidate < parameters.averageByteCount ? strict : loose
                if (~(hash(last) &- hash(last - 32))) >> UInt32(32 - bits) == 0 {
                    length = candidate
                    break
                }
                candidate += 1
            }
            start += length
            ends.append(start)
        }
        return ends
    }

    @Test func tableFollowsItsRuleAndHasThePublishedDigest() {
        var little: [UInt8] = []
        for byte in 0..<256 {
            var x = UInt32(byte) &* 0x9E37_79B1
            x ^= x >> 15
            x = x &* 0x85EB_CA77
            #expect(pins_gear_table()[byte] == x)
            for shift in stride(from: 0, to: 32, by: 8) {
                little.append(UInt8(truncatingIfNeeded: x >> UInt32(shift)))
            }
        }
        var sha = SHA256()
        let digest = sha.digest(little.span.bytes)
        #expect(
            digest.hex == "b0ec3250ef4056b875f0e03402163982135f6749b9f54e79f5678d580f2bc2ac")
    }

    @Test(arguments: [UInt64(11), 12, 13])
    func definitionAgreesWithTheWording(seed: UInt64) {
        // Goal: two independent writings of the rule agree. Method: random and text, small
        // averages.
        var sample = SampleBytes(seed: seed)
        for (exponent, normalization) in [(12, 2), (12, 0), (12, 3), (13, 1)] {
            let parameters = Self.parameters(exponent, normalization)
            for bytes in [sample.random(120_000), sample.text(90_000)] {
                #expect(
                    Self.ends(bytes, parameters) == Self.endsAsWorded(bytes, parameters),
                    "seed \(seed)")
            }
        }
    }

    @Test(arguments: kernels)
    func kernelsAgreeWithTheDefinitionOnLargeInputs(kernel: pins_gear_kernel) {
        let seed: UInt64 = 21
        var sample = SampleBytes(seed: seed)
        let size = 3 << 20
        var periodic: [UInt8] = []
        let period = sample.random(44)
        while periodic.count < size { periodic += period }
        let inputs: [(String, [UInt8])] = [
            ("random", sample.random(size)), ("text", sample.text(size)),
            ("numbers", sample.numbers(size)), ("periodic", periodic),
            ("zero", [UInt8](repeating: 0, count: size)),
            ("ones", [UInt8](repeating: 0xFF, count: size)),
        ]
        for (name, bytes) in inputs {
            for exponent in [12, 13, 14, 16, 18] {
                for normalization in [0, 2, 3] {
                    let parameters = Self.parameters(exponent, normalization)
                    #expect(
                        Self.ends(bytes, parameters, kernel) == Self.ends(bytes, parameters),
                        "\(name), seed \(seed), 2^\(exponent), \(normalization)")
                }
            }
        }
    }

    @Test(arguments: kernels)
    func kernelsAgreeAtEveryLengthAndOffset(kernel: pins_gear_kernel) {
        // The shortest blocks are 8·4·32 and 16·4·32 bytes after the minimum of 1,024: all lengths
        // around their multiples, and unaligned starts.
        let seed: UInt64 = 31
        var sample = SampleBytes(seed: seed)
        let bytes = sample.random(16_384 + 64)
        let parameters = Self.parameters(12, 3)
        var wrong: [Int] = []
        for length in Array(0...200) + Array(900...8_200) {
            let offset = length % 61
            let part = bytes[offset..<offset + length]
            for isFinal in [true, false]
            where Self.ends(part, parameters, kernel, isFinal: isFinal)
                != Self.ends(part, parameters, isFinal: isFinal)
            {
                wrong.append(length)
            }
        }
        #expect(wrong == [], "seed \(seed)")
    }

    @Test(arguments: kernels)
    func kernelsAgreeWhereMostPositionsMatch(kernel: pins_gear_kernel) {
        // Method: search periods of 40 bytes whose windows pass the loose mask, so that candidates
        // stand dense; the kernel keeps one bit per 32 bytes and must neither overflow nor miss.
        let seed: UInt64 = 41
        var sample = SampleBytes(seed: seed)
        let parameters = Self.parameters(12, 3)
        var dense = 0
        for _ in 0..<400 {
            let period = sample.random(33 + sample.below(16))
            var bytes: [UInt8] = []
            while bytes.count < 40_000 { bytes += period }
            let expected = Self.ends(bytes, parameters)
            if expected.count > 6 { dense += 1 }
            #expect(Self.ends(bytes, parameters, kernel) == expected, "seed \(seed)")
        }
        #expect(dense > 5, "the sample holds dense candidates; seed \(seed)")
    }

    @Test func constantBytesAreNeverCutBeforeTheMaximum() {
        // The difference of two equal hashes is zero, and zero has no high ones.
        let parameters = Self.parameters(12, 3)
        for byte in 0...255 {
            let bytes = [UInt8](repeating: UInt8(byte), count: 50_000)
            let ends = GearChunkerTests.ends(bytes, parameters, pins_gear_best_kernel())
            #expect(ends == [16_384, 32_768, 49_152, 50_000])
        }
    }

    @Test(arguments: kernels + [PINS_GEAR_DEFINITION])
    func batchesDoNotMoveCuts(kernel: pins_gear_kernel) {
        let seed: UInt64 = 51
        var sample = SampleBytes(seed: seed)
        let bytes = sample.text(300_000) + sample.random(300_000)
        let parameters = Self.parameters(13)
        let expected = Self.ends(bytes, parameters)
        for most in [1_000, 5_000, 40_000, 200_000] {
            let chunker = GearChunker(parameters, kernel: kernel)
            var found: [Int] = []
            var start = 0
            var available = 0
            while available < bytes.count {
                available = min(bytes.count, available + 1 + sample.below(most))
                let window = Array(bytes[start..<available])
                var ends: [Int] = []
                chunker.appendBoundaries(
                    of: window.span.bytes, isFinal: available == bytes.count, to: &ends)
                found += ends.map { start + $0 }
                start = found.last ?? 0
            }
            #expect(found == expected, "seed \(seed), batches up to \(most)")
        }
    }

    @Test func lengthsStayInTheirBounds() {
        let seed: UInt64 = 61
        var sample = SampleBytes(seed: seed)
        let bytes = sample.random(8 << 20)
        let ends = Self.ends(bytes, .standard, pins_gear_best_kernel())
        var lengths: [Int] = []
        var start = 0
        for end in ends {
            lengths.append(end - start)
            start = end
        }
        #expect(ends.last == bytes.count)
        #expect(lengths.dropLast().allSatisfy { (65_536...1_048_576).contains($0) })
        let mean = bytes.count / lengths.count
        #expect((240_000...380_000).contains(mean), "mean \(mean), seed \(seed)")
    }

    @Test func nothingAndLittle() {
        #expect(Self.ends([], .standard) == [])
        #expect(Self.ends([7], .standard) == [1])
        #expect(Self.ends([7], .standard, isFinal: false) == [])
        #expect(
            Self.ends([UInt8](repeating: 0, count: 1 << 20), .standard, isFinal: false) == [1 << 20]
        )
    }
}
