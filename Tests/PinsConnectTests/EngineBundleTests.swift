import Foundation
import HTTPTesting
import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Pins
@testable import PinsConnect
import PinsHTTP
import PinsWeb
import Testing

/// Goal: a version whose data lie in a board of the engine is a version like others, read by range
/// and verified. Method: the stand-in for Connect, which has no more than a bundle's files.
@Suite(.serialized) struct EngineBundleTests {
    private func meta(_ title: String) -> VersionMetadata {
        VersionMetadata(
            createdSeconds: 1_700_000_000, type: "csv", title: title, tags: ["a"],
            userJSON: Array(#"{"n":[1,2]}"#.utf8))
    }

    private func engine(
        _ ground: ConnectGround, _ user: String = "susan", cache: BoardCache? = nil,
        budget: Int = 64 << 20
    ) throws -> Board {
        try ground.board(user, cache: cache) {
            $0.bundle = .engine
            $0.packedByteCountMax = budget
        }
    }

    @Test(arguments: [64 << 20, 100_000])
    func aVersionComesBackInEveryFieldAndInAnyRange(budget: Int) async throws {
        try await ConnectGround.with(prefix: "/x") { ground in
            let bytes = Corpus(.csv, byteCount: 6_300_000, seed: 3).bytes()
            let more = Corpus(.random, byteCount: 1_700_000, seed: 4).bytes()
            let written = try await engine(ground, budget: budget).write(
                ["d.csv": bytes, "deep/ü #.bin": more, "empty": []], to: "susan/big", meta("Big"))
            #expect(!written.isUnchanged && written.chunkCount ?? 0 > 10)
            #expect(written.storedByteCount < UInt64(bytes.count))
            // Whoever reads does not need to know.
            let board = try ground.board()
            let version = try await board.version("susan/big")
            #expect(version.info.pinHash == written.info.pinHash)
            var metadata = version.info.metadata
            metadata.originJSON = nil
            #expect(metadata == meta("Big"))
            #expect(version.files.map(\.path) == ["d.csv", "deep/ü #.bin", "empty"])
            let sizes = [bytes.count, more.count, 0].map { UInt64($0) }
            #expect(version.files.map(\.byteCount) == sizes)
            #expect(try await version.bytes(version.files[0]) == bytes)
            #expect(try await version.bytes(version.files[1]) == more)
            #expect(try await version.bytes(version.files[2]).isEmpty)
            let end = bytes.count
            for range in [0..<1, 3_000_001..<3_000_700, end - 1..<end] as [Range<Int>] {
                let part = UInt64(range.lowerBound)..<UInt64(range.upperBound)
                #expect(
                    try await version.bytes(version.files[0], range: part) == Array(bytes[range]))
            }
            try await version.checkHash(version.info.pinHash, file: nil)
            let flat = try await version.content.sha256(of: version.files[0], progress: nil)
            #expect(flat == written.files[0].sha256)
            let listed = try await board.list()
            #expect(listed[0].byteCount == sizes.reduce(0, +) && listed[0].metadata.type == "csv")
            // The hash is the one that a plain bundle of the same files has.
            let plain = try await board.write(
                ["d.csv": bytes, "deep/ü #.bin": more, "empty": []], to: "susan/plain",
                meta("Plain"))
            #expect(plain.info.pinHash == version.info.pinHash)
        }
    }

    @Test func aRangeMovesNoMoreThanItNeedsInFewRequests() async throws {
        try await ConnectGround.with { ground in
            try await withTemporaryFolder { folder in
                let bytes = Corpus(.random, byteCount: 40_000_000, seed: 9).bytes()
                try await engine(ground).write(["f": bytes], to: "big", meta("Big"))
                try await engine(ground).write(["f": [1, 2, 3]], to: "small", meta("Small"))
                func read(
                    _ pin: String, _ range: Range<UInt64>?, _ cache: BoardCache?
                ) async throws -> [ConnectGround.Asked] {
                    try await ground.requests {
                        let version = try await ground.board(cache: cache).version(pin)
                        let read = try await version.bytes(version.files[0], range: range)
                        let wanted = pin == "small" ? [1, 2, 3] : bytes
                        let part = range.map { Int($0.lowerBound)..<Int($0.upperBound) }
                        #expect(read == (part.map { Array(wanted[$0]) } ?? wanted))
                    }
                }
                let cache = { BoardCache(CacheSettings(path: folder)) }
                #expect(try await read("small", nil, nil).count <= 8)
                let cold = try await read("small", nil, cache())
                #expect(cold.count <= 8, "\(cold)")
                let warm = try await read("small", nil, cache())
                #expect(warm.count <= 2, "\(warm)")
                let range: Range<UInt64> = 20_000_000..<21_000_000
                let part = try await read("big", range, cache())
                #expect(part.count <= 8, "\(part)")
                #expect(part.reduce(0) { $0 + $1.sent } < 2_500_000, "\(part)")
                let again = try await read("big", range, cache())
                #expect(again.count <= 2, "\(again)")
            }
        }
    }

    /// Each bundle is a board of its own, and all of them are read through one cache of frames: what
    /// versions and pins have in common comes once.
    @Test func versionsAndPinsShareWhatTheyHaveInCommonInTheCache() async throws {
        try await ConnectGround.with { ground in
            try await withTemporaryFolder { folder in
                let first = Corpus(.random, byteCount: 12_000_000, seed: 19).bytes()
                var second = first
                let change = Corpus(.random, byteCount: 100_000, seed: 20).bytes()
                second.replaceSubrange(5_000_000..<5_100_000, with: change)
                let table = Corpus(.csv, byteCount: 5_000_000, seed: 21).bytes()
                let writer = try engine(ground)
                try await writer.write(["f": first], to: "one", meta("One"))
                let old = try await ground.board().version("one").info.version
                try await writer.write(["f": second], to: "one", meta("One"))
                try await writer.write(["g": first, "t": table], to: "other", meta("Other"))
                func sent(
                    _ pin: String, _ version: VersionSelector, _ expected: [[UInt8]]
                ) async throws -> Int {
                    let asked = try await ground.requests {
                        // A process of its own each time.
                        let cache = BoardCache(CacheSettings(path: folder))
                        let read = try await ground.board(cache: cache).version(pin, version)
                        for (file, bytes) in zip(read.files, expected) {
                            #expect(try await read.bytes(file) == bytes)
                        }
                        try await read.checkHash(read.info.pinHash, file: nil)
                    }
                    return asked.reduce(0) { $0 + $1.sent }
                }
                let all = try await sent("one", .named(old), [first])
                #expect(all > first.count)
                // The chunks that were changed, and what is small in every bundle.
                #expect(try await sent("one", .latest, [second]) < 1_500_000)
                #expect(try await sent("other", .latest, [first, table]) < table.count)
                // Stored as plain bundles are: one copy of all they have in common.
                let info = await BoardCache(CacheSettings(path: folder)).info()
                #expect(info.byteCount < UInt64(first.count + table.count + 2_500_000))
                #expect(info.versionCount == 0 && info.frameCount > 20)
            }
        }
    }

    @Test func allVerbsWorkWhereBothKindsOfBundleAreMixed() async throws {
        try await ConnectGround.with { ground in
            let (plain, engine) = (try ground.board(), try engine(ground))
            var names: [String] = []
            for byte: UInt8 in 1...4 {
                let board = byte % 2 == 0 ? engine : plain
                let bytes = [UInt8](repeating: byte, count: 100_000)
                names.append(
                    try await board.write(["f": bytes], to: "mixed", meta("Pin \(byte)"))
                        .info.version)
            }
            #expect(try await plain.versions("mixed").map(\.version) == names)
            #expect(
                try await plain.versions("mixed").map(\.byteCount)
                    == [UInt64](repeating: 100_000, count: 4))
            for (index, name) in names.enumerated() {
                let version = try await plain.version("mixed", .named(name))
                #expect(version.info.metadata.title == "Pin \(index + 1)")
                #expect(try await plain.bytes("mixed", name).last == UInt8(index + 1))
            }
            // The same content is not written again, whatever the kind.
            for board in [plain, engine] {
                let same = try await board.write(
                    ["f": [UInt8](repeating: 4, count: 100_000)], to: "mixed", meta("Pin 4"))
                #expect(same.isUnchanged && same.info.version == names[3])
            }
            let dry = try await engine.write(["f": [9]], to: "mixed", meta("Pin 9")) {
                $0.isDryRun = true
            }
            #expect(!dry.isUnchanged && dry.storedByteCount > 0)
            let diff = try await plain.diff("mixed", .named(names[2]), .named(names[3]))
            #expect(diff.changedByteCount == 100_000)
            var options = VerifyOptions()
            options.readsData = true
            let report = try await plain.form.verify(options, progress: nil)
            #expect(report.isSound && report.checkedByteCount == 400_000)
            #expect(try await plain.statistics("mixed").versionCount == 4)
            // An edit of a version keeps its kind.
            let edited = try await plain.edit("mixed") { $0.title = "Edited" }.info.version
            let guid = try await ground.guid(of: "mixed")
            let page = try await ground.page(
                "/content/\(guid)/_rev\(edited)/\(BundleDirectory.fileName)", user: "susan")
            #expect(page.status == 200)
            #expect(try await plain.bytes("mixed").last == 4)
            #expect(try await plain.version("mixed").info.metadata.title == "Edited")
            #expect(try await plain.prune("mixed", .keep(2)) == Array(names.prefix(3)))
            #expect(try await plain.delete("mixed", version: .latest) == [edited])
            #expect(try await plain.bytes("mixed").last == 4)
            #expect(try await plain.delete("mixed") == [names[3]])
            let replaced = try await engine.write(["f": [1]], to: "once") {
                $0.replacesOnlyVersion = true
            }
            let next = try await engine.write(["f": [2]], to: "once") {
                $0.replacesOnlyVersion = true
            }
            #expect(replaced.info.version != next.info.version)
            #expect(try await plain.versions("once").map(\.version) == [next.info.version])
        }
    }

