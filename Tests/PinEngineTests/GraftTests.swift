import PinFormat
import PinStorage
import PinTesting
import Testing

@testable import PinEngine

/// Goal: what a board has lost comes back from wherever it still is, and nothing is said to be
/// mended that is not. Method: every pack of a board is damaged or removed in turn; donors are a
/// copy of the board, and files that hold what was written.
@Suite struct GraftTests {
    typealias Version = VerifyProblem.Version

    enum Harm: Sendable, CaseIterable {
        case missing, flipped, blank
    }

    private static func harmed(_ board: VerifyBoard, _ key: ObjectKey, _ harm: Harm) -> VerifyBoard
    {
        switch harm {
        case .missing: board.without(key)
        case .flipped: board.damaged(key) { $0[100] ^= 1 }
        case .blank: board.damaged(key) { $0 = [UInt8](repeating: 0, count: $0.count) }
        }
    }

    private static func packs(_ board: VerifyBoard) async throws -> [ObjectKey] {
        try await board.open().snapshot().index.packs.all().map { BoardKeys.pack($0.name) }
    }

    private func repair(
        _ board: VerifyBoard, boards: [Store] = [], files: [any ByteSource] = []
    ) async throws -> VerifyReport {
        var options = VerifyOptions()
        options.readsData = true
        options.repairs = true
        options.donorBoards = boards
        options.donorFiles = files
        return try await Store.verify(
            on: board.backend, options, configuration: board.configuration)
    }

    /// Everything is there, and stays there when what is not needed is collected.
    private func expectWhole(
        _ board: VerifyBoard, _ versions: [Version], _ good: [Version: Digest], _ what: String
    ) async throws {
        #expect(await board.readable(versions) == good, "\(what)")
        var options = CollectionOptions()
        options.isExclusive = true
        _ = try await board.open().collect(options)
        #expect(await board.readable(versions) == good, "\(what), collected")
        let report = try await board.verify()
        #expect(report.isSound, "\(what): \(report.summary)")
    }

    @Test(arguments: Harm.allCases) func anotherBoardGivesBackWhatIsLost(_ harm: Harm) async throws
    {
        let board = try await VerifyDamageTests.sample(seed: 60, inlineByteTarget: 1 << 10)
        let versions = try await board.versions()
        let good = await board.readable(versions)
        let donor = try await VerifyBoard(copying: board.backend.snapshot, of: board).open()
        var hurtCount = 0
        for key in try await Self.packs(board) {
            let copy = Self.harmed(board, key, harm)
            if await copy.readable(versions).count < versions.count { hurtCount += 1 }
            let report = try await repair(copy, boards: [donor])
            #expect(report.isSound, "\(key): \(report.summary)")
            try await expectWhole(copy, versions, good, "\(key)")
        }
        #expect(hurtCount > 2)
    }

    /// Files of enough chunks for a manifest of two levels, shared by versions that are edited.
    private static func written(_ random: SeededRandom) -> [[UInt8]] {
        let first = sampleBytes(140_000, random)
        var second = first
        second.replaceSubrange(50_000..<50_100, with: sampleBytes(90, random))
        return [first, second, sampleBytes(300, random)]
    }

    @Test(arguments: Harm.allCases) func aLocalFileGivesBackWhatIsLost(_ harm: Harm) async throws {
        let board = VerifyBoard(seed: 61, packByteTarget: 24 << 10, inlineByteTarget: 1 << 10)
        let store = try await board.create()
        let contents = Self.written(board.random)
        for bytes in contents { try await board.write("pin", [("data", bytes)], on: store) }
        let versions = try await board.versions()
        let good = await board.readable(versions)
        let files = contents.map { BytesSource($0) }
        for key in try await Self.packs(board) {
            let copy = Self.harmed(board, key, harm)
            let report = try await repair(copy, files: files)
            #expect(report.isSound, "\(key): \(report.summary)")
            try await expectWhole(copy, versions, good, "\(key)")
        }
    }

    /// Of two lost packs a donor has one: the report still names the other, and what it hurts.
    @Test func whatNoDonorHasStaysLostAndIsNamed() async throws {
        let board = VerifyBoard(seed: 62, packByteTarget: 24 << 10)
        let store = try await board.create()
        let (one, other) = (sampleBytes(9_000, board.random), sampleBytes(9_000, board.random))
        try await board.write("one", [("data", one)], on: store)
        try await board.write("other", [("data", other)], on: store)
        let versions = try await board.versions()
        let good = await board.readable(versions)
        var objects = board.backend.snapshot
        for key in try await Self.packs(board) { objects[key] = nil }
        let copy = VerifyBoard(copying: objects, of: board)
        #expect(await copy.readable(versions).isEmpty)
        let report = try await repair(copy, files: [BytesSource(one)])
        #expect(!report.isSound)
        let hurt = Set(report.problems.filter { !$0.isRepaired }.flatMap(\.versions).map(\.pin))
        #expect(hurt == ["other"], "\(report.summary)")
        let readable = await copy.readable(versions)
        #expect(readable.keys.map(\.pin) == ["one"])
        #expect(readable.allSatisfy { good[$0.key] == $0.value })
        // The other file turns up later.
        let last = try await repair(copy, files: [BytesSource(other)])
        #expect(last.isSound, "\(last.summary)")
        try await expectWhole(copy, versions, good, "both")
    }

    @Test func donorsOfASoundBoardChangeNothing() async throws {
        let board = try await VerifyDamageTests.sample(seed: 63, inlineByteTarget: 1 << 10)
        let before = board.backend.snapshot
        let report = try await repair(
            board, boards: [try await board.open()], files: [BytesSource([1, 2, 3])])
        #expect(report.problems.isEmpty)
        #expect(board.backend.snapshot == before)
    }
}
