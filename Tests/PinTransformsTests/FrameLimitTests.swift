import PinFormat
import Testing

@testable import PinTransforms

/// FORMAT.md §6.1: what is too large is refused before any work, and for that reason. The numbers
/// are written out, not taken from `FrameLimits`.
@Suite struct FrameLimitTests {
    /// A frame of raw blocks of one byte each: right, and larger than any encoder makes it.
    private static func wasteful(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x20, UInt8(count)]
        for index in 0..<count { bytes += [1 << 3 | (index == count - 1 ? 1 : 0), 0, 0, 65] }
        return bytes
    }

    @Test func noFrameHoldsMoreThan16MiB() throws {
        var bench = try FrameBench()
        let frame = EncodedFrame(codec: .zstd, filter: .none, bytes: Self.wasteful(10))
        #expect(bench.failure(frame, 1 << 24) == .sizeMismatch)
        #expect(bench.failure(frame, 1 << 24 + 1) == .limitExceeded)
    }

    @Test func noFrameIsLargerThanRawBlocks() throws {
        var bench = try FrameBench()
        // Nine bytes, ten of content and three of one block are the most.
        let frame = EncodedFrame(codec: .zstd, filter: .none, bytes: Self.wasteful(10))
        #expect(bench.failure(frame, 10) == .malformedFrame)
        let small = EncodedFrame(codec: .zstd, filter: .none, bytes: Self.wasteful(2))
        #expect(bench.failure(small, 2) == nil)
    }

    @Test func aFrameOfAnotherSizeIsRefusedBeforeItIsDecoded() throws {
        var bench = try FrameBench()
        let frame = try bench.encode([UInt8](repeating: 7, count: 400))
        #expect(frame.codec == .zstd)
        #expect(bench.failure(frame, 399) == .sizeMismatch)
    }

    @Test func noPrefixIsLargerThanTwoChunks() throws {
        let stored = Self.wasteful(2)
        for (count, code) in [(1 << 25, nil), (1 << 25 + 1, TransformError.Code.limitExceeded)] {
            let prefix = [UInt8](repeating: 1, count: count)
            var found: TransformError.Code?
            do {
                _ = try FrameDecoder.decodeOnce(stored, .zstdDelta, 2, prefix)
            } catch {
                found = error.code
            }
            #expect(found == code, "\(count)")
        }
    }
}