    @Test func aCopyHasTheSameContentAndFieldsElsewhereAndBack() async throws {
        try await ConnectGround.with { ground in
            try await withTemporaryFolder { folder in
                let bytes = Corpus(.csv, byteCount: 900_000, seed: 5).bytes()
                let board = try engine(ground)
                try await board.write(["d.csv": bytes], to: "susan/big", meta("Big"))
                for location in ["\(folder)/engine", "plain:\(folder)/plain"] {
                    let other = try await Board.openOrCreate(location)
                    let name = location.hasPrefix("plain") ? "big" : "susan/big"
                    let source = try await board.version("susan/big")
                    var request = WriteRequest(
                        pin: name, files: [], metadata: source.info.metadata)
                    request.metadata.originJSON = source.content.origin?.json
                    _ = try await other.form.copy(source, request, progress: nil)
                    let copy = try await other.version(name)
                    #expect(try await copy.bytes(copy.file()) == bytes)
                    #expect(copy.info.metadata.type == "csv")
                    #expect(copy.info.byteCount == UInt64(bytes.count))
                    if location.hasPrefix("plain") {
                        #expect(copy.info.pinHash == source.info.pinHash)
                    }
                    // Back as a plain bundle, and with its kind from Connect to Connect.
                    var back = WriteRequest(
                        pin: "susan/back", files: [], metadata: copy.info.metadata)
                    _ = try await ground.board().form.copy(copy, back, progress: nil)
                    #expect(try await ground.board().bytes("back") == bytes)
                    back.pin = "derek/back"
                    _ = try await ground.board("derek").form.copy(source, back, progress: nil)
                    let kept = try await ground.board("derek").version("back")
                    #expect(kept.content is EngineBundleContent)
                    #expect(try await kept.bytes(kept.file()) == bytes)
                    _ = try await ground.board("derek").delete("back")
                }
            }
        }
    }

