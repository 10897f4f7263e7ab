import PinTesting
import Testing

@testable import Pins

/// Goal: hashes are those of pins for Python and R. Method: vectors that both languages printed.
@Suite struct PlainHashTests {
    private let a = PlainHash.xxh64(Array("a\n".utf8))
    private let b = PlainHash.xxh64(Array("b\n".utf8))

    @Test func aFileHasTheHashThatBothLanguagesRecord() {
        #expect(a == "fbbde8981eccc855")
        #expect(PlainHash.xxh64([]) == "ef46db3751d8e999")
        #expect(PlainHash.pinHash([a]) == a)
    }

    @Test func severalFilesHaveTheHashOfEitherLanguage() {
        #expect(PlainHash.pinHash([a, b]) == "393118599e84ff4b")
        #expect(PlainHash.pinHashOfR([a, b]) == "06114e6e2454373716295f136ca1d278")
        for recorded in [
            "393118599e84ff4b", "06114e6e2454373716295f136ca1d278", "393118599e", "06114E6E2454",
        ] {
            #expect(PlainHash.matches(recorded, [a, b]), "\(recorded)")
            #expect(!PlainHash.matches(recorded, [b, a]), "\(recorded)")
        }
        #expect(!PlainHash.matches("3931", [a, b]))
        #expect(!PlainHash.matches("", [a]))
        #expect(!PlainHash.matches(PlainHash.pinHashOfR([a]), [a]))
    }

    @Test func piecesAreHashedAsOne() {
        let seed: UInt64 = 9
        let random = SeededRandom(seed: seed)
        let bytes = random.bytes(count: 5_000)
        for cut in [0, 1, 31, 32, 33, 4_999, 5_000] {
            var stream = PlainHash.Stream()
            stream.update(Array(bytes[..<cut]))
            stream.update(Array(bytes[cut...]))
            #expect(stream.hex == PlainHash.xxh64(bytes), "seed \(seed), cut \(cut)")
        }
    }
}
