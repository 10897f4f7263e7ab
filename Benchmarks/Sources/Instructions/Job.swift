import BenchmarkSupport
import CPinKernels
import PinFormat
import PinStorage
import PinTesting
import PinTransforms

/// Something of ours that runs for every byte or every chunk.
///
/// Kernels are named, never chosen: callgrind knows neither AVX-512 nor SHA-NI, and the count must
/// not depend on the processor.
enum Job: String, CaseIterable {
    case chunkDefinition = "chunk-definition"
    case chunkPortable = "chunk-portable"
    case chunkAVX2 = "chunk-avx2"
    case codecEncode = "codec-encode"
    case codecDecode = "codec-decode"
    case digestGlue = "digest-glue"
    case digestLanes = "digest-lanes"
    case indexPresent = "index-present"
    case indexAbsent = "index-absent"

    /// What is measured, and what it has to return.
    struct Body {
        let expected: Int
        let run: () throws -> Int
    }

    var canRun: Bool {
        switch self {
        case .chunkPortable: pins_gear_can_run(PINS_GEAR_PORTABLE)
        case .chunkAVX2: pins_gear_can_run(PINS_GEAR_AVX2)
        case .digestLanes: pins_sha256_can_run(PINS_SHA256_AVX2)
        default: true
        }
    }

    func prepared() async throws -> Body {
        switch self {
        case .chunkDefinition: chunks(PINS_GEAR_DEFINITION)
        case .chunkPortable: chunks(PINS_GEAR_PORTABLE)
        case .chunkAVX2: chunks(PINS_GEAR_AVX2)
        case .codecEncode: try encoding()
        case .codecDecode: try decoding()
        case .digestGlue: digestsOneByOne()
        case .digestLanes: digestsInLanes()
        case .indexPresent: try await SampleLookups().lookups(ofPresent: true)
        case .indexAbsent: try await SampleLookups().lookups(ofPresent: false)
        }
    }

    // MARK: - Chunks

    /// 16 MiB of random bytes, cut at the default average as the chunker cuts them.
    private func chunks(_ kernel: pins_gear_kernel) -> Body {
        let bytes = Corpus(.random, byteCount: 16 << 20, seed: 1).bytes()
        let parameters = pins_gear_parameters(
            average_exponent: UInt32(ChunkerParameters.standard.averageExponent),
            normalization: UInt32(ChunkerParameters.standard.normalization))
        var expected: [Int] = []
        GearChunker(.standard).appendBoundaries(
            of: bytes.span.bytes, isFinal: true, to: &expected)
        return Body(expected: expected.reduce(0, ^)) {
            var ends = [Int](repeating: 0, count: 2_000)
            let count = pins_gear_ends(
                kernel, parameters, bytes, bytes.count, true, &ends, ends.count, nil)
            return ends[..<count].reduce(0, ^)
        }
    }

    // MARK: - Frames

    private static let chunkByteCount = 64 << 10

    /// 8 MiB of a table.
    private func table() -> [[UInt8]] {
        Corpus(.csv, byteCount: 8 << 20, seed: 1).pieces(of: Self.chunkByteCount)
            .filter { $0.count >= Self.chunkByteCount }.map { Array($0[..<Self.chunkByteCount]) }
    }

    private static func encoded(_ chunks: [[UInt8]]) throws -> [EncodedFrame] {
        var encoder = try FrameEncoder(level: 1)
        var frames: [EncodedFrame] = []
        for chunk in chunks { frames.append(try encoder.encode(chunk.span.bytes)) }
        return frames
    }

    private func encoding() throws -> Body {
        let chunks = table()
        return Body(expected: chunks.count) { try Self.encoded(chunks).count }
    }

    private func decoding() throws -> Body {
        let chunks = table()
        let frames = try Self.encoded(chunks)
        return Body(expected: chunks.count) {
            var decoder = FrameDecoder()
            var same = 0
            for (frame, chunk) in zip(frames, chunks) {
                let raw = try decoder.decode(
                    frame.bytes.span.bytes, codec: frame.codec, filter: frame.filter,
                    rawByteCount: Self.chunkByteCount)
                if raw.count == chunk.count, raw.last == chunk.last { same += 1 }
            }
            return same
        }
    }

    // MARK: - Digests

    /// Many short digests by libcrypto, whose own instructions are not ours to count.
    private func digestsOneByOne() -> Body {
        let bytes = Corpus(.random, byteCount: 1 << 20, seed: 1).bytes()
        let ends = Array(stride(from: 64, through: bytes.count, by: 64))
        return Body(expected: ends.count) {
            var sha = SHA256()
            var start = 0
            var digests: [Digest] = []
            for end in ends {
                digests.append(sha.digest(bytes.span.extracting(start..<end).bytes))
                start = end
            }
            return digests.count
        }
    }

    /// 4 MiB of chunks of 1 to 16,000 bytes: eight lanes, and the scheduler that fills them.
    private func digestsInLanes() -> Body {
        let bytes = Corpus(.random, byteCount: 4 << 20, seed: 1).bytes()
        let random = SeededRandom(seed: 1)
        var ends: [Int] = []
        var end = 0
        while end < bytes.count {
            end = min(bytes.count, end + 1 + Int(random.uint64() % 16_000))
            ends.append(end)
        }
        var sha = SHA256()
        let last = ends[ends.count - 2]..<bytes.count
        let expected = sha.digest(bytes.span.extracting(last).bytes).prefix
        return Body(expected: Int(truncatingIfNeeded: expected)) {
            var words = [UInt64](repeating: 0, count: 4 * ends.count)
            pins_sha256_many(PINS_SHA256_AVX2, bytes, ends, ends.count, &words)
            return Int(truncatingIfNeeded: words[words.count - 4])
        }
    }
}
