import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Testing

@testable import Pins

/// Goal: plain boards have the verbs of every board, without the losses of pins for Python and R.
/// Method: each law on a folder, on a simulated one and on a model of a bucket.
@Suite struct PlainBoardTests {
    @Test(arguments: PlainGround.Kind.allCases)
    func whatIsWrittenIsReadBack(kind: PlainGround.Kind) async throws {
        try await PlainGround.with(kind) { ground in
            let one = try await ground.write(
                "one", ["a.csv": "x,y\n1,2\n"], title: "A title", json: #"{"k":[1,null,"é"]}"#)
            #expect(one.info.version == "20200913T122640Z-\(one.info.pinHash.prefix(5))")
            #expect(one.info.pinHash == PlainHash.xxh64(Array("x,y\n1,2\n".utf8)))
            #expect(one.files.first?.sha256 != nil && one.storedByteCount > 8)
            let several = try await ground.write(
                "several", ["b/deep/er.txt": "b", "a.txt": "", "c.txt": "ccc"])
            #expect(several.files.map(\.path) == ["a.txt", "b/deep/er.txt", "c.txt"])
            #expect(try await ground.read("one") == ["a.csv": "x,y\n1,2\n"])
            #expect(
                try await ground.read("several")
                    == ["b/deep/er.txt": "b", "a.txt": "", "c.txt": "ccc"])
            let info = try await ground.board.version(of: "one", .latest).info
            #expect(info.metadata.title == "A title" && info.byteCount == 8 && info.fileCount == 1)
            #expect(info.metadata.userJSON == Array(#"{"k":[1,null,"é"]}"#.utf8))
            #expect(try await ground.board.pins().map(\.name) == ["one", "several"])
        }
    }

