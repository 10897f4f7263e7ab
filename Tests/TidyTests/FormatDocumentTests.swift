import Foundation
import Testing

@testable import PinFormat

/// Goal: FORMAT.md and the code say the same. Method: its tables and examples are read and compared
/// with the constants and encoders of PinFormat, and with the vectors.
@Suite struct FormatDocumentTests {
    private let document: FormatDocument

    init() throws { document = try FormatDocument() }

    private static let limits: [(row: String, names: [String])] = [
        ("raw length of a chunk or node", ["frameRawByteCount"]),
        ("pack", ["packByteCount", "packFrameCount"]),
        ("parity blocks of a group", ["parityRowCount"]),
        ("node", ["nodeEntryCount", "nodeLevel"]),
        (
            "depth, closure frames, closure bytes",
            ["depth", "closureFrameCount", "closureByteCount"]
        ),
        ("zstd window", ["zstdWindowByteCount"]),
        ("config", ["configByteCount"]),
        ("producer", ["producerByteCount"]),
        ("file path", ["pathByteCount", "pathComponentByteCount"]),
        ("files of a version", ["versionFileCount"]),
        ("encoded file list", ["fileListByteCount", "inlineFileListByteCount"]),
        ("pin name, version name, label, type", ["nameByteCount"]),
        ("title, description", ["titleByteCount", "descriptionByteCount"]),
        ("tags, urls", ["textListCount", "textListItemByteCount"]),
        ("user metadata, origin", ["metadataByteCount"]),
        (
            "table key, value, block index",
            ["tableKeyByteCount", "tableValueByteCount", "tableBlockIndexByteCount"]
        ),
        ("commit", ["commitByteCount", "commitReferenceCount"]),
        ("index bucket", ["indexBucketEntryCount"]),
        ("fields of a record", ["recordFieldCount"]),
    ]

    /// Limits that stand elsewhere in the text: §7.4 and §7.5.
    private static let elsewhere = [
        "fanoutBitCount": "at most 24", "tableBlockByteTarget": "16,384 bytes",
    ]

    @Test func tableOfLimitsIsLimits() throws {
        var constants: [String: Int] = [:]
        for line in try Repository.lines("Sources/PinFormat/Limits.swift") {
            guard let start = line.range(of: "static var ") else { continue }
            let parts = line[start.upperBound...].components(separatedBy: ": Int { bounded(")
            constants[parts[0]] = Int(parts[1].prefix { $0 != ")" }.filter { $0 != "_" })
            #expect(constants[parts[0]] != nil, "\(line)")
        }
        #expect(constants.count > 20)
        let table = try #require(document.tables.first { $0.heading == "8. Limits" })
        #expect(table.rows.map { $0[0] } == Self.limits.map(\.row))
        for (row, (name, names)) in zip(table.rows, Self.limits) {
            let values = names.map { constants.removeValue(forKey: $0) }
            #expect(FormatDocument.numbers(in: row[1]) == values, "\(name)")
        }
        let text = try Repository.text("FORMAT.md")
        for (name, words) in Self.elsewhere {
            let value = constants.removeValue(forKey: name)
            #expect(FormatDocument.numbers(in: words) == [value] && text.contains(words), "\(name)")
        }
        #expect(constants.isEmpty, "limits that FORMAT.md does not have: \(constants)")
    }

    @Test func fieldsFollowEachOtherInEveryTableOfOffsets() {
        let tables = document.tables.filter { $0.header[0].hasPrefix("offset") }
        #expect(tables.count == 10)
        for table in tables {
            var expected: Int? = 0
            for row in table.rows {
                if let offset = Int(row[0]) {
                    #expect(offset == expected, "\(table.heading): \(row)")
                    expected = offset
                } else {
                    #expect(row[0].isEmpty, "\(table.heading): \(row)")
                }
                expected = Int(row[1]).flatMap { size in expected.map { $0 + size } }
            }
        }
    }

