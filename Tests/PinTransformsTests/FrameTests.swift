import PinFormat
import Testing

@testable import PinTransforms

/// Arrays in, arrays out.
struct FrameBench: ~Copyable {
    var encoder: FrameEncoder
    var decoder = FrameDecoder()

    init(level: Int = 3) throws { encoder = try FrameEncoder(level: level) }

    mutating func encode(
        _ raw: [UInt8], _ filter: FrameFilter = .none, prefix: [UInt8]? = nil
    ) throws(TransformError) -> EncodedFrame {
        if let prefix {
            return try encoder.encode(raw.span.bytes, filter: filter, prefix: prefix.span.bytes)
        }
        return try encoder.encode(raw.span.bytes, filter: filter)
    }

    mutating func decode(
        _ frame: EncodedFrame, _ count: Int, prefix: [UInt8]? = nil
    ) throws(TransformError) -> [UInt8] {
        let stored = frame.bytes
        if let prefix, frame.codec == .zstdDelta {
            return try decoder.decode(
                stored.span.bytes, codec: frame.codec, filter: frame.filter, rawByteCount: count,
                prefix: prefix.span.bytes)
        }
        return try decoder.decode(
            stored.span.bytes, codec: frame.codec, filter: frame.filter, rawByteCount: count)
    }

    /// The code of the error, or `nil` where the outcome is bytes of the right number.
    mutating func failure(
        _ frame: EncodedFrame, _ count: Int, prefix: [UInt8]? = nil
    ) -> TransformError.Code? {
        do {
            let bytes = try decode(frame, count, prefix: prefix)
            precondition(bytes.count == count, "the decoder keeps its promise")
            return nil
        } catch {
            return error.code
        }
    }
}

@Suite struct FrameTests {
    static let sizes = [
        0, 1, 2, 3, 7, 8, 9, 127, 128, 255, 256, 257, 1_000, 16_383, 16_384, 65_535, 65_536, 65_791,
        65_792, 131_071, 131_072, 131_073, 4 << 20,
    ]

    @Test(arguments: [1, 3, 9, 19])
    func everyFilterAndSizeComesBack(level: Int) throws {
        let seed: UInt64 = 101
        var sample = SampleBytes(seed: seed)
        var bench = try FrameBench(level: level)
        for size in Self.sizes where level < 9 || size <= 131_073 {
            for raw in [sample.random(size), sample.text(size), sample.numbers(size)] {
                for filter in FrameFilter.allCases {
                    let frame = try bench.encode(raw, filter)
                    #expect(frame.codec == .raw || frame.filter == filter)
                    #expect(frame.codec != .raw || frame.filter == .none)
                    #expect(frame.bytes.count <= RawFrame.byteCount(rawByteCount: size))
                    let back = try bench.decode(frame, size)
                    #expect(back == raw, "size \(size), \(filter), seed \(seed)")
                }
            }
        }
    }

    @Test(arguments: [1, 3, 9])
    func deltasComeBackAndAreSmall(level: Int) throws {
        let seed: UInt64 = 111
        var sample = SampleBytes(seed: seed)
        var bench = try FrameBench(level: level)
        for size in [200, 5_000, 65_536, 300_000, 2_000_000] {
            // Random bytes: only the prefix can help. The end of the content repeats the start of
            // the prefix, so matches reach back over nearly the whole window.
            let base = sample.random(size)
            var raw = Array(base.dropFirst(size / 10)) + base.prefix(size / 10)
            for _ in 0..<3 { raw[sample.below(size)] ^= 0x55 }
            for filter in FrameFilter.allCases {
                let frame = try bench.encode(raw, filter, prefix: base)
                let back = try bench.decode(frame, size, prefix: base)
                #expect(back == raw, "size \(size), seed \(seed)")
                // The table of the fastest levels forgets the start of a very long prefix.
                guard filter == .none, size < 1_000_000 else { continue }
                #expect(frame.codec == .zstdDelta)
                #expect(frame.bytes.count < size / 2, "size \(size) \(frame.bytes.count)")
            }
            // Without its prefix, or with another, it is an error or other bytes of that number.
            let frame = try bench.encode(raw, prefix: base)
            _ = bench.failure(frame, size, prefix: sample.random(size))
            _ = bench.failure(frame, size, prefix: [])
            let missing = bench.failure(frame, size)
            #expect(missing == .invalidParameter)
        }
    }

    @Test func aPrefixLargerThanTheContentIsReachedWhole() throws {
        let seed: UInt64 = 112
        var sample = SampleBytes(seed: seed)
        var bench = try FrameBench(level: 9)
        let base = sample.random(3_000_000)
        let raw = Array(base.prefix(40_000))
        let frame = try bench.encode(raw, prefix: base)
        let back = try bench.decode(frame, raw.count, prefix: base)
        #expect(back == raw)
        // Frames stay single segments: the window a decoder is asked for is the content.
        #expect(frame.codec == .zstdDelta && frame.bytes[4] & 0x20 != 0)
    }

