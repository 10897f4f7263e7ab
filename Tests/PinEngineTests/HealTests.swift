import PinFormat
import PinStorage
import PinTesting
import Testing

@testable import PinEngine

/// Goal: writing the same data again heals. Method: every pack of a small board is damaged in every
/// way, the board is repaired without help, and what was written is written once more.
@Suite struct HealTests {
    typealias Version = VerifyProblem.Version

    enum Harm: Sendable, CaseIterable {
        case missing, flipped, blank, cut

        func harmed(_ board: VerifyBoard, _ key: ObjectKey) -> VerifyBoard {
            switch self {
            case .missing: board.without(key)
            case .flipped:
                board.damaged(key) {
                    for at in stride(from: 100, to: $0.count, by: 900) { $0[at] ^= 1 }
                }
            case .blank: board.damaged(key) { $0 = [UInt8](repeating: 0, count: $0.count) }
            case .cut: board.damaged(key) { $0.removeSubrange(($0.count / 3)...) }
            }
        }
    }

    struct Written {
        let board: VerifyBoard
        /// In the order in which they were written.
        let contents: [(pin: String, bytes: [UInt8])]
    }

    /// Versions of two pins that share chunks, some as deltas, with manifests of two levels.
    static func written(seed: UInt64, parityPercent: Int? = nil) async throws -> Written {
        let board = VerifyBoard(
            seed: seed, packByteTarget: 24 << 10, inlineByteTarget: 1 << 10,
            parityPercent: parityPercent)
        let store = try await board.create()
        let first = sampleBytes(140_000, board.random)
        var second = first
        second.replaceSubrange(50_000..<50_100, with: sampleBytes(90, board.random))
        var third = second
        third.replaceSubrange(90_000..<90_040, with: sampleBytes(50, board.random))
        let contents = [
            ("one", first), ("one", second), ("other", Array(first[30_000..<80_000])),
            ("one", third), ("other", sampleBytes(300, board.random)),
        ]
        for (pin, bytes) in contents { try await board.write(pin, [("data", bytes)], on: store) }
        return Written(board: board, contents: contents.map { (pin: $0.0, bytes: $0.1) })
    }

    static func packs(_ board: VerifyBoard) async throws -> [ObjectKey] {
        try await board.open().snapshot().index.packs.all().map { BoardKeys.pack($0.name) }
    }

    /// Nothing is wrong, nothing is missing, and a collection leaves it so.
    func expectHealed(
        _ copy: VerifyBoard, _ good: [Version: Digest], _ what: String
    ) async throws {
        let versions = Array(good.keys)
        #expect(await copy.readable(versions) == good, "\(what)")
        let report = try await copy.verify()
        #expect(report.isSound, "\(what): \(report.summary)")
        var options = CollectionOptions()
        options.isExclusive = true
        _ = try await copy.open().collect(options)
        #expect(await copy.readable(versions) == good, "\(what), collected")
        let last = try await copy.verify()
        #expect(last.isSound, "\(what), collected: \(last.summary)")
    }

    @Test(arguments: Harm.allCases) func writingTheSameDataAgainHeals(_ harm: Harm) async throws {
        let written = try await Self.written(seed: 80)
        let board = written.board
        let good = await board.readable(try await board.versions())
        #expect(good.count == written.contents.count)
        var hurtCount = 0
        for key in try await Self.packs(board) {
            let copy = harm.harmed(board, key)
            if try await !copy.verify(repairs: true).isSound { hurtCount += 1 }
            let store = try await copy.open()
            for (pin, bytes) in written.contents {
                try await copy.write(pin, [("data", bytes)], on: store)
            }
            try await expectHealed(copy, good, "\(harm) \(key)")
        }
        #expect(hurtCount > 2)
    }

    /// The file of the latest version, given once more, changes nothing and heals all the same.
    @Test(arguments: Harm.allCases) func anUnchangedWriteHeals(_ harm: Harm) async throws {
        let board = VerifyBoard(seed: 81, packByteTarget: 24 << 10)
        let store = try await board.create()
        let bytes = sampleBytes(90_000, board.random)
        try await board.write("pin", [("data", bytes)], on: store)
        let versions = try await board.versions()
        let good = await board.readable(versions)
        for key in try await Self.packs(board) {
            let copy = harm.harmed(board, key)
            #expect(try await !copy.verify(repairs: true).isSound)
            #expect(await copy.readable(versions).isEmpty)
            let result = try await copy.write("pin", [("data", bytes)], on: try await copy.open())
            #expect(result.isUnchanged && result.storedByteCount > 0)
            #expect(try await copy.versions() == versions)
            try await expectHealed(copy, good, "\(harm) \(key)")
            // Now it is as if nothing had been: the same again stores nothing.
            let again = try await copy.write("pin", [("data", bytes)], on: try await copy.open())
            #expect(again.isUnchanged && again.storedByteCount == 0)
        }
    }

    /// A pack that comes back whole, from a backup, is taken up again.
    @Test func aPackThatComesBackIsWholeAgain() async throws {
        let written = try await Self.written(seed: 82)
        let board = written.board
        let good = await board.readable(try await board.versions())
        for key in try await Self.packs(board) {
            let copy = board.without(key)
            let lost = try await !copy.verify(repairs: true).isSound
            copy.backend.replace(key, with: board.backend.snapshot[key] ?? [])
            guard lost else { continue }
            #expect(await copy.readable(Array(good.keys)) == good, "\(key) as it comes back")
            let report = try await copy.verify(repairs: true)
            #expect(report.isSound && report.problems.count == 1, "\(key): \(report.summary)")
            try await expectHealed(copy, good, "\(key) came back")
        }
    }

    /// A second repair of what is still lost changes nothing.
    @Test func repairingTwiceChangesNothing() async throws {
        let written = try await Self.written(seed: 83)
        for key in try await Self.packs(written.board) {
            let copy = written.board.without(key)
            _ = try await copy.verify(repairs: true)
            let before = copy.backend.snapshot
            _ = try await copy.verify(repairs: true)
            #expect(copy.backend.snapshot == before, "\(key)")
        }
    }
}
