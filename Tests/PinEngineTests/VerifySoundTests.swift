import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Testing

@testable import PinEngine

/// Goal: a board that only this engine has written is sound, whatever was done to it.
/// Method: boards of several shapes, each verified without and with data, locally and as a remote
/// place.
@Suite struct VerifySoundTests {
    private func expectSound(
        _ board: VerifyBoard, orphans: Int? = nil, _ what: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for local in [true, false] {
            let copy = VerifyBoard(
                copying: board.backend.snapshot, of: board, hasLocalObjects: local)
            for data in [false, true] {
                let report = try await copy.verify(data: data)
                #expect(
                    report.isSound, "\(what), seed \(board.random.seed): \(report.summary)",
                    sourceLocation: sourceLocation)
                // Segments that were merged into others are orphans too.
                if let orphans { #expect(report.orphanCount == orphans, "\(what)") }
                #expect(report.objectCount == copy.backend.snapshot.count, "\(what)")
                if data {
                    let total = copy.backend.snapshot.values.reduce(0) { $0 + $1.count }
                    #expect(report.checkedByteCount <= UInt64(total) + 4096, "\(what)")
                }
            }
        }
    }

    @Test func anEmptyBoardIsSound() async throws {
        let board = VerifyBoard(seed: 1)
        _ = try await board.create()
        try await expectSound(board, orphans: 0, "empty")
    }

    @Test func aPlaceWithoutABoardIsNotFound() async throws {
        let board = VerifyBoard(seed: 2)
        await #expect(throws: EngineError.self) { try await board.verify() }
    }

    @Test func manySmallPinsAreSound() async throws {
        let board = VerifyBoard(seed: 3, inlineByteTarget: 2 << 10)
        let store = try await board.create()
        for pin in 0..<25 {
            try await board.write(
                "pin\(pin)", [("a.csv", sampleBytes(300, board.random))], on: store)
        }
        for pin in 0..<5 {
            try await board.write(
                "pin\(pin)", [("a.csv", sampleBytes(300, board.random))], on: store)
        }
        _ = try await store.setLabel("prod", of: "pin3", to: .latest)
        try await expectSound(board, "many small pins")
        _ = try await store.delete("pin4", nil)
        _ = try await store.edit("pin3") { $0.title = "other" }
        try await expectSound(board, "after delete and edit")
        var options = CollectionOptions()
        options.isExclusive = true
        _ = try await store.collect(options)
        try await expectSound(board, orphans: 0, "after an exclusive collection")
    }

    @Test func aTreeWithALongFileListIsSound() async throws {
        let board = VerifyBoard(seed: 4)
        let store = try await board.create()
        let files = (0..<150).map { ("folder\($0 % 7)/file number \($0).txt", Array("\($0)".utf8)) }
        try await board.write("tree", files + [("empty", [])], on: store)
        try await board.write("tree", files, on: store)
        try await expectSound(board, "tree")
    }

    @Test func aFileOfManyPacksIsSound() async throws {
        let board = VerifyBoard(seed: 5)
        let store = try await board.create()
        var bytes = sampleBytes(1_500_000, board.random)
        try await board.write("big", [("data.bin", bytes)], on: store)
        bytes.replaceSubrange(700_000..<700_010, with: sampleBytes(40, board.random))
        try await board.write("big", [("data.bin", bytes)], on: store)
        try await expectSound(board, "many packs")
        _ = try await store.delete("big", .named(try await store.versions(of: "big")[0].version))
        var options = CollectionOptions()
        options.graceSeconds = 0
        for turn in 0..<3 {
            _ = try await store.collect(options)
            try await expectSound(board, "collection \(turn)")
        }
    }

    @Test func orphansAndStagedPacksAreNoProblem() async throws {
        let board = VerifyBoard(seed: 6)
        let store = try await board.create()
        try await board.write("one", [("a", sampleBytes(9000, board.random))], on: store)
        // A writer that died: packs that were staged, and one that no commit names.
        let pack = PackAssembler(name: store.freshName(base: 1))
        let raw = sampleBytes(500, board.random)
        let frame = try store.workers.use { (worker) throws(EngineError) in
            let span = raw.span.bytes
            return try worker.encode(span)
        }
        let header = FrameHeader(kind: .chunk, codec: frame.codec, filter: .none, rawByteCount: 500)
        pack.append(Checksums.standard.sha256(raw, 0..<500), header, frame: frame.bytes)
        let finished = pack.finish(producer: "test")
        try await store.upload(finished)
        try await expectSound(board, orphans: 1, "orphan")
        _ = try await store.commit { (snapshot) throws(EngineError) in
            var change = StateChange(.stage)
            var row = finished.row
            row.status = .staged
            row.since = snapshot.sequence + 1
            row.session = [UInt8](repeating: 1, count: 16)
            change.set(RowKey.pack(finished.name), row.encoded)
            change.places = finished.places
            return change
        }
        try await expectSound(board, orphans: 0, "staged")
    }
}
