// The corpus is what other tests and benchmarks stand on: the bytes must never change by
// themselves, sizes must be as asked, and edits must touch about what they say. Digests of
// 64 KiB data are committed; a change of the generators must change them on purpose.

import PinTesting
import Testing

/// FNV-1a of 64 bits: independent of everything under test.
private func fnv(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}

/// The lines of text data.
private func lines(_ corpus: Corpus) -> [ArraySlice<UInt8>] {
    corpus.bytes().split(separator: UInt8(ascii: "\n"))
}

private func edit(_ text: String) throws -> Corpus.Edit { try #require(Corpus.Edit(text)) }

@Suite struct CorpusTests {
    static let digests: [(Corpus.Kind, String?, Int, UInt64)] = [
        (.csv, nil, 1, 0x7CF2_6498_063F_A851),
        (.jsonLines, nil, 1, 0x71CE_886F_9314_1707),
        (.random, nil, 1, 0xFCCD_8070_3E15_ACCB),
        (.columns, nil, 1, 0xA1DA_63A5_C944_6CEF),
        (.log, nil, 1, 0x7134_D1AD_5A82_CA5C),
        (.csv, "append:0.1", 3, 0x473D_E361_6ACC_9BAB),
        (.csv, "scatter:0.05", 3, 0x5E75_601B_82FA_1227),
        (.csv, "block:0.1", 3, 0x171E_CFE2_4DC7_5522),
        (.csv, "delete:0.1", 3, 0x1C55_3933_0CF1_A170),
        (.csv, "add-column", 3, 0x0079_8BB2_2F6B_C988),
        (.csv, "rewrite-column", 3, 0x9C93_F11B_DA87_D749),
        (.csv, "sort", 3, 0xFA86_F7C9_545B_706F),
        (.columns, "scatter:0.05", 2, 0x330E_33D4_507E_CABD),
        (.columns, "sort", 2, 0xCA8F_D38A_37B4_F03B),
        (.log, "add-column", 2, 0x0B56_371A_59A7_0D36),
    ]

    @Test(arguments: digests.indices)
    func bytesAreThoseOfTheCommittedDigest(_ index: Int) throws {
        let (kind, edit, version, digest) = Self.digests[index]
        let corpus = Corpus(
            kind, byteCount: 1 << 16, seed: 7, edit: edit.flatMap { Corpus.Edit($0) },
            version: version)
        #expect(fnv(corpus.bytes()) == digest, "\(kind) \(edit ?? "as made") version \(version)")
    }

    @Test(arguments: Corpus.Kind.allCases)
    func sizeIsWithinThreePercentOfWhatWasAsked(_ kind: Corpus.Kind) {
        let count = Corpus(kind, byteCount: 1 << 20, seed: 3).bytes().count
        #expect(abs(count - (1 << 20)) * 100 <= 3 << 20, "\(kind) has \(count) bytes")
    }

    @Test(arguments: Corpus.Kind.allCases, Corpus.Edit.Kind.allCases)
    func piecesOfAnySizeJoinToTheSameBytes(_ kind: Corpus.Kind, _ way: Corpus.Edit.Kind) {
        let edit = Corpus.Edit(way, partsPerMillion: 100_000)
        let corpus = Corpus(kind, byteCount: 20_000, seed: 5).version(3, edit: edit)
        let whole = corpus.bytes()
        for size in [1, 3000] {
            let pieces = Array(corpus.pieces(of: size))
            #expect(pieces.dropLast().allSatisfy { $0.count >= size })
            #expect(Array(pieces.joined()) == whole)
        }
    }

    @Test(arguments: Corpus.Kind.allCases)
    func otherSeedsGiveOtherBytes(_ kind: Corpus.Kind) {
        let first = Corpus(kind, byteCount: 10_000, seed: 1).bytes()
        #expect(first == Corpus(kind, byteCount: 10_000, seed: 1).bytes())
        #expect(first != Corpus(kind, byteCount: 10_000, seed: 2).bytes())
    }

    @Test(arguments: Corpus.Kind.allCases, Corpus.Edit.Kind.allCases)
    func emptyDataStaysSmall(_ kind: Corpus.Kind, _ way: Corpus.Edit.Kind) {
        let corpus = Corpus(kind, byteCount: 0, seed: 1).version(2, edit: Corpus.Edit(way))
        #expect(corpus.bytes().count <= 192)
    }

    // MARK: - Edits

    private let base = Corpus(.csv, byteCount: 200_000, seed: 11)

    @Test func appendKeepsTheBeginning() throws {
        let (old, new) = (base.bytes(), base.version(2, edit: try edit("append:0.1")).bytes())
        #expect(new.starts(with: old))
        let growth = (new.count - old.count) * 1000 / old.count
        #expect((95...105).contains(growth), "\(growth) ‰")
    }

    @Test func scatterChangesOneCellInAShareOfRows() throws {
        let (old, new) = (lines(base), lines(base.version(2, edit: try edit("scatter:0.05"))))
        #expect(old.count == new.count)
        let changed = zip(old, new).filter { $0 != $1 }
        #expect((35...65).contains(changed.count * 1000 / old.count), "\(changed.count) rows")
        for (before, after) in changed {
            let cells = zip(before.split(separator: 44), after.split(separator: 44))
            #expect(cells.count { $0 != $1 } <= 1)
        }
    }

    @Test func editsAddUpFromVersionToVersion() throws {
        let edit = try edit("scatter:0.05")
        let versions = [1, 2, 3].map { lines(base.version($0, edit: edit)) }
        let changed = zip(versions[0], versions[2]).count { $0 != $1 }
        let again = zip(versions[1], versions[2]).count { $0 != $1 }
        #expect(changed > again * 3 / 2)
    }

    @Test func blockChangesOneRunOfRows() throws {
        let (old, new) = (lines(base), lines(base.version(2, edit: try edit("block:0.1"))))
        let changed = zip(old, new).enumerated().filter { $1.0 != $1.1 }.map(\.offset)
        let first = try #require(changed.first)
        let last = try #require(changed.last)
        #expect(last - first + 1 == changed.count)
        #expect((99...101).contains(changed.count * 1000 / old.count))
    }

    @Test func deleteTakesRowsAwayAndChangesNone() throws {
        let (old, new) = (lines(base), lines(base.version(2, edit: try edit("delete:0.1"))))
        #expect((80...120).contains((old.count - new.count) * 1000 / old.count))
        #expect(Set(new).isSubset(of: Set(old)))
    }

    @Test func addColumnPutsACellAtTheEndOfEveryRow() throws {
        let (old, new) = (lines(base), lines(base.version(3, edit: try edit("add-column"))))
        #expect(old.count == new.count)
        #expect(zip(old, new).allSatisfy { $1.starts(with: $0) && $1.count > $0.count + 4 })
        #expect(String(decoding: new[0], as: UTF8.self).hasSuffix(",extra_1,extra_2"))
    }

    @Test func rewriteColumnChangesOneCellOfEveryRow() throws {
        let (old, new) = (lines(base), lines(base.version(2, edit: try edit("rewrite-column"))))
        #expect(old[0] == new[0])
        for (before, after) in zip(old, new).dropFirst() {
            let cells = zip(
                before.split(separator: 44, omittingEmptySubsequences: false),
                after.split(separator: 44, omittingEmptySubsequences: false))
            let others = cells.enumerated().filter { $0.offset != 8 }
            #expect(others.allSatisfy { $0.element.0 == $0.element.1 })
        }
        #expect(zip(old, new).count { $0 == $1 } <= 2)
    }

    @Test func sortOrdersTheSameRowsByAnotherColumn() throws {
        let (old, new) = (lines(base), lines(base.version(2, edit: try edit("sort"))))
        #expect(Set(old) == Set(new) && old.count == new.count && old != new)
        let regions = new.dropFirst().map { $0.split(separator: 44)[3] }
        let runs = zip(regions, regions.dropFirst()).count { $0 != $1 } + 1
        #expect(runs == Set(regions).count)
    }

    @Test func binaryColumnsAreAsLongAsTheirHeaderSays() throws {
        for way in ["append:0.1", "delete:0.1", "add-column", "sort"] {
            let bytes = Corpus(.columns, byteCount: 100_000, seed: 2)
                .version(3, edit: try edit(way)).bytes()
            func number(_ offset: Int) -> Int {
                (0..<8).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
            }
            let (columns, rows) = (number(8), number(16))
            let padded = (rows * 8 + 63) / 64 * 64
            #expect((0...256).contains(bytes.count - columns * padded), "\(way)")
        }
    }

    @Test func editsAreParsedStrictly() {
        #expect(Corpus.Edit("scatter:0.01") == .init(.scatter, partsPerMillion: 10_000))
        #expect(Corpus.Edit("append:1") == .init(.append, partsPerMillion: 1_000_000))
        #expect(Corpus.Edit("block:0.000001") == .init(.block, partsPerMillion: 1))
        #expect(Corpus.Edit("sort") == .init(.sort))
        for wrong in [
            "", "scatter:", "scatter:2", "scatter:1.1", "scatter:0.0000001", "scatter:-0",
            "scatter:0.1:2", "scatter:0.+1", "mix", ":0.1",
        ] {
            #expect(Corpus.Edit(wrong) == nil, "\(wrong)")
        }
    }
}
