import CPinKernels
import PinFormat
import Testing

@testable import PinTransforms

/// Goal: the digests of a file and of its chunks, found side by side, are those of libcrypto.
@Suite struct FileHasherTests {
    static let kinds = pins_sha256_file_can_run() ? [true, false] : [false]

    /// Pieces of a file, each with the lengths of its chunks.
    static func check(
        _ pieces: [[Int]], _ sample: inout SampleBytes, isPaired: Bool, _ comment: Comment
    ) {
        var file = FileHasher(isPaired: isPaired)
        var whole = SHA256()
        for lengths in pieces {
            let ends = ChunkHasherTests.ends(lengths)
            let count = ends.last ?? 0
            // Bytes after the last chunk are not looked at.
            let bytes = sample.random(count + 70)
            let digests = file.update(bytes.span.bytes, ends: ends)
            whole.update(bytes.span.extracting(0..<count).bytes)
            #expect((digests != nil) == isPaired, comment)
            if let digests { #expect(digests == ChunkHasherTests.expected(bytes, ends), comment) }
        }
        let (found, expected) = (file.finish(), whole.finish())
        #expect(found == expected, comment)
        // What follows is another file.
        let abc = Array("abc".utf8)
        _ = file.update(abc.span.bytes, ends: [3])
        let second = file.finish().hex
        #expect(
            second == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", comment)
    }

    @Test(arguments: kinds)
    func everyLengthAroundABlockAtEveryPositionInIt(isPaired: Bool) {
        // Method: the second piece begins at every offset of a block of the file's chain.
        let seed: UInt64 = 96
        var sample = SampleBytes(seed: seed)
        for first in 0..<130 {
            for second in [0, 1, 55, 56, 63, 64, 65, 128] {
                Self.check(
                    [[first], [second, 64], []], &sample, isPaired: isPaired,
                    "seed \(seed), \(first) and \(second) bytes")
            }
        }
    }

    @Test(arguments: kinds)
    func randomChunksInRandomPieces(isPaired: Bool) {
        let seed: UInt64 = 97
        var sample = SampleBytes(seed: seed)
        for turn in 0..<60 {
            let pieces = (0..<sample.below(7)).map { _ in
                (0..<sample.below(10)).map { _ in
                    sample.below(2) == 0 ? sample.below(200) : sample.below(20_000)
                }
            }
            Self.check(pieces, &sample, isPaired: isPaired, "seed \(seed), turn \(turn)")
        }
    }
}
