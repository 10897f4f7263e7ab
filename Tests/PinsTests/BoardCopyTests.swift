import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Pins
import Synchronization
import Testing

/// Copying between boards of the engine.
@Suite struct BoardCopyTests {
    private static let versionCount = 5

    /// A pin whose versions are deltas of each other, one of several files, and one that goes back.
    private func fill(_ board: Board) async throws {
        let table = Corpus(.csv, byteCount: 1_500_000, seed: 11)
        for number in 1...Self.versionCount {
            let bytes = table.version(number, edit: .init(.scatter, partsPerMillion: 2_000)).bytes()
            var metadata = VersionMetadata(createdSeconds: 1_700_000_000 + Int64(number))
            metadata.title = "Orders \(number)"
            metadata.tags = ["t\(number)"]
            metadata.userJSON = Array(#"{"n": \#(number)}"#.utf8)
            try await board.write(["orders.csv": bytes], to: "orders", metadata)
        }
        try await board.write(["a": [1], "deep/b": [2, 3], "empty": []], to: "team/files")
        for byte: UInt8 in [7, 8, 7] { try await board.write(["f": [byte]], to: "back") }
        _ = try await board.setLabel("prod", of: "orders", to: .latest)
    }

    private func expectEqual(_ left: Board, _ right: Board, names: [String]? = nil) async throws {
        let pins = try await left.list().map(\.name)
        #expect(try await right.list().map(\.name) == names ?? pins)
        for pin in names ?? pins {
            let (here, there) = (try await left.versions(pin), try await right.versions(pin))
            #expect(here.map(\.version) == there.map(\.version))
            #expect(here.map(\.pinHash) == there.map(\.pinHash))
            #expect(here.map(\.metadata) == there.map(\.metadata))
            #expect(here.map(\.labels) == there.map(\.labels))
            for version in here {
                let one = try await left.version(pin, .named(version.version))
                let two = try await right.version(pin, .named(version.version))
                #expect(one.files == two.files)
                for file in one.files {
                    #expect(try await one.bytes(file) == two.bytes(file), "\(pin) \(file.path)")
                }
            }
        }
        var options = VerifyOptions()
        options.readsData = true
        let report = try await right.form.verify(options, progress: nil)
        #expect(report.isSound, "\(report.problems)")
    }

    @Test func aCopyIsEqualInEveryFieldAndKeepsItsDeltas() async throws {
        try await withTemporaryFolder { path in
            let from = try await Board.create(path + "/a")
            try await fill(from)
            let to = try await Board.create(path + "/b")
            let report = try await BoardCopy(from: from, to: to).run()
            #expect(report.copied.count == Self.versionCount + 4 && report.presentCount == 0)
            try await expectEqual(from, to)
            // Frames have moved as they were: as many deltas, of as many bytes.
            let (here, there) = (try await from.statistics(), try await to.statistics())
            #expect(here.deltaFrameCount > 0)
            #expect(here.deltaFrameCount == there.deltaFrameCount)
            #expect(here.deltaStoredByteCount == there.deltaStoredByteCount)
            let again = try await BoardCopy(from: from, to: to).run()
            #expect(again.copied.isEmpty && again.presentCount == Self.versionCount + 4)
        }
    }

    @Test(arguments: ["", "plain:"]) func aCopyTellsHowFarItIs(layout: String) async throws {
        try await withTemporaryFolder { path in
            let from = try await Board.create(layout + path + "/a")
            for number: UInt8 in 1...3 {
                let bytes = [UInt8](repeating: number, count: 400_000)
                try await from.write(["f": bytes], to: "pin")
            }
            let to = try await Board.create(path + "/b")
            let told = Mutex<[Progress]>([])
            let began = Mutex(0)
            _ = try await BoardCopy(from: from, to: to).run { progress in
                told.withLock { $0.append(progress) }
            } began: { _ in
                began.withLock { $0 += 1 }
            }
            let events = told.withLock { $0 }
            #expect(began.withLock { $0 } == 3)
            #expect(events.allSatisfy { $0.phase == .copying && $0.total == 1_200_000 })
            #expect(events.allSatisfy { $0.done <= 1_200_000 })
            #expect(events.map(\.done).max() == 1_200_000)
        }
    }

    @Test func theLatestVersionAloneBringsItsBasesAlong() async throws {
        try await withTemporaryFolder { path in
            let from = try await Board.create(path + "/a")
            try await fill(from)
            let to = try await Board.create(path + "/b")
            var copy = BoardCopy(from: from, to: to)
            copy.pins = ["orders"]
            copy.latestOnly = true
            #expect(try await copy.run().copied.count == 1)
            let there = try await to.version("orders")
            let here = try await from.version("orders")
            #expect(there.info.version == here.info.version)
            #expect(try await there.bytes(there.files[0]) == here.bytes(here.files[0]))
            // The versions before it come later: their names sort before, so they get new ones.
            copy.latestOnly = false
            let report = try await copy.run()
            #expect(report.presentCount == 1 && report.copied.count == Self.versionCount - 1)
            #expect(try await copy.run().copied.isEmpty)
            let names = try await to.versions("orders").map(\.version)
            #expect(names == names.sorted() && Set(names).count == Self.versionCount)
        }
    }

    @Test func aBoardWithOtherChunksAndShorterClosuresReadsTheSame() async throws {
        try await withTemporaryFolder { path in
            let from = try await Board.create(path + "/a")
            try await fill(from)
            var settings = BoardSettings()
            settings.chunkAverageByteCount = 16 << 10
            settings.closureFrameCount = 2
            let to = try await Board.create(path + "/b", settings)
            // What is there already is not stored again, and its frames may serve as bases.
            let first = try await from.versions("orders")[0]
            let version = try await from.version("orders", .named(first.version))
            try await to.write(["x": version.bytes(version.files[0])], to: "other")
            _ = try await BoardCopy(from: from, to: to).run()
            let pins = try await from.list().map(\.name)
            for pin in pins {
                for info in try await from.versions(pin) {
                    let one = try await from.version(pin, .named(info.version))
                    let two = try await to.version(pin, .named(info.version))
                    for (left, right) in zip(one.files, two.files) {
                        #expect(try await one.bytes(left) == two.bytes(right))
                    }
                }
            }
            var options = VerifyOptions()
            options.readsData = true
            #expect(try await to.form.verify(options, progress: nil).isSound)
        }
    }

    @Test func aCopyThatIsInterruptedGoesOnWhereItStopped() async throws {
        try await withTemporaryFolder { path in
            let from = try await Board.create(path + "/a")
            try await fill(from)
            let to = try await Board.create(path + "/b")
            let copy = BoardCopy(from: from, to: to)
            let stopAt = Mutex(4)
            let task = Task {
                await outcome { () throws(EngineError) in
                    try await copy.run { _ in
                    } began: { _ in
                        let left = stopAt.withLock { left in
                            left -= 1
                            return left
                        }
                        if left == 0 { withUnsafeCurrentTask { $0?.cancel() } }
                    }
                }
            }
            guard case .failure(let error) = await task.value else {
                Issue.record("the copy was not interrupted")
                return
            }
            #expect(error.code == .cancelled)
            let report = try await copy.run()
            #expect(report.presentCount == 3)
            try await expectEqual(from, to)
        }
    }

    @Test func damageOfTheSourceIsNotCopied() async throws {
        try await withTemporaryFolder { path in
            let from = try await Board.create(path + "/a")
            try await from.write(
                ["f": Corpus(.random, byteCount: 200_000, seed: 5).bytes()], to: "p")
            let system = PosixFileSystem()
            let packs = try system.listDirectory(path + "/a/packs").map(\.name)
            #expect(!packs.isEmpty)
            for name in packs {
                let pack = "\(path)/a/packs/\(name)"
                var bytes = try contents(of: pack)
                bytes[bytes.count / 2] ^= 1
                try system.unlink(pack)
                try PinsTests.write(bytes, to: pack)
            }
            let source = try await Board.open(path + "/a")
            let to = try await Board.create(path + "/b")
            let copy = BoardCopy(from: source, to: to)
            let code = await failure { () throws(EngineError) in try await copy.run() }
            #expect(code == .corrupt)
            #expect(try await to.list().isEmpty)
        }
    }

    @Test func aPinThatIsNotThereStopsBeforeAnythingIsCopied() async throws {
        try await withTemporaryFolder { path in
            let from = try await Board.create(path + "/a")
            try await fill(from)
            let to = try await Board.create(path + "/b")
            var copy = BoardCopy(from: from, to: to)
            copy.pins = ["orders", "nowhere"]
            let wanted = copy
            let code = await failure { () throws(EngineError) in try await wanted.run() }
            #expect(code == .notFound)
            #expect(try await to.list().isEmpty)
        }
    }
}
