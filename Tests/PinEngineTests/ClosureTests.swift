import PinFormat
import Testing

@testable import PinEngine

/// A listed pack may hold deltas whose bases have gone with another pack: other copies serve, and a
/// chunk is lost only if no way leads to its bytes. Found by the kill loop.
@Suite struct ClosureTests {
    private static func digest(_ number: UInt64) -> Digest { Digest(number, 0, 0, 0) }

    /// A frame of a chunk in a pack; `depth` deltas above a plain one.
    private static func place(
        _ chunk: UInt64, pack: UInt64, depth: Int, bases: [UInt64] = []
    ) throws -> FramePlace {
        var header = FrameHeader(kind: .chunk, codec: .raw, filter: .none, rawByteCount: 100)
        for _ in 0..<depth { header = try FrameHeader(deltaOf: [header], rawByteCount: 100) }
        return FramePlace(
            digest: digest(chunk),
            pack: ObjectName(base: pack, random: [UInt8](repeating: 0, count: 16)), offset: 64,
            storedByteCount: 200, header: header, bases: bases.map(digest))
    }

    private static func closure(of chunk: UInt64, _ places: [FramePlace]) -> [UInt64]? {
        let table = Dictionary(grouping: places, by: \.digest)
        return FrameLocator.closure(digest(chunk), .chunk, table)?.map(\.pack.base)
    }

    @Test func aCopyWhoseBaseIsGoneIsPassedOver() throws {
        // Chunk 2 has two copies of one depth; that of the newer pack needs chunk 9, which is gone.
        let places = try [
            Self.place(1, pack: 5, depth: 3, bases: [2]),
            Self.place(2, pack: 8, depth: 1, bases: [9]),
            Self.place(2, pack: 3, depth: 1, bases: [4]), Self.place(4, pack: 3, depth: 0),
        ]
        #expect(Self.closure(of: 1, places) == [3, 3, 5])
        #expect(Self.closure(of: 2, places) == [3, 3])
        #expect(Self.closure(of: 1, Array(places.dropLast(1))) == nil)
    }

    @Test func aWrongTurnFarBelowIsTakenBack() throws {
        let places = try [
            Self.place(1, pack: 1, depth: 4, bases: [2]),
            // The nearer copy leads to chunk 3, whose only copy of smaller depth has lost its base.
            Self.place(2, pack: 9, depth: 2, bases: [3]),
            Self.place(2, pack: 8, depth: 3, bases: [3]),
            Self.place(3, pack: 7, depth: 1, bases: [99]),
            Self.place(3, pack: 6, depth: 2, bases: [5]), Self.place(5, pack: 6, depth: 0),
        ]
        #expect(Self.closure(of: 1, places) == [6, 6, 8, 1])
    }

    @Test func anIndexThatLeadsNowhereEndsTheSearch() throws {
        // Every level has many copies, and none of them ends.
        var places = [try Self.place(0, pack: 1, depth: 15, bases: [1])]
        for level in 1..<15 as Range<UInt64> {
            for copy in 0..<10 as Range<UInt64> {
                places.append(
                    try Self.place(level, pack: copy, depth: 15 - Int(level), bases: [level + 1]))
            }
        }
        #expect(Self.closure(of: 0, places) == nil)
    }
}