    @Test(arguments: [true, false])
    func damageIsFoundBeforeAByteIsHandedOut(isCached: Bool) async throws {
        try await ConnectGround.with { ground in
            try await withTemporaryFolder { folder in
                let bytes = Corpus(.random, byteCount: 700_000, seed: 4).bytes()
                let written = try await engine(ground).write(["f": bytes], to: "pin").info.version
                let guid = try await ground.guid(of: "pin")
                let pack = try await pack(ground, guid, written)
                let cache = isCached ? BoardCache(CacheSettings(path: folder)) : nil
                try await ground.damage(guid, written, pack, offset: 100_000)
                let opened = try await ground.board(cache: cache).version("pin")
                let handed = Locked(0)
                let error = await thrown { () throws(EngineError) in
                    try await opened.read(opened.files[0]) { (piece) throws(EngineError) in
                        let count = piece.count
                        handed.change { $0 += count }
                    }
                }
                #expect(error?.code == .corrupt)
                #expect(error?.message.contains("susan/pin") == true)
                var options = VerifyOptions()
                options.readsData = true
                let report = try await ground.board(cache: cache).form.verify(
                    options, progress: nil)
                #expect(report.problems.map(\.object) == ["susan/pin/\(written)"])
                // Once it is whole again it is read.
                try await ground.damage(guid, written, pack, offset: 100_000)
                #expect(try await ground.board(cache: cache).bytes("pin") == bytes)
            }
        }
    }

