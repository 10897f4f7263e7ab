import CPinKernels
import PinFormat
import Testing

@testable import PinTransforms

/// Goal: whatever kernel digests whatever chunks, the digests are those of libcrypto.
@Suite struct ChunkHasherTests {
    static let kernels = [PINS_SHA256_NI, PINS_SHA256_AVX2, PINS_SHA256_AVX512].filter {
        pins_sha256_can_run($0)
    }

    /// A byte repeated: the messages of NIST's additional vectors for FIPS 180.
    static let repeated: [(byte: UInt8, count: Int, hex: String)] = [
        (0xBD, 1, "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b"),
        (0x00, 55, "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7"),
        (0x00, 56, "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb"),
        (0x00, 57, "65a16cb7861335d5ace3c60718b5052e44660726da4cd13bb745381b235a1785"),
        (0x00, 64, "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"),
        (0x00, 1000, "541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a53"),
        (0x41, 1000, "c2e686823489ced2017f6059b8b239318b6364f6dcd835d0a519105a1eadd6e4"),
        (0x55, 1005, "f4d62ddec0f3dd90ea1380fa16a5ff8dc4c54b21740650f24afc4120903552b0"),
        (0x00, 1_000_000, "d29751f2649b32ff572b5e0a9f541ea660a50f94ff0beedfb0b692b924cc8025"),
        (0x61, 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ]

    static func ends(_ lengths: [Int]) -> [Int] {
        var end = 0
        return lengths.map { length in
            end += length
            return end
        }
    }

    static func digests(
        _ bytes: [UInt8], from offset: Int = 0, _ ends: [Int], _ kernel: pins_sha256_kernel
    ) -> [Digest] {
        var hasher = ChunkHasher(kernel: kernel)
        return hasher.digests(of: bytes.span.extracting(offset...).bytes, ends: ends)
    }

    /// By libcrypto, one after the other, without the code under test.
    static func expected(_ bytes: [UInt8], from offset: Int = 0, _ ends: [Int]) -> [Digest] {
        var sha = SHA256()
        var start = offset
        return ends.map { end in
            defer { start = offset + end }
            return sha.digest(bytes.span.extracting(start..<offset + end).bytes)
        }
    }

    @Test(arguments: kernels + [PINS_SHA256_NONE])
    func publishedDigests(kernel: pins_sha256_kernel) {
        // Method: all messages in one call, so that short ones stand beside long ones, in both
        // orders and often enough that every lane sees several.
        var messages = DigestTests.vectors.map { (Array($0.0.utf8), $0.1) }
        messages.append(
            (
                [0xC9, 0x8C, 0x8E, 0x55],
                "7abc22c0ae5af26ce93dbb94433a0e0b2e119d014f8e7f65bd56c61ccccd9504"
            ))
        let short =
            messages
            + Self.repeated.dropLast(2).map { message in
                ([UInt8](repeating: message.byte, count: message.count), message.hex)
            }
        messages =
            short
            + Self.repeated.suffix(2).map { message in
                ([UInt8](repeating: message.byte, count: message.count), message.hex)
            } + short.reversed() + short
        let ends = Self.ends(messages.map(\.0.count))
        let digests = Self.digests(messages.flatMap(\.0), ends, kernel)
        #expect(digests.map(\.hex) == messages.map(\.1))
    }

    @Test(arguments: kernels)
    func everyLengthAtEveryAlignment(kernel: pins_sha256_kernel) {
        // Method: 0…200 bytes cover every tail twice, with one block of padding and with two; the
        // 64 starts move every chunk through a cache line.
        let seed: UInt64 = 91
        var sample = SampleBytes(seed: seed)
        let ends = Self.ends(Array(0...200))
        let bytes = sample.random(64 + 200 * 201 / 2)
        for offset in 0..<64 {
            #expect(
                Self.digests(bytes, from: offset, ends, kernel)
                    == Self.expected(bytes, from: offset, ends), "seed \(seed), offset \(offset)")
        }
    }

