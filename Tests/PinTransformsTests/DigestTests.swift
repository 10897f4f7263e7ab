import CPinKernels
import PinFormat
import Testing

@testable import PinTransforms

@Suite struct DigestTests {
    /// FIPS 180-4 examples and the empty message.
    static let vectors: [(String, String)] = [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                + "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
    ]

    @Test func publishedDigests() {
        var sha = SHA256()
        for (message, hex) in Self.vectors {
            let bytes = Array(message.utf8)
            let digest = sha.digest(bytes.span.bytes)
            #expect(digest.hex == hex)
        }
        let million = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        let digest = sha.digest(million.span.bytes)
        #expect(digest.hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func piecesGiveTheDigestOfTheWhole() {
        let seed: UInt64 = 71
        var sample = SampleBytes(seed: seed)
        var sha = SHA256()
        let bytes = sample.random(10_000)
        let whole = sha.digest(bytes.span.bytes)
        for _ in 0..<20 {
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + sample.below(300))
                let piece = Array(bytes[start..<end])
                sha.update(piece.span.bytes)
                start = end
            }
            let digest = sha.finish()
            #expect(digest == whole, "seed \(seed)")
        }
        // What was not finished is forgotten by the next whole digest.
        sha.update(bytes.span.bytes)
        let again = sha.digest(bytes.span.bytes)
        #expect(again == whole)
    }

    @Test func domainsAreTagsBeforeTheBytes() {
        var sha = SHA256()
        let bytes = Array("payload".utf8)
        let plain = sha.digest(bytes.span.bytes)
        var seen: Set<Digest> = [plain]
        for domain in DigestDomain.allCases {
            let tagged = domain.tag + bytes
            #expect(domain.tag.count == 16)
            let expected = sha.digest(tagged.span.bytes)
            let digest = sha.digest(domain: domain, bytes.span.bytes)
            #expect(digest == expected)
            seen.insert(digest)
        }
        #expect(seen.count == 1 + DigestDomain.allCases.count)
        #expect(DigestDomain.node.tag == Array("pins.node".utf8) + [0, 0, 0, 0, 0, 0, 0])
    }

    @Test func publishedChecksums() {
        // RFC 3720 B.4 and the check value of the catalogue of CRCs.
        let zeros = [UInt8](repeating: 0, count: 32)
        let ones = [UInt8](repeating: 0xFF, count: 32)
        let rising = (0..<32).map { UInt8($0) }
        let falling = [UInt8](rising.reversed())
        let digits = Array("123456789".utf8)
        #expect(CRC32C.of(zeros.span.bytes) == 0x8A91_36AA)
        #expect(CRC32C.of(ones.span.bytes) == 0x62A8_AB43)
        #expect(CRC32C.of(rising.span.bytes) == 0x46DD_794E)
        #expect(CRC32C.of(falling.span.bytes) == 0x113F_DB5C)
        #expect(CRC32C.of(digits.span.bytes) == 0xE306_9283)
    }

    @Test func checksumsFollowTheirDefinitionAtEveryLengthAndContinue() {
        let seed: UInt64 = 81
        var sample = SampleBytes(seed: seed)
        let bytes = sample.random(5_000)
        // Three streams of 256 bytes begin at 768.
        let long = Array(700...900) + Array(stride(from: 901, to: 4_990, by: 61))
        for length in Array(0...300) + long {
            let part = Array(bytes[length % 7..<length % 7 + length])
            let expected = pins_crc32c_definition(0, part, part.count)
            #expect(CRC32C.of(part.span.bytes) == expected, "seed \(seed)")
            let head = Array(part.prefix(length / 3))
            let tail = Array(part.dropFirst(length / 3))
            let first = CRC32C.of(head.span.bytes)
            #expect(CRC32C.of(tail.span.bytes, seed: first) == expected, "seed \(seed)")
        }
    }
}
