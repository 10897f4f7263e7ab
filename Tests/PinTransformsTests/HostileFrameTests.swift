import PinFormat
import Testing

@testable import PinTransforms

@Suite struct HostileFrameTests {
    /// Small frames of every kind: frame, number of raw bytes, prefix.
    static func frames() throws -> [(EncodedFrame, Int, [UInt8]?)] {
        var sample = SampleBytes(seed: 201)
        var bench = try FrameBench()
        var out: [(EncodedFrame, Int, [UInt8]?)] = []
        for raw in [[], sample.random(40), sample.text(400), sample.numbers(640)] {
            for filter in FrameFilter.allCases {
                out.append((try bench.encode(raw, filter), raw.count, nil))
            }
        }
        let base = sample.random(300)
        out.append((try bench.encode(base + [1, 2, 3], prefix: base), 303, base))
        out.append((try bench.encode(base + [1], .shuffle4, prefix: base), 301, base))
        #expect(Set(out.map(\.0.codec)) == Set(FrameCodec.allCases))
        return out
    }

    static func replacing(_ frame: EncodedFrame, _ bytes: [UInt8]) -> EncodedFrame {
        EncodedFrame(codec: frame.codec, filter: frame.filter, bytes: bytes)
    }

    @Test func everyTruncationIsAnError() throws {
        var bench = try FrameBench()
        for (frame, count, prefix) in try Self.frames() {
            for length in 0..<frame.bytes.count {
                let cut = Self.replacing(frame, Array(frame.bytes.prefix(length)))
                let code = bench.failure(cut, count, prefix: prefix)
                #expect(code == .malformedFrame, "\(frame.codec) cut to \(length)")
            }
        }
    }

    @Test func everyFlippedByteIsAnErrorOrBytesOfThatNumber() throws {
        // Frames have no checksum, so damage inside a block may give other bytes.
        var bench = try FrameBench()
        var refused = 0
        for (frame, count, prefix) in try Self.frames() {
            for position in frame.bytes.indices {
                for flip in [0x01, 0x10, 0x80, 0xFF] as [UInt8] {
                    var bytes = frame.bytes
                    bytes[position] ^= flip
                    let code = bench.failure(Self.replacing(frame, bytes), count, prefix: prefix)
                    if code != nil { refused += 1 }
                    // Magic number, descriptor, content size: nothing else is allowed there.
                    if position < 6 { #expect(code != nil, "\(frame.codec) at \(position)") }
                }
            }
            // The decoder is unharmed.
            let good = bench.failure(frame, count, prefix: prefix)
            #expect(good == nil)
        }
        #expect(refused > 1_000)
    }

    @Test func anotherNumberOfBytesIsAnError() throws {
        var bench = try FrameBench()
        for (frame, count, prefix) in try Self.frames() {
            for other in [0, 1, count - 1, count + 1, 2 * count + 1, 1 << 24] where other != count {
                let code = bench.failure(frame, other, prefix: prefix)
                #expect(code != nil, "\(frame.codec) of \(count) as \(other)")
            }
            for wild in [-1, Int.min, (1 << 24) + 1, Int.max] where wild != count {
                let code = bench.failure(frame, wild, prefix: prefix)
                #expect(code == .limitExceeded)
            }
        }
    }

    @Test func whatStandsAfterAFrameIsAnError() throws {
        var bench = try FrameBench()
        let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0]
        let empty = Hex.decode("28b52ffd2000010000") ?? []
        #expect(empty.count == 9)
        for (frame, count, prefix) in try Self.frames() {
            for tail in [[0], skippable, empty, frame.bytes] as [[UInt8]] {
                let longer = Self.replacing(frame, frame.bytes + tail)
                let code = bench.failure(longer, count, prefix: prefix)
                #expect(code == .trailingBytes || code == .malformedFrame)
                let before = Self.replacing(frame, tail + frame.bytes)
                let refused = bench.failure(before, count, prefix: prefix)
                #expect(refused != nil)
            }
        }
    }

    @Test func codecFilterAndPrefixMustFit() throws {
        var bench = try FrameBench()
        let raw = try bench.encode([1, 2, 3])
        let filtered = bench.failure(
            EncodedFrame(codec: .raw, filter: .shuffle4, bytes: raw.bytes), 3)
        #expect(filtered == .invalidParameter)
        #expect(throws: TransformError(.invalidParameter, "")) { _ = try FrameBench(level: 0) }
        #expect(throws: TransformError(.invalidParameter, "")) { _ = try FrameBench(level: 23) }
        let stored = raw.bytes
        let prefix: [UInt8] = [1]
        #expect(throws: TransformError(.invalidParameter, "")) {
            try FrameDecoder.decodeOnce(stored, .raw, 3, prefix)
        }
        // A raw frame is a zstd frame too, only not the other way round.
        let asZstd = bench.failure(EncodedFrame(codec: .zstd, filter: .none, bytes: stored), 3)
        #expect(asZstd == nil)
    }

    @Test func headersThatTheFormatForbidsAreRefused() throws {
        // The empty frame of each descriptor, well-formed for libzstd, of which we allow few.
        var bench = try FrameBench()
        for descriptor in 0...255 {
            let allowed = descriptor & 0x3F == 0x20
            let width = 1 << (descriptor >> 6)
            let bytes =
                [0x28, 0xB5, 0x2F, 0xFD, UInt8(descriptor)]
                + [UInt8](repeating: 0, count: width) + [1, 0, 0]
            let code = bench.failure(EncodedFrame(codec: .zstd, filter: .none, bytes: bytes), 0)
            if !allowed { #expect(code == .malformedFrame, "descriptor \(descriptor)") }
            // Two bytes of content size count from 256.
            if allowed, width == 2 { #expect(code == .sizeMismatch) }
        }
    }

    @Test func randomBytesNeverTrap() throws {
        let seed: UInt64 = 211
        var sample = SampleBytes(seed: seed)
        var bench = try FrameBench()
        for _ in 0..<20_000 {
            let size = UInt8(sample.below(250))
            var bytes: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x20, size]
            let body = sample.random(sample.below(60))
            // A plausible block header leads deeper.
            bytes += [UInt8(sample.below(4) << 1 | 1 | (body.count & 31) << 3), 0, 0] + body
            for codec in FrameCodec.allCases {
                let frame = EncodedFrame(codec: codec, filter: .none, bytes: bytes)
                _ = bench.failure(frame, Int(size), prefix: body)
            }
        }
    }
}

extension FrameDecoder {
    static func decodeOnce(
        _ stored: [UInt8], _ codec: FrameCodec, _ count: Int, _ prefix: [UInt8]
    ) throws(TransformError) -> [UInt8] {
        var decoder = FrameDecoder()
        return try decoder.decode(
            stored.span.bytes, codec: codec, filter: .none, rawByteCount: count,
            prefix: prefix.span.bytes)
    }
}