    @Test(arguments: kernels)
    func randomLengthsInEveryNumber(kernel: pins_sha256_kernel) {
        // 0…70 chunks: none, fewer than any kernel has lanes, and more than are begun at a time.
        let seed: UInt64 = 92
        var sample = SampleBytes(seed: seed)
        let bytes = sample.random(70 * 3_000)
        for count in 0...70 {
            for most in [2, 70, 3_000] {
                let ends = Self.ends((0..<count).map { _ in sample.below(most) })
                #expect(
                    Self.digests(bytes, ends, kernel) == Self.expected(bytes, ends),
                    "seed \(seed), \(count) chunks of fewer than \(most) bytes")
            }
        }
    }

    @Test(arguments: kernels)
    func unequalLengths(kernel: pins_sha256_kernel) {
        // One chunk of 1 MiB beside many of one byte, at every place among them; then lengths that
        // halve, so that the lanes end one by one.
        let seed: UInt64 = 93
        var sample = SampleBytes(seed: seed)
        let large = 1 << 20
        let bytes = sample.random(2 * large + 64)
        for place in [0, 1, 7, 15, 16, 31, 32, 39] {
            var lengths = [Int](repeating: 1, count: 40)
            lengths[place] = large
            let ends = Self.ends(lengths)
            #expect(
                Self.digests(bytes, ends, kernel) == Self.expected(bytes, ends),
                "seed \(seed), the large chunk at \(place)")
        }
        let halves = (0...20).map { large >> $0 }
        for lengths in [halves, halves.reversed()] {
            let ends = Self.ends(lengths)
            #expect(
                Self.digests(bytes, ends, kernel) == Self.expected(bytes, ends), "seed \(seed)")
        }
    }

    @Test(arguments: kernels)
    func cutsOfTheChunkerGoStraightIn(kernel: pins_sha256_kernel) {
        let seed: UInt64 = 94
        var sample = SampleBytes(seed: seed)
        let bytes = sample.random(4 << 20)
        var ends: [Int] = []
        GearChunkerTests.chunker(16).appendBoundaries(
            of: bytes.span.bytes, isFinal: false, to: &ends)
        #expect(ends.count > 16 && ends.last != bytes.count, "seed \(seed)")
        #expect(
            Self.digests(bytes, ends, kernel) == Self.expected(bytes, ends), "seed \(seed)")
    }

    @Test func oneHasherServesManyCalls() {
        let seed: UInt64 = 95
        var sample = SampleBytes(seed: seed)
        var hasher = ChunkHasher()
        for count in [40, 1, 0, 2, 17] {
            let ends = Self.ends((0..<count).map { _ in sample.below(5_000) })
            let bytes = sample.random(ends.last ?? 0)
            let digests = hasher.digests(of: bytes.span.bytes, ends: ends)
            #expect(digests == Self.expected(bytes, ends), "seed \(seed)")
        }
    }

    @Test(arguments: kernels + [PINS_SHA256_NONE])
    func nothingIsDigestedAsNothing(kernel: pins_sha256_kernel) {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        #expect(Self.digests([], [], kernel) == [])
        #expect(Self.digests([], [0], kernel).map(\.hex) == [empty])
        #expect(Self.digests([], [0, 0, 0], kernel).map(\.hex) == [empty, empty, empty])
        #expect(Self.digests([1, 2, 3], [0, 0, 3, 3], kernel)[3].hex == empty)
    }

    @Test func bestKernelRunsHereAndIsAlwaysTheSame() {
        let best = pins_sha256_best_kernel()
        #expect(best == PINS_SHA256_NONE || pins_sha256_can_run(best))
        #expect(!pins_sha256_can_run(PINS_SHA256_NONE))
        for _ in 0..<100 { #expect(pins_sha256_best_kernel() == best) }
    }

    @Test func endsThatDescendOrLeaveTheBytesTrap() async {
        await #expect(processExitsWith: .failure) {
            var hasher = ChunkHasher()
            _ = hasher.digests(of: [1, 2, 3].span.bytes, ends: [2, 1])
        }
        await #expect(processExitsWith: .failure) {
            var hasher = ChunkHasher()
            let bytes: [UInt8] = [1, 2, 3]
            _ = hasher.digests(of: bytes.span.bytes, ends: [1, 4])
        }
        await #expect(processExitsWith: .failure) {
            var hasher = ChunkHasher()
            let bytes: [UInt8] = [1, 2, 3]
            _ = hasher.digests(of: bytes.span.bytes, ends: [-1, 3])
        }
    }
}
