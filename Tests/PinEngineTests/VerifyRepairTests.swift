import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Testing

@testable import PinEngine

/// Goal: repair mends what can be mended, says so truly, and loses nothing.
/// Method: damaged copies of a board; what a reader gets before is compared with what it gets
/// after, and a second verification with what the first one said.
@Suite struct VerifyRepairTests {
    typealias Version = VerifyProblem.Version

    private static func sample(_ seed: UInt64) async throws -> VerifyBoard {
        try await VerifyDamageTests.sample(seed: seed, inlineByteTarget: 1 << 10)
    }

    /// Repairs a board; everything that could be read before can be read after.
    private func repair(
        _ board: VerifyBoard, of versions: [Version],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> VerifyReport {
        let before = await board.readable(versions)
        let objects = Set(board.backend.snapshot.keys)
        let report = try await board.verify(repairs: true)
        let after = await board.readable(versions)
        for (name, digest) in before {
            #expect(after[name] == digest, "\(name) was lost", sourceLocation: sourceLocation)
        }
        #expect(
            objects.isSubset(of: board.backend.snapshot.keys), "an object was deleted",
            sourceLocation: sourceLocation)
        return report
    }

    /// Verifies again: nothing is wrong but objects that nothing needs.
    private func expectHealed(
        _ board: VerifyBoard, _ versions: [Version],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let report = try await board.verify()
        #expect(
            report.problems.allSatisfy { $0.versions.isEmpty }, "\(report.summary)",
            sourceLocation: sourceLocation)
        #expect(
            await board.readable(versions).count == versions.count, sourceLocation: sourceLocation)
        // A collection takes away what nothing needs, and the board is as if nothing had happened.
        var options = CollectionOptions()
        options.isExclusive = true
        _ = try await board.open().collect(options)
        let last = try await board.verify()
        #expect(last.isSound, "\(last.summary)", sourceLocation: sourceLocation)
        #expect(
            await board.readable(versions).count == versions.count, sourceLocation: sourceLocation)
    }

    private func packs(_ board: VerifyBoard) async throws -> [ObjectName] {
        try await board.open().snapshot().index.packs.all().map(\.name)
    }

    @Test func latestIsWrittenAgain() async throws {
        let board = try await Self.sample(41)
        let versions = try await board.versions()
        let good = try #require(board.backend.snapshot[BoardKeys.latest])
        let stale = try #require(try? LatestRecord(good, .standard))
        let wrong = [
            Array(good.dropLast()),
            LatestRecord(sequence: stale.sequence, digest: Digest(1, 2, 3, 4)).encoded(.standard),
            LatestRecord(sequence: stale.sequence + 3, digest: stale.digest).encoded(.standard),
        ]
        for bytes in wrong {
            let copy = board.damaged(BoardKeys.latest) { $0 = bytes }
            #expect(try await !copy.verify().isSound)
            let report = try await repair(copy, of: versions)
            #expect(report.isSound && report.problems.count == 1, "\(report.summary)")
            #expect(copy.backend.snapshot[BoardKeys.latest] == good)
        }
        #expect(try await board.without(BoardKeys.latest).verify().isSound)
    }

    @Test func aDamagedOrMissingIndexIsRebuilt() async throws {
        let board = try await Self.sample(42)
        let versions = try await board.versions()
        let references = try await board.open().snapshot().commit.indexSegments
        #expect(!references.isEmpty)
        for reference in references {
            let key = BoardKeys.index(reference.name)
            for copy in [
                board.without(key), board.damaged(key) { $0[10] ^= 1 },
                board.damaged(key) { $0[$0.count / 2] ^= 1 }, board.damaged(key) { $0 += [1] },
            ] {
                let report = try await repair(copy, of: versions)
                #expect(report.isSound && report.problems.count == 1, "\(report.summary)")
                let after = try await copy.verify()
                #expect(
                    after.problems.allSatisfy { $0.object == key.description }, "\(after.summary)")
                try await expectHealed(copy, versions)
            }
        }
    }

    @Test func aPackWithADamagedFooterIsMovedWhole() async throws {
        let board = try await Self.sample(43)
        let versions = try await board.versions()
        for name in try await packs(board) {
            let key = BoardKeys.pack(name)
            for distance in [1, 40, 64, 70, 120] {
                let copy = board.damaged(key) { $0[$0.count - distance] ^= 0x10 }
                let report = try await repair(copy, of: versions)
                #expect(report.isSound && report.problems.count == 1, "\(report.summary)")
                #expect(try await !packs(copy).contains(name))
                try await expectHealed(copy, versions)
            }
        }
    }

    @Test func aDamagedFooterAndALostIndexAreMadeFromTheFrames() async throws {
        let board = try await Self.sample(44)
        let versions = try await board.versions()
        let snapshot = try await board.open().snapshot()
        var objects = board.backend.snapshot
        for reference in snapshot.commit.indexSegments {
            objects[BoardKeys.index(reference.name)] = nil
        }
        for name in try await packs(board) {
            let key = BoardKeys.pack(name)
            // In the footer itself: the trailer only says where it is, as the pack's row does.
            var bytes = try #require(objects[key])
            bytes[bytes.count - 70] ^= 1
            objects[key] = bytes
        }
        let copy = VerifyBoard(copying: objects, of: board)
        #expect(await copy.readable(versions).count < versions.count)
        _ = try await repair(copy, of: versions)
        #expect(await copy.readable(versions).count == versions.count)
        _ = try await repair(copy, of: versions)
        try await expectHealed(copy, versions)
    }

    @Test func aFrameWithAnotherCopyIsNotLost() async throws {
        let board = try await Self.sample(45)
        let versions = try await board.versions()
        let store = try await board.open()
        for name in try await packs(board) {
            // Another pack with the same frames, as two writers at once may leave it.
            let snapshot = try await store.snapshot()
            let places = try await store.footer(of: name, snapshot)
                .map { FramePlace($0, in: name) }
            var repacker = Repacker(store, base: snapshot.sequence)
            try await repacker.copy(places, from: name)
            try await repacker.finish()
            let copies = repacker
            _ = try await store.commit { (_) throws(EngineError) in
                var change = StateChange(.administer)
                for (name, row) in copies.rows { change.set(RowKey.pack(name), row.encoded) }
                change.places = copies.places
                return change
            }
        }
        #expect(try await board.verify().isSound)
        for name in try await packs(board) {
            let key = BoardKeys.pack(name)
            for copy in [
                board.without(key), board.damaged(key) { $0[100] ^= 1 },
                board.damaged(key) { $0.removeSubrange(100...) },
            ] {
                #expect(await copy.readable(versions).count == versions.count, "\(key)")
                let found = try await copy.verify()
                #expect(found.problems.map(\.object) == [key.description], "\(found.summary)")
                let report = try await repair(copy, of: versions)
                #expect(report.isSound && report.problems.count == 1, "\(report.summary)")
                try await expectHealed(copy, versions)
            }
        }
    }

    @Test func whatIsLostStaysAProblemAndTheRestStays() async throws {
        let board = try await Self.sample(46)
        let versions = try await board.versions()
        for name in try await packs(board) {
            let key = BoardKeys.pack(name)
            for copy in [board.without(key), board.damaged(key) { $0[100] ^= 1 }] {
                let before = await copy.readable(versions)
                let report = try await repair(copy, of: versions)
                #expect(report.problems.map(\.object) == [key.description], "\(report.summary)")
                guard before.count < versions.count else { continue }
                #expect(!report.isSound, "\(report.summary)")
                #expect(
                    try await packs(copy).contains(name), "what is damaged may still be restored")
                let lost = Set(versions.filter { before[$0] == nil })
                #expect(lost.isSubset(of: report.problems[0].versions))
                #expect(!report.problems[0].damage.isEmpty)
            }
        }
    }

    @Test func aWrongPinRowIsMadeFromTheVersions() async throws {
        let board = try await Self.sample(47)
        let versions = try await board.versions()
        let store = try await board.open()
        _ = try await store.commit { (snapshot) throws(EngineError) in
            guard var row = try snapshot.pin("alpha") else { return nil }
            row.versionCount = 7
            var change = StateChange(.administer)
            change.set(RowKey.pin("alpha"), row.encoded)
            change.set(RowKey.pin("gamma"), nil)
            return change
        }
        let found = try await board.verify()
        #expect(
            Set(found.problems.flatMap(\.versions).map(\.pin)) == ["alpha", "gamma"],
            "\(found.summary)")
        let report = try await repair(board, of: versions)
        #expect(report.isSound, "\(report.summary)")
        try await expectHealed(board, versions)
        #expect(try await board.versions() == versions)
    }

    /// The ranges that are reported are those that a reader cannot read, byte for byte.
    @Test func damagedRangesAreWhatCannotBeRead() async throws {
        let board = VerifyBoard(seed: 48, packByteTarget: 24 << 10)
        let store = try await board.create()
        let bytes = sampleBytes(120_000, board.random)
        try await board.write("pin", [("f", bytes)], on: store)
        let versions = try await board.versions()
        for name in try await packs(board) {
            let copy = board.damaged(BoardKeys.pack(name)) { $0[$0.count / 2] ^= 4 }
            let report = try await copy.verify()
            let reader = try await copy.open().reader(of: "pin", .latest).reader
            var unreadable = Set<UInt64>()
            for offset in stride(from: UInt64(0), to: 120_000, by: 500)
            where (try? await reader.bytes(reader.files[0], range: offset..<offset + 1)) == nil {
                unreadable.insert(offset)
            }
            let damage = report.problems.flatMap(\.damage)
            let reported = Set(
                stride(from: UInt64(0), to: 120_000, by: 500).filter { offset in
                    damage.contains { $0.range.contains(offset) }
                })
            #expect(reported == unreadable, "\(report.summary)")
            #expect(
                damage.allSatisfy {
                    $0.pin == "pin" && $0.file == "f" && $0.version == versions[0].version
                })
        }
    }
}