    /// The path of a bundle's first pack.
    private func pack(
        _ ground: ConnectGround, _ guid: String, _ version: String
    ) async throws -> String {
        let directory = try await ground.page(
            "/content/\(guid)/_rev\(version)/\(BundleDirectory.fileName)", user: "susan")
        let place = ConnectPlace(pin: "p", guid: guid, bundle: ConnectModels.Number(1))
        let sizes = try BundleDirectory(Array(directory.text.utf8), place).sizes
        let key = try #require(sizes.keys.first { $0.text.hasPrefix("packs/") })
        return "\(BundleDirectory.boardFolder)/\(key)"
    }

    @Test func whatABundleSaysOfItselfIsCheckedAndNeverTraps() async throws {
        try await ConnectGround.with { ground in
            let board = try engine(ground)
            let bytes = Corpus(.csv, byteCount: 50_000, seed: 5).bytes()
            let written = try await board.write(["f": bytes], to: "pin").info.version
            let guid = try await ground.guid(of: "pin")
            func file(_ name: String) async throws -> String {
                try await ground.page("/content/\(guid)/_rev\(written)/\(name)", user: "susan").text
            }
            let text = try await file("data.txt")
            let directory = try await file(BundleDirectory.fileName)
            let hash = try #require(text.split(separator: "\n").first { $0.contains("  pin_hash") })
            for (text, directory, code) in [
                (text, "{}", .corrupt), (text, "", .corrupt), (text, "[1]", .corrupt),
                (
                    text, directory.replacing("\"version\" : 1", with: "\"version\" : 2"),
                    .needsNewer
                ),
                (text, directory.replacing("packs/", with: "../packs/"), .corrupt),
                (text, directory.replacing("packs/", with: "packs/0"), .corrupt),
                (text, directory.replacing("\"size\" : ", with: "\"size\" : -"), .corrupt),
                (text, directory.replacing("\"size\" : ", with: "\"size\" : 9"), .corrupt),
                (
                    text.replacing(hash, with: "  pin_hash: \(String(repeating: "0", count: 64))"),
                    directory, .corrupt
                ),
                (text.replacing("  file: f", with: "  file: g"), directory, .corrupt),
                (text.replacing("  file: f", with: "  file: ../f"), directory, .corrupt),
                (
                    text.replacing("  file_size: \(bytes.count)", with: "  file_size: 5"),
                    directory, .corrupt
                ),
                (
                    text.replacing("  file_size: \(bytes.count)", with: "  x: 5"), directory,
                    .corrupt
                ),
                (text.replacing("  board: engine", with: "  board: ../x"), directory, .corrupt),
                (text.replacing("  version: 1", with: "  version: 7"), directory, .needsNewer),
                (text.replacing("  version: 1", with: "  version: -1"), directory, .corrupt),
            ] as [(String, String, EngineError.Code)] {
                try await ground.deploy(
                    "pin", [BundleDirectory.fileName: Array(directory.utf8)], text)
                let error = await thrown { () throws(EngineError) in
                    try await ground.plain.bytes("pin")
                }
                #expect(error?.code == code, "\(error?.message ?? "") \(text) \(directory)")
            }
        }
    }

