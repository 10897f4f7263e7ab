import PinFormat
import PinTransforms
import Testing

/// §8: a look-up reads a whole bucket, so that no segment may have one of any size.
@Suite struct IndexBucketTests {
    private func segment(_ count: Int) -> [UInt8] {
        let pack = ObjectName(base: 1, random: [UInt8](repeating: 1, count: 16))
        let header = FrameHeader(kind: .chunk, codec: .raw, filter: .none, rawByteCount: 1)
        let places = (0..<count).map { number in
            FramePlace(
                digest: Digest(1, 2, 3, 4), pack: pack, offset: 64 + number, storedByteCount: 25,
                header: header, bases: [])
        }
        return IndexSegment.encode(places, .standard)
    }

    // The number itself and not its name: a test build can switch the limit off.
    @Test func aBucketHasAtMost65536Entries() throws {
        let most = 65_536
        #expect(try IndexSegment.decode(segment(most), .standard).count == most)
        let error = #expect(throws: FormatError.self) {
            // What is returned would be printed, all of it, where nothing is thrown.
            _ = try IndexSegment.decode(segment(most + 1), .standard)
        }
        #expect(error?.code == .limitExceeded)
    }

    @Test func aBuilderRefusesABucketThatAReaderWould() throws {
        let bytes = segment(1)
        let layout = try IndexSegmentLayout(
            header: bytes, byteCount: bytes.count, .standard)
        let entry = try IndexEntry(bytes, at: layout.entriesOffset, layout)
        let taken = IndexSegmentBuilder.Entry(
            bytes, at: layout.entriesOffset, digest: entry.digest, baseCount: 0, pack: 0)
        let pack = ObjectName(base: 1, random: [UInt8](repeating: 1, count: 16))
        var builder = IndexSegmentBuilder(packs: [pack], expectedEntryCount: 1, .standard)
        for _ in 0..<65_536 { try builder.measure(taken) }
        let error = #expect(throws: FormatError.self) { try builder.measure(taken) }
        #expect(error?.code == .limitExceeded)
    }
}
