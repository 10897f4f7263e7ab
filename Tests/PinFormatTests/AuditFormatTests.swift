import PinTesting
import PinTransforms
import Testing

@testable import PinFormat

/// Names and sizes that would lead a reader astray.
@Suite struct AuditFormatTests {
    /// A '/' and the combining mark behind it are one character of a string, and two of a path.
    @Test func aSlashBeforeACombiningMarkSeparates() throws {
        #expect(Names.components(of: "a/\u{301}b") == ["a", "\u{301}b"])
        for path in [
            "../\u{301}x", "a/../\u{FE0F}x", "\u{301}/\u{301}/..", "a/\u{200D}/../\u{301}",
        ] {
            #expect(throws: FormatError.self, "\(path.debugDescription)") {
                try Names.checkPath(path)
            }
            var list = ByteWriter()
            list.u32(1)
            list.counted(Array(path.utf8))
            list.u64(0)
            list.u32(0)
            #expect(throws: FormatError.self) { try FileList(list.bytes) }
        }
        try Names.checkPath("a/\u{301}b")
        #expect(throws: FormatError.self) {
            try Names.checkDistinct(["a", "a/\u{301}b"])
        }
    }

    @Test(arguments: UInt64(1)...20) func collisionsAreThoseOfThePlainRule(seed: UInt64) throws {
        let random = SeededRandom(seed: seed)
        let parts = ["a", "A", "b", "a!", "a-", "é", "e\u{301}", "\u{301}x", "É"]
        for _ in 0..<200 {
            let paths = (0..<(1 + random.below(5))).map { _ in
                (0..<(1 + random.below(3))).map { _ in parts[random.below(parts.count)] }
                    .joined(separator: "/")
            }
            let isAccepted = (try? Names.checkDistinct(paths)) != nil
            #expect(isAccepted == areDistinct(paths), "seed \(seed), \(paths)")
        }
    }

    private func areDistinct(_ paths: [String]) -> Bool {
        let folded = paths.map { path in
            path.unicodeScalars.split(separator: "/").map { String($0).lowercased() }
        }
        for (index, path) in folded.enumerated() {
            for (other, longer) in folded.enumerated()
            where index != other && longer.starts(with: path) { return false }
        }
        return true
    }

    @Test func aBlockThatIsLargerThanItsRowsCanBeIsRefused() throws {
        let most =
            Limits.tableBlockByteTarget - 1 + 6 + Limits.tableKeyByteCount
            + Limits.tableValueByteCount
        for (length, isAllowed) in [(most, true), (most + 1, false), (Int(UInt32.max), false)] {
            var index = ByteWriter()
            index.u64(16)
            index.u32(UInt32(length))
            index.u32(0)
            index.u16(1)
            index.u8(0x20)
            var tail = ByteWriter()
            tail.u64(UInt64(16 + length))
            tail.u32(UInt32(index.count))
            tail.u32(1)
            tail.u64(1)
            tail.u32(Checksums.standard.crc32c(index.bytes, 0..<index.count, 0))
            tail.u32(Checksums.standard.crc32c(tail.bytes, 0..<28, 0))
            tail.zeros(32)
            let trailer = try TableSegment.Trailer(
                tail: tail.bytes, byteCount: 16 + length + index.count + 64, .standard)
            let blocks = try? TableSegment.blocks(index.bytes, trailer, .standard)
            #expect((blocks != nil) == isAllowed, "\(length)")
        }
    }
}