    @Test func aBundleThatTheServerDropsWhileItIsReadIsATypedError() async throws {
        try await ConnectGround.with { ground in
            let board = try engine(ground)
            try await board.write(["f": [1]], to: "pin")
            let version = try await ground.board().version("pin")
            let bytes = Corpus(.random, byteCount: 700_000, seed: 4).bytes()
            try await board.write(["f": bytes], to: "pin")
            try await ground.retain(1, of: try await ground.guid(of: "pin"))
            let error = await thrown { () throws(EngineError) in
                try await version.bytes(version.files[0])
            }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains("keeps only so many") == true)
            for (status, code) in [(403, EngineError.Code.notPermitted), (503, .unavailable)] {
                try await ground.arm(
                    #"{"kind": "status", "status": \#(status), "path": "/engine/", "times": 50}"#)
                let refused = await thrown { () throws(EngineError) in
                    try await ground.plain.bytes("pin")
                }
                #expect(refused?.code == code, "\(refused?.message ?? "")")
                try await ground.disarm()
            }
        }
    }

    @Test func whatWasReadOfItIsServedWhileTheServerIsDown() async throws {
        try await ConnectGround.with { ground in
            try await withTemporaryFolder { folder in
                let bytes = Corpus(.random, byteCount: 9_000_000, seed: 6).bytes()
                try await engine(ground).write(["f": bytes], to: "kept-engine-pin")
                let cache = BoardCache(CacheSettings(path: folder))
                let read = try await ground.board(cache: cache).version("kept-engine-pin")
                #expect(
                    try await read.bytes(read.files[0], range: 0..<1_000) == Array(bytes[..<1_000]))
                try await ground.arm(#"{"kind": "status", "status": 503, "times": 100000}"#)
                let using = try ground.board(cache: cache) { $0.usesCacheOnFailure = true }
                let warnings = Warnings.heard
                let version = try await using.version("kept-engine-pin")
                #expect(warnings.value.contains { $0.contains("susan/kept-engine-pin") })
                #expect(
                    try await version.bytes(version.files[0], range: 10..<900)
                        == Array(bytes[10..<900]))
                // What was not read is not there, and nothing else is handed out for it.
                let error = await thrown { () throws(EngineError) in
                    try await version.bytes(version.files[0], range: 8_000_000..<8_000_010)
                }
                #expect(error?.code == .unavailable)
            }
        }
    }

    @Test func theServersLimitSeesTheCompressedSize() async throws {
        try await ConnectGround.with { ground in
            try await ground.limit(bundleByteCount: 1_000_000)
            // Half a chunk of noise, again and again: gzip finds nothing of it, chunks do.
            let block = Corpus(.random, byteCount: 200_000, seed: 2).bytes()
            let bytes = (0..<20).flatMap { _ in block }
            let refused = await thrown { () throws(EngineError) in
                try await ground.plain.write(["f": bytes], to: "pin")
            }
            #expect(refused?.code == .cannotCreate)
            #expect(refused?.message.contains("--bundle engine") == true)
            let written = try await engine(ground).write(["f": bytes], to: "pin")
            #expect(written.storedByteCount < 1_000_000)
            #expect(try await ground.board().bytes("pin") == bytes)
        }
    }

    @Test func theBundleIsABoardThatOtherWaysRead() async throws {
        try await ConnectGround.with { ground in
            let bytes = Corpus(.csv, byteCount: 300_000, seed: 5).bytes()
            let board = try ground.board {
                $0.bundle = .engine
                $0.access = .all
            }
            let version = try await board.write(["d.csv": bytes], to: "susan/pin", meta("Pin"))
                .info.version
            let guid = try await ground.guid(of: "pin")
            // As static files behind a web server, without a key.
            let web = try await WebBoards().open(
                "\(ground.url)/content/\(guid)/_rev\(version)/engine/")
            let found = try await web.version("susan/pin")
            #expect(try await found.bytes(found.file()) == bytes)
            let page = try await ground.page("/content/\(guid)/").text
            #expect(page.contains("pins read"))
            #expect(page.contains("id=\"preview\""))
            #expect(!page.contains("href=\"./d.csv\""))
            #expect(!page.contains("pin_read"))
        }
    }

    @Test func theBoardThatIsMadeKeepsTheContractOfBackends() async throws {
        for budget in [64 << 20, 0] {
            let violations = await runBlocking {
                await BackendConformance(bigByteCount: 3 << 20, raceCount: 5)
                    .violations(of: BundleStage(memoryByteCountMax: budget))
            }
            #expect(violations.isEmpty, "\(violations)")
        }
    }

    @Test(arguments: [0, 1, 65_534, 65_535, 65_536, 131_070, 1 << 20])
    func storedBlocksHoldTheirBytes(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
        let framed = StoredBlocks.framed(bytes)
        #expect(StoredBlocks.plain(framed) == bytes)
        #expect(framed.count == count + 5 * ((count + 65_534) / 65_535))
    }

    @Test(.enabled(if: ConnectPython.isAvailable))
    func pinsForPythonShowsTheMetadataAndRefusesTheData() async throws {
        try await ConnectGround.with { ground in
            let csv = Array("x,y\n1,a\n".utf8)
            try await engine(ground).write(["rows.csv": csv], to: "susan/rows", meta("Rows"))
            try ConnectPython.run(
                ground, "susan",
                """
                meta = board.pin_meta("susan/rows")
                assert meta.title == "Rows" and meta.user == {"n": [1, 2]}, meta
                assert meta.pin_hash == "\(PlainHash.xxh64(csv))", meta
                assert meta.engine_bundle["file"] == "rows.csv", meta
                assert meta.engine_bundle["type"] == "csv", meta
                assert len(board.pin_versions("susan/rows")) == 1
                assert board.pin_list() == ["susan/rows"]
                for turn in range(2):
                    try:
                        board.pin_read("susan/rows")
                    except NotImplementedError as error:
                        assert "to be read with swift-pins" in str(error), error
                    else:
                        raise AssertionError("it was read")
                path, = board.pin_download("susan/rows")
                assert path.endswith("read-with-swift-pins.json"), path
                assert "pins read" in open(path).read()
                # The same data are the same pin to it, and other data are the next version.
                open("rows.csv", "w").write("x,y\\n2,b\\n")
                board.pin_upload("rows.csv", "susan/rows")
                assert open(board.pin_download("susan/rows")[0]).read() == "x,y\\n2,b\\n"
                """)
            let versions = try await ground.board().versions("rows")
            #expect(versions.count == 2)
            #expect(try await ground.board().bytes("rows") == Array("x,y\n2,b\n".utf8))
            #expect(try await ground.board().bytes("rows", versions[0].version) == csv)
        }
    }
}
