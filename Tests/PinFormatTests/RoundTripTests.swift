import PinTransforms
import Testing

@testable import PinFormat

/// Goal: decode is the inverse of encode. Method: random values by seed, encoded, decoded and
/// compared.
@Suite struct RoundTripTests {
    static let seeds = Array(UInt64(1)...25)

    @Test(arguments: seeds) func configs(seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        for _ in 0..<20 {
            let value = try random.config()
            #expect(try BoardConfig(value.encoded(.standard), .standard) == value, "seed \(seed)")
        }
    }

    @Test(arguments: seeds) func commits(seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        for _ in 0..<20 {
            let value = random.commit()
            #expect(try CommitRecord(value.encoded(.standard), .standard) == value, "seed \(seed)")
        }
    }

    @Test(arguments: seeds) func versionsAndTheirLists(seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        for _ in 0..<10 {
            let list = try random.fileList()
            #expect(try FileList(list.encoded) == list, "seed \(seed)")
            let value = random.version(list)
            #expect(try VersionRecord(value.encoded) == value, "seed \(seed)")
            let row = VersionRow(
                recordBytes: value.encoded, packs: random.names(random.bits.below(5)))
            #expect(try VersionRow(row.encoded) == row, "seed \(seed)")
            var pin = PinRow(
                latest: value.versionName, versionCount: random.bits.next(),
                byteCount: value.byteCount, metadata: value.metadata)
            pin.unknown = random.unknown()
            #expect(try PinRow(pin.encoded) == pin, "seed \(seed)")
        }
    }

    @Test(arguments: seeds) func indexSegments(seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        for count in [0, 1, 2, 63, 64, 65, 129, 700] {
            let places = try random.places(count)
            let bytes = IndexSegment.encode(places, .standard)
            #expect(try IndexSegment.decode(bytes, .standard) == places, "seed \(seed), \(count)")
        }
    }

    @Test(arguments: seeds) func tableSegments(seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        for count in [0, 1, 2, 50, 300] {
            let rows = random.rows(count)
            let bytes = TableSegment.encode(rows, .standard)
            #expect(try TableSegment.decode(bytes, .standard) == rows, "seed \(seed), \(count)")
        }
    }

    @Test(arguments: seeds) func packs(seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        for count in [0, 1, 5, 40] {
            let pack = try random.pack(count)
            let bytes = pack.encoded
            let again = try PackContents(bytes)
            #expect(again.encoded == bytes, "seed \(seed), \(count)")
            #expect(again.footer == pack.footer, "seed \(seed), \(count)")
        }
    }

    @Test(arguments: seeds) func blocksEndWhereTheyReachTheirTarget(seed: UInt64) throws {
        // A row that fills a block exactly, one byte less, one byte more.
        for extra in -1...1 {
            let size = Limits.tableBlockByteTarget - 6 - 1 + extra
            let rows = [
                TableRow(key: [1], value: [UInt8](repeating: UInt8(seed), count: size)),
                TableRow(key: [2], value: []),
            ]
            let bytes = TableSegment.encode(rows, .standard)
            #expect(try TableSegment.decode(bytes, .standard) == rows)
            let trailer = try TableSegment.Trailer(
                tail: Array(bytes.suffix(64)), byteCount: bytes.count, .standard)
            #expect(trailer.blockCount == (extra < 0 ? 1 : 2))
        }
    }
}
