import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Testing

@testable import PinEngine

/// Goal: on a board with parity, damage that is too much for it goes the way of all damage: the
/// pack is marked, writing the same data again heals; and what parity can mend it mends, before,
/// between and after. Method: every pack of a small board is damaged beyond its parity, in turn.
@Suite struct ParityHealTests {
    typealias Version = VerifyProblem.Version

    private static let percent = 10

    /// A copy in which half of a pack is noise, repaired as far as it goes.
    private static func lost(
        _ written: HealTests.Written, _ key: ObjectKey
    ) async throws -> (copy: VerifyBoard, isHurt: Bool) {
        let copy = written.board.damaged(key) { bytes in
            let run = bytes.count / 2
            let noise = written.board.random.bytes(count: run)
            bytes.replaceSubrange(70..<70 + run, with: noise)
        }
        let report = try await copy.verify(repairs: true)
        #expect(report.summary.contains("its parity cannot mend it"), "\(report.summary)")
        return (copy, !report.isSound)
    }

    private static func name(_ key: ObjectKey) throws -> ObjectName {
        try #require(BoardKeys.name(of: key, prefix: BoardKeys.packPrefix))
    }

    /// Puts a pack back as it was, but for damage that its parity can mend.
    private static func bringBack(
        _ key: ObjectKey, _ copy: VerifyBoard, _ board: VerifyBoard
    ) throws {
        var bytes = try #require(board.backend.snapshot[key])
        let run = bytes.count * percent / 100
        bytes.replaceSubrange(90..<90 + run, with: repeatElement(0xEE, count: run))
        copy.backend.replace(key, with: bytes)
    }

    @Test func damageBeyondParityIsMarkedAndWritingAgainHeals() async throws {
        let written = try await HealTests.written(seed: 140, parityPercent: Self.percent)
        let board = written.board
        let good = await board.readable(try await board.versions())
        var hurtCount = 0
        for key in try await HealTests.packs(board) {
            let (copy, isHurt) = try await Self.lost(written, key)
            guard isHurt else { continue }
            hurtCount += 1
            let marked = try await copy.open().snapshot().index.packs.row(try Self.name(key))
            #expect(marked?.isLost == true, "\(key)")
            let store = try await copy.open()
            for (pin, bytes) in written.contents {
                try await copy.write(pin, [("data", bytes)], on: store)
            }
            try await HealTests().expectHealed(copy, good, "\(key)")
            // What was stored anew is protected as well: it can be damaged, and is mended.
            for fresh in try await HealTests.packs(copy) where board.backend.snapshot[fresh] == nil
            {
                let again = copy.damaged(fresh) { $0[$0.count / 2] ^= 1 }
                let report = try await again.verify(repairs: true)
                #expect(report.isSound, "\(fresh): \(report.summary)")
                #expect(report.summary.contains("made whole from"), "\(report.summary)")
                try await HealTests().expectHealed(again, good, "\(fresh) mended")
            }
        }
        #expect(hurtCount > 2)
    }

    /// A pack that was marked comes back, with damage that its parity can mend: it is whole again.
    @Test func aMarkedPackThatComesBackIsMendedByItsParity() async throws {
        let written = try await HealTests.written(seed: 141, parityPercent: Self.percent)
        let board = written.board
        let good = await board.readable(try await board.versions())
        for key in try await HealTests.packs(board) {
            let (copy, isHurt) = try await Self.lost(written, key)
            guard isHurt else { continue }
            try Self.bringBack(key, copy, board)
            let report = try await copy.verify(repairs: true)
            #expect(report.isSound, "\(key): \(report.summary)")
            #expect(report.summary.contains("made whole from"), "\(key): \(report.summary)")
            for (name, row) in try await copy.open().snapshot().index.packs.all() {
                #expect(!row.isLost, "\(name)")
            }
            try await HealTests().expectHealed(copy, good, "\(key) mended")
        }
    }

    /// Something of the marked pack is stored anew, and the rest of it is mended by its parity when
    /// the pack comes back.
    @Test func aHalfHealedPackIsMendedByItsParity() async throws {
        let written = try await HealTests.written(seed: 142, parityPercent: Self.percent)
        let board = written.board
        let good = await board.readable(try await board.versions())
        var halfCount = 0
        for key in try await HealTests.packs(board) {
            let (copy, isHurt) = try await Self.lost(written, key)
            guard isHurt else { continue }
            let part = Array(written.contents[0].bytes[..<50_000])
            try await copy.write("part", [("data", part)], on: try await copy.open())
            let row = try await copy.open().snapshot().index.packs.row(try Self.name(key))
            if row?.isLost == true { halfCount += 1 }
            let read = try await copy.open().read("part")
            #expect(read == part, "\(key)")
            // Too much is damaged still: a repair changes nothing more.
            let before = copy.backend.snapshot
            _ = try await copy.verify(repairs: true)
            let isUnchanged = copy.backend.snapshot == before
            #expect(isUnchanged, "\(key)")
            try Self.bringBack(key, copy, board)
            let report = try await copy.verify(repairs: true)
            #expect(report.isSound, "\(key): \(report.summary)")
            #expect(await copy.readable(Array(good.keys)) == good, "\(key)")
            let after = try await copy.verify()
            #expect(
                after.problems.allSatisfy { $0.versions.isEmpty }, "\(key): \(after.summary)")
            _ = try await copy.open().collect(exclusive: true)
            let last = try await copy.verify()
            #expect(last.isSound && last.damagedOrphans.isEmpty, "\(key): \(last.summary)")
            #expect(await copy.readable(Array(good.keys)) == good, "\(key), collected")
        }
        #expect(halfCount > 0)
    }
}
