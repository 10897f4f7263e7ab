import PinStorage
import PinTesting
import Testing

/// Keys are what every place can spell, and never lead out of a board.
@Suite struct ObjectKeyTests {
    @Test(arguments: [
        "a", "0", "a.b", "a-b_c.d", "commits/00000000000000000001", "packs/ab/cd", "tmpx", "a/tmp",
        "a./b", "a..b", "-", "_", "tmp.a", String(repeating: "a", count: 200),
    ])
    func aKeyIsAccepted(text: String) throws {
        let key = try ObjectKey(validating: text)
        #expect(key.text == text)
        #expect(key.description == text)
    }

    @Test(arguments: [
        "", "/", "a/", "/a", "a//b", ".", "..", "a/..", "../a", "a/../b", "./a", "a/.", ".a",
        "a/.b",
        "A", "a b", "a\\b", "a\0b", "a\nb", "ä", "a/ä", "é", "a:b", "a*", "~", "a%2f", "tmp",
        "tmp/a",
        String(repeating: "a", count: 201), String(repeating: "a/", count: 1_000),
    ])
    func whatIsNoKeyIsRefused(text: String) {
        #expect(!ObjectKey.isValid(text))
        let error = #expect(throws: BackendError(.invalidKey, "")) {
            _ = try ObjectKey(validating: text)
        }
        // The text is somebody else's: its control characters do not reach a terminal.
        #expect(error?.message.utf8.allSatisfy { $0 >= 0x20 } == true)
        #expect((error?.message.utf8.count ?? 0) < 1_500)
    }

    @Test func everyByteIsAcceptedOrRefusedByTheRule() {
        for byte in UInt8.min...UInt8.max {
            let text = String(
                decoding: [UInt8(ascii: "a"), byte, UInt8(ascii: "b")], as: UTF8.self)
            let isAllowed = "abcdefghijklmnopqrstuvwxyz0123456789._-/".utf8.contains(byte)
            #expect(ObjectKey.isValid(text) == isAllowed, "byte \(byte)")
        }
    }

    @Test func theOrderIsThatOfTheBytes() throws {
        let seed: UInt64 = 5
        let random = SeededRandom(seed: seed)
        let alphabet = Array("ab09._-/".utf8)
        var keys: [ObjectKey] = []
        while keys.count < 300 {
            let bytes = (0...random.below(6)).map { _ in alphabet[random.below(alphabet.count)] }
            if let key = try? ObjectKey(validating: String(decoding: bytes, as: UTF8.self)) {
                keys.append(key)
            }
        }
        let byBytes = keys.sorted {
            Array($0.text.utf8).lexicographicallyPrecedes(Array($1.text.utf8))
        }
        #expect(keys.sorted() == byBytes, "seed \(seed)")
    }
}