    @Test func rawFramesAreTheBytesOfTheSpecification() throws {
        let none: [UInt8] = []
        #expect(Hex.encode(RawFrame.encode(none.span.bytes)) == "28b52ffda000000000010000")
        let abc = Array("abc".utf8)
        #expect(Hex.encode(RawFrame.encode(abc.span.bytes)) == "28b52ffda003000000190000616263")
        // 128 KiB and one byte: a full block, then the last one of one byte.
        let long = [UInt8](repeating: 0x2A, count: 131_073)
        let frame = RawFrame.encode(long.span.bytes)
        #expect(Hex.encode(frame.prefix(13)) == "28b52ffda0010002000000102a")
        #expect(Hex.encode(frame.suffix(5)) == "2a0900002a")
        #expect(frame.count == 9 + 131_073 + 6)
    }

    @Test(arguments: [1, 3, 6, 19])
    func incompressibleBytesAreStoredRawAndCompressibleOnesAreNot(level: Int) throws {
        let seed: UInt64 = 121
        var sample = SampleBytes(seed: seed)
        var bench = try FrameBench(level: level)
        for size in [100, 20_000, 65_536, 262_144] {
            let random = try bench.encode(sample.random(size))
            #expect(random.codec == .raw, "size \(size), seed \(seed)")
            let text = try bench.encode(sample.text(size))
            #expect(text.codec == .zstd, "size \(size), seed \(seed)")
        }
        // An even histogram alone does not make bytes incompressible.
        let block = sample.random(4_096)
        let repeated = try bench.encode(block + block + block + block + block)
        #expect(repeated.codec == .zstd && repeated.bytes.count < 6_000)
        // Nor does an even histogram of all bytes: each half has its own.
        let half = sample.random(131_072)
        let uneven = try bench.encode(half.map { $0 & 0x7F } + half.map { $0 | 0x80 })
        #expect(uneven.codec == .zstd && uneven.bytes.count < 240_000)
        // A twentieth that occurs twice is found, far apart.
        let twice = sample.random(262_144)
        let found = try bench.encode(twice + twice[..<13_000])
        #expect(level == 1 || found.codec == .zstd, "seed \(seed)")
        // Nor are bytes that only a filter makes compressible stored raw with that filter.
        let numbers = try bench.encode(sample.numbers(65_536), .shuffle8)
        #expect(numbers.codec == .zstd && numbers.filter == .shuffle8)
    }

    @Test func compressedFramesHaveTheHeaderThatTheFormatWants() throws {
        var sample = SampleBytes(seed: 131)
        for level in [1, 3, 19] {
            var bench = try FrameBench(level: level)
            for size in [300, 5_000, 70_000, 1_500_000] where level < 19 || size < 100_000 {
                let frame = try bench.encode(sample.text(size))
                #expect(frame.codec == .zstd)
                let stored = frame.bytes
                let header = try ZstdFrameHeader(stored.span.bytes)
                #expect(header.contentByteCount == UInt64(size))
                #expect(frame.bytes[4] & 0x3F == 0x20)
            }
        }
    }

    @Test func decodingIntoMemoryOfTheCallerWritesThoseBytesOnly() throws {
        var sample = SampleBytes(seed: 141)
        var bench = try FrameBench()
        let raw = sample.numbers(50_000)
        for filter in FrameFilter.allCases {
            let frame = try bench.encode(raw, filter)
            let stored = frame.bytes
            var memory = [UInt8](repeating: 0xEE, count: raw.count + 20)
            try memory.withUnsafeMutableBytes { all in
                let part = UnsafeMutableRawBufferPointer(rebasing: all[10..<10 + raw.count])
                try bench.decoder.decode(
                    stored.span.bytes, codec: frame.codec, filter: frame.filter, into: part)
            }
            #expect(Array(memory[10..<10 + raw.count]) == raw)
            #expect(memory.prefix(10).allSatisfy { $0 == 0xEE })
            #expect(memory.suffix(10).allSatisfy { $0 == 0xEE })
        }
    }

    @Test func shuffleIsWhatTheFormatSays() {
        let input = (0..<19).map { UInt8($0) }
        let four = ByteShuffle.apply(.shuffle4, input.span.bytes)
        #expect(four == [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15, 16, 17, 18])
        let eight = ByteShuffle.apply(.shuffle8, input.span.bytes)
        #expect(eight == [0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15, 16, 17, 18])
        let two = ByteShuffle.apply(.shuffle2, input.span.bytes)
        #expect(two == [0, 2, 4, 6, 8, 10, 12, 14, 16, 1, 3, 5, 7, 9, 11, 13, 15, 17, 18])
    }
}