    @Test func sizesOfTheTablesAreThoseOfTheCodecs() throws {
        let sizes = document.tables.filter { $0.header[0].hasPrefix("offset") }.map { table in
            // Up to the first field of variable length.
            table.rows.prefix { Int($0[0]) != nil && Int($0[1]) != nil }.reduce(0) {
                $0 + (Int($1[1]) ?? 0)
            }
        }
        let header = FrameHeader(kind: .chunk, codec: .raw, filter: .none, rawByteCount: 1)
        let entry = PackEntry(
            digest: Digest(0, 0, 0, 0), header: header, offset: 64, storedByteCount: 30, bases: [])
        let footers = [[entry, entry], [entry]].map {
            PackFooter(entries: $0, producer: "").encoded.count
        }
        let pack = PackHeader(
            content: .mixed, name: ObjectName(base: 0, random: [UInt8](repeating: 0, count: 16)))
        let trailer = PackTrailer(
            footerOffset: 64, footerByteCount: 20, frameCount: 0, footerDigest: Digest(0, 0, 0, 0))
        #expect(
            sizes == [
                Prologue.byteCount, pack.encoded.count,
                FrameRecord.storedByteCount(header, frameByteCount: 0), footers[0] - footers[1],
                trailer.encoded.count, IndexSegmentLayout.headerByteCount,
                IndexSegmentLayout.entryByteCount,
                TableSegment.tailByteCount - Prologue.sealByteCount, Prologue.byteCount,
                // Without its last checksum, which stands after what has no one length.
                ParityDescription.fixedByteCount - 4,
            ])
        #expect(pack.encoded.count == PackHeader.byteCount)
        #expect(trailer.encoded.count == PackTrailer.byteCount)
    }

    @Test func fieldsOfTheRecordsAreThoseOfTheDecoders() {
        let tables = document.tables.filter { $0.header[0] == "tag" }
        let tags = tables.map { table in
            Set(
                table.rows.compactMap { row -> UInt16? in
                    let isCritical = row[0].hasSuffix("!")
                    let number = UInt16(row[0].filter(\.isNumber))
                    return number.map { isCritical ? $0 | Record.critical : $0 }
                })
        }
        #expect(
            tags.map(\.count) == tables.map(\.rows.count), "a tag is written twice, or is no number"
        )
        #expect(
            tags
                == [BoardConfig.known, PackRow.known, VersionRecord.known, CommitRecord.known]
                .map { Set($0) })
    }

    @Test func examplesAreTheVectorsTheyName() throws {
        #expect(document.examples.count == 15)
        for example in document.examples {
            let path = "Tests/Vectors/valid/\(example.name).bin"
            let vector = try Data(contentsOf: Repository.root.appendingPathComponent(path))
            #expect(example.bytes == [UInt8](vector), "\(example.name)")
            for offset in example.offsets {
                #expect(offset.written == offset.right, "\(example.name)")
            }
        }
    }

    @Test func exampleOfTheCutsIsTheVector() throws {
        struct Vectors: Decodable {
            struct Case: Decodable {
                let name: String
                let ends: [Int]
            }
            let cases: [Case]
        }
        let json = try Repository.text("Tests/Vectors/chunking.json")
        let vectors = try JSONDecoder().decode(Vectors.self, from: Data(json.utf8))
        let vector = try #require(vectors.cases.first { $0.name == "e12-n2-stream-20000" })
        let table = try #require(document.tables.first { $0.heading == "4.3 The cuts" })
        let rows = table.rows.map { row in row.prefix(3).flatMap(FormatDocument.numbers) }
        #expect(rows.map { $0[1] } == vector.ends)
        #expect(rows.map { $0[0] } == [0] + vector.ends.dropLast())
        #expect(rows.allSatisfy { $0[1] - $0[0] == $0[2] })
    }

    @Test func nothingIsLeftToFillIn() throws {
        #expect(!(try Repository.text("FORMAT.md")).contains("@@"))
    }
}