    @Test(arguments: PlainGround.Kind.allCases)
    func dataTextIsWhatPythonWouldWrite(kind: PlainGround.Kind) async throws {
        try await PlainGround.with(kind) { ground in
            let result = try await ground.write("p", ["p.csv": "a\n"], title: "T")
            let text = try ground.text("p/\(result.info.version)/data.txt")
            #expect(
                text == """
                    api_version: 1
                    created: 20200913T122640Z
                    description: null
                    file: p.csv
                    file_size: 2
                    pin_hash: fbbde8981eccc855
                    title: T
                    type: file
                    user: {}

                    """)
        }
    }

    @Test(arguments: PlainGround.Kind.allCases)
    func aPinWithoutATitleGetsTheOneThatRWouldMake(kind: PlainGround.Kind) async throws {
        try await PlainGround.with(kind) { ground in
            let one = try await ground.write("one", ["d/a.csv": "1"])
            #expect(one.info.metadata.title == "one: a pinned .csv file")
            #expect(try await ground.write("one", ["d/a.csv": "1"]).isUnchanged)
            let two = try await ground.write("two", ["a": "1", "b": "2"])
            #expect(two.info.metadata.title == "two: 2 pinned files")
            #expect(
                try await ground.write("bare", [".x": "1"]).info.metadata.title
                    == "bare: a pinned file")
        }
    }

    @Test(arguments: PlainGround.Kind.allCases)
    func aNewVersionIsSortedAfterEveryOlderOne(kind: PlainGround.Kind) async throws {
        try await PlainGround.with(kind) { ground in
            var names: [String] = []
            // Within one second, earlier than before, and much later.
            for (index, created) in [50, 50, 50, 10, 0, 90, 50].enumerated() {
                names.append(
                    try await ground.write("p", ["f": "\(index)"], created: Int64(created)).info
                        .version)
            }
            #expect(names == names.sorted() && Set(names.map { $0.prefix(16) }).count == 7)
            #expect(try await ground.versions("p") == names)
            #expect(try await ground.read("p") == ["f": "6"])
            // `created` is what was said, whatever the name is.
            let infos = try await ground.board.versions(of: "p")
            #expect(infos.map(\.metadata.createdSeconds) == [50, 50, 50, 10, 0, 90, 50])
        }
    }

    @Test(arguments: PlainGround.Kind.allCases)
    func aWriteIsSkippedOnlyIfContentNamesAndMetadataAreEqual(
        kind: PlainGround.Kind
    ) async throws {
        try await PlainGround.with(kind) { ground in
            let first = try await ground.write("p", ["f": "1"], created: 1, title: "t")
            let again = try await ground.write("p", ["f": "1"], created: 2, title: "t")
            #expect(again.isUnchanged && again.info.version == first.info.version)
            #expect(again.storedByteCount == 0)
            #expect(try await !ground.write("p", ["g": "1"], title: "t").isUnchanged)
            #expect(try await !ground.write("p", ["f": "1"], title: "t").isUnchanged)
            #expect(try await !ground.write("p", ["f": "1"], title: "u").isUnchanged)
            #expect(
                try await !ground.write("p", ["f": "1"], title: "u", json: #"{"a": 1}"#).isUnchanged
            )
            #expect(
                try await ground.write("p", ["f": "1"], title: "u", json: #"{ "a" : 1 }"#)
                    .isUnchanged)
            var forced = PlainGround.request("p", ["f": "1"], title: "u", json: #"{"a":1}"#)
            forced.forcesIdentical = true
            #expect(try await !ground.board.write(forced, progress: nil).isUnchanged)
            #expect(try await ground.versions("p").count == 6)
        }
    }

    @Test(arguments: PlainGround.Kind.allCases)
    func aReplacementRemovesTheOldVersionAfterTheNewOneStands(
        kind: PlainGround.Kind
    ) async throws {
        try await PlainGround.with(kind) { ground in
            for text in ["1", "2", "2", "3"] {
                var request = PlainGround.request("p", ["f": text])
                request.replacesOnlyVersion = true
                _ = try await ground.board.write(request, progress: nil)
                #expect(try await ground.versions("p").count == 1)
                #expect(try await ground.read("p") == ["f": text])
            }
            try await ground.write("p", ["f": "4"])
            let board = ground.board
            let code = await plainFailure { () throws(EngineError) in
                var request = PlainGround.request("p", ["f": "5"])
                request.replacesOnlyVersion = true
                return try await board.write(request, progress: nil)
            }
            #expect(code == .cannotCreate)
            #expect(try await ground.versions("p").count == 2)
        }
    }

    @Test(arguments: PlainGround.Kind.allCases)
    func anEditMakesAVersionOfTheSameContent(kind: PlainGround.Kind) async throws {
        try await PlainGround.with(kind) { ground in
            let first = try await ground.write("p", ["f": "data", "g/h": "more"], title: "t")
            let edited = try await ground.board.edit("p") { $0.tags = ["a", "b"] }
            #expect(!edited.isUnchanged && edited.info.version > first.info.version)
            #expect(edited.info.pinHash == first.info.pinHash)
            #expect(edited.info.parent == first.info.version)
            #expect(edited.storedByteCount < 400)
            #expect(try await ground.read("p") == ["f": "data", "g/h": "more"])
            let info = try await ground.board.version(of: "p", .latest).info
            #expect(info.metadata.tags == ["a", "b"] && info.metadata.title == "t")
            #expect(try await ground.board.edit("p") { $0.tags = ["a", "b"] }.isUnchanged)
            let statistics = try await ground.board.statistics(of: "p")
            #expect(statistics.versionCount == 2 && statistics.logicalByteCount == 16)
            if ground.folder != nil { #expect(statistics.uniqueByteCount == 8) }
        }
    }

    @Test(arguments: PlainGround.Kind.allCases)
    func labelsPointAtOneVersionAndMove(kind: PlainGround.Kind) async throws {
        try await PlainGround.with(kind) { ground in
            let board = ground.board
            let one = try await ground.write("p", ["f": "1"], created: 10).info.version
            let two = try await ground.write("p", ["f": "2"], created: 20).info.version
            #expect(try await board.setLabel("prod", of: "p", to: .named(one)) == one)
            #expect(try await ground.read("p", .named("prod")) == ["f": "1"])
            #expect(try await board.setLabel("prod", of: "p", to: .latest) == two)
            #expect(try await board.setLabel("v1.0", of: "p", to: .named("19700101T00001")) == one)
            #expect(try await ground.read("p", .named("prod")) == ["f": "2"])
            #expect(try await board.versions(of: "p").map(\.labels) == [["v1.0"], ["prod"]])
            #expect(try await board.version(of: "p", .latest).info.labels == ["prod"])
            // An interrupted move leaves the old mark behind: the newer one counts.
            try ground.put("p/\(one)/_pins.label.prod.1", "")
            #expect(try await ground.read("p", .named("prod")) == ["f": "2"])
            #expect(try await board.version(of: "p", .named(one)).info.labels == ["v1.0"])
            #expect(try await board.setLabel("prod", of: "p", to: nil) == two)
            #expect(
                await plainFailure { () throws(EngineError) in
                    try await board.version(of: "p", .named("prod"))
                } == .notFound)
            #expect(
                await plainFailure { () throws(EngineError) in
                    try await board.setLabel("prod", of: "p", to: nil)
                } == .notFound)
            for label in ["latest", "a/b", "", one, String(repeating: "x", count: 201)] {
                #expect(
                    await plainFailure { () throws(EngineError) in
                        try await board.setLabel(label, of: "p", to: .latest)
                    } == .usage, "\(label)")
            }
        }
    }

    @Test(arguments: PlainGround.Kind.allCases)
    func versionsAndPinsAreRemoved(kind: PlainGround.Kind) async throws {
        try await PlainGround.with(kind) { ground in
            let board = ground.board
            for second in 1...5 {
                try await ground.write("p", ["f": "\(second)"], created: Int64(second))
            }
            let names = try await ground.versions("p")
            #expect(try await board.delete("p", .named(names[1])) == [names[1]])
            #expect(try await board.delete("p", .latest) == [names[4]])
            #expect(try await ground.versions("p") == [names[0], names[2], names[3]])
            let keepOne: @Sendable ([VersionInfo]) -> [VersionInfo] = { Array($0.dropLast(1)) }
            #expect(
                try await board.prune("p", isDryRun: true, keepOne) == [names[0], names[2]])
            #expect(try await ground.versions("p").count == 3)
            #expect(try await board.prune("p", isDryRun: false, { $0 }) == [names[0], names[2]])
            #expect(try await ground.read("p") == ["f": "4"])
            // With the last version goes the pin, or pins for Python could not write it again.
            #expect(try await board.delete("p", .latest) == [names[3]])
            #expect(try await board.pins().isEmpty)
            #expect(
                await plainFailure { () throws(EngineError) in
                    try await board.versions(of: "p")
                } == .notFound)
            #expect(
                await plainFailure { () throws(EngineError) in
                    try await board.delete("p", nil)
                } == .notFound)
            try await ground.write("p", ["f": "x"])
            #expect(try await board.delete("p", nil).count == 1)
            #expect(try await board.pins().isEmpty)
        }
    }

    @Test(arguments: PlainGround.Kind.allCases)
    func versionsAreFoundByNamePrefixAndLabel(kind: PlainGround.Kind) async throws {
        try await PlainGround.with(kind) { ground in
            let board = ground.board
            try await ground.write("p", ["f": "1"], created: 0)
            try await ground.write("p", ["f": "2"], created: 100_000)
            #expect(try await ground.read("p", .named("19700102")) == ["f": "2"])
            for (text, code) in [
                ("1970010", EngineError.Code.notFound), ("19700103", .notFound),
                ("nope", .notFound),
            ] {
                #expect(
                    await plainFailure { () throws(EngineError) in
                        try await board.version(of: "p", .named(text))
                    } == code, "\(text)")
            }
            try await ground.write("p", ["f": "3"], created: 100_001)
            #expect(
                await plainFailure { () throws(EngineError) in
                    try await board.version(of: "p", .named("19700102"))
                } == .usage)
        }
    }

    @Test(arguments: PlainGround.Kind.allCases)
    func aDryRunStoresNothing(kind: PlainGround.Kind) async throws {
        try await PlainGround.with(kind) { ground in
            var request = PlainGround.request("p", ["f": "1"])
            request.isDryRun = true
            let result = try await ground.board.write(request, progress: nil)
            #expect(result.info.version.hasPrefix("20231114T221320Z-"))
            #expect(try await ground.board.pins().isEmpty)
            #expect(try ground.names("").isEmpty || ground.memory != nil)
        }
    }

    @Test(arguments: PlainGround.Kind.allCases)
    func namesThatPinsCannotHaveAreRefused(kind: PlainGround.Kind) async throws {
        try await PlainGround.with(kind) { ground in
            let board = ground.board
            for pin in ["", "a/b", "a\\b", ".", "..", "_pins.yaml", ".hidden", "a\n", " a"] {
                #expect(
                    await plainFailure { () throws(EngineError) in
                        try await board.write(PlainGround.request(pin, ["f": "1"]), progress: nil)
                    } == .usage, "\(pin)")
            }
            for path in [
                "data.txt", "DATA.txt", "data.txt/x", "../f", "a/../f", "/f", "a//b", "",
                "_pins.label.prod.1", ".pins-staging/x",
            ] {
                #expect(
                    await plainFailure { () throws(EngineError) in
                        try await board.write(PlainGround.request("p", [path: "1"]), progress: nil)
                    } == .usage, "\(path)")
            }
            for files: KeyValuePairs in [
                ["f": "1", "f": "2"], ["f": "1", "F": "2"], ["f": "", "f/g": ""], [:],
            ] {
                #expect(
                    await plainFailure { () throws(EngineError) in
                        try await board.write(PlainGround.request("p", files), progress: nil)
                    } == .usage)
            }
            #expect(try await board.pins().isEmpty)
            // A file of that name further down is a file like any other.
            try await ground.write("p", ["a/data.txt": "1"])
            #expect(try await ground.read("p") == ["a/data.txt": "1"])
        }
    }

    @Test func aReadOnlyBoardRefusesEveryChange() async throws {
        let board = PlainBoard(PlainMemory(isReadOnly: true))
        let codes = [
            await plainFailure { () throws(EngineError) in
                try await board.write(PlainGround.request("p", ["f": "1"]), progress: nil)
            },
            await plainFailure { () throws(EngineError) in try await board.edit("p") { _ in } },
            await plainFailure { () throws(EngineError) in try await board.delete("p", nil) },
            await plainFailure { () throws(EngineError) in
                try await board.setLabel("l", of: "p", to: .latest)
            },
            await plainFailure { () throws(EngineError) in
                try await board.prune("p", isDryRun: false) { $0 }
            },
        ]
        #expect(codes.allSatisfy { $0 == .cannotCreate })
    }

    @Test(arguments: PlainGround.Kind.allCases)
    func whatANewVersionBringsIsToldByChunks(kind: PlainGround.Kind) async throws {
        try await PlainGround.with(kind) { ground in
            let seed: UInt64 = 5
            let noise = SeededRandom(seed: seed).bytes(count: 3_000_000).map { $0 & 0x3F + 0x20 }
            let old = String(decoding: noise, as: UTF8.self)
            let new = String(decoding: [0x61] + noise + [0x62, 0x63], as: UTF8.self)
            try await ground.write("p", ["f": old])
            try await ground.write("p", ["f": new])
            let versions = try await ground.versions("p")
            let diff = try await ground.board.changes(
                in: ground.board.version(of: "p", .named(versions[1])),
                since: ground.board.version(of: "p", .named(versions[0])))
            #expect(diff.totalByteCount == 3_000_003)
            #expect((3...2_000_000).contains(diff.changedByteCount), "\(diff.changedByteCount)")
            #expect(diff.changed.first?.start == 0 && diff.changed.last?.end == 3_000_003)
        }
    }
}
