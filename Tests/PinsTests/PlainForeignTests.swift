import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Synchronization
import Testing

@testable import Pins

/// Goal: boards of strangers are read as far as they are sound, and nothing wrong is handed out.
/// Method: what other tools write, interrupt and damage, by hand.
@Suite struct PlainForeignTests {
    static let hash = PlainHash.xxh64(Array("1".utf8))

    /// A `data.txt` as R writes it.
    static func text(_ fields: KeyValuePairs<String, String>) -> String {
        fields.map { "\($0.key): \($0.value)\n" }.joined()
    }

    static func whole(_ file: String = "f", hash: String = Self.hash) -> String {
        text([
            "file": file, "file_size": "1", "pin_hash": hash, "type": "csv", "title": "T",
            "description": "~", "created": "20220214T163720Z", "api_version": "1.0",
        ])
    }

    @Test(arguments: PlainGround.Kind.allCases)
    func whatIsHalfWrittenIsPassedOver(kind: PlainGround.Kind) async throws {
        try await PlainGround.with(kind) { ground in
            try await ground.write("p", ["f": "1"], created: 0)
            // Data without data.txt (Python), data.txt without data (R), a part of the data, and
            // texts that are no metadata.
            try ground.put("p/20300101T000000Z-00001/f", "1")
            try ground.put("p/20300101T000000Z-00002/data.txt", Self.whole())
            try ground.put(
                "p/20300101T000000Z-00003/data.txt", Self.whole().replacing("1\n", with: "9\n"))
            try ground.put("p/20300101T000000Z-00003/f", "1")
            for (index, text) in ["", "file: [", "- a\n", "type: csv\n", "x\n", "file: ~\n"]
                .enumerated()
            {
                try ground.put("p/20300101T000001Z-0000\(index)/data.txt", text)
                try ground.put("p/20300101T000001Z-0000\(index)/f", "1")
            }
            try ground.put("q/20300101T000000Z-00001/f", "1")
            try ground.put("_pins.yaml", "p:\n- p/20300101T000000Z-00001/\n")
            try ground.put("stray.txt", "x")
            #expect(try await ground.read("p") == ["f": "1"])
            #expect(try await ground.versions("p").count == 1)
            #expect(try await ground.board.pins().map(\.name) == ["p"])
            let board = ground.board
            #expect(
                await plainFailure { () throws(EngineError) in
                    try await board.version(of: "p", .named("20300101T000000Z-00001"))
                } == .corrupt)
            #expect(
                await plainFailure { () throws(EngineError) in
                    try await board.versions(of: "q")
                } == .notFound)
            // They do not make the pin one of several versions.
            var request = PlainGround.request("p", ["f": "3"])
            request.replacesOnlyVersion = true
            _ = try await ground.board.write(request, progress: nil)
            #expect(try await ground.read("p") == ["f": "3"])
            #expect(try await ground.versions("p").count == 1)
            // Ours come after them all the same, and they can be removed by name.
            let next = try await ground.write("p", ["f": "2"]).info.version
            #expect(next > "20300101T000001Z-00005")
            #expect(try await board.delete("p", .named("20300101T000000Z-00001")).count == 1)
            let report = try await board.verify(VerifyOptions(), progress: nil)
            #expect(report.problems.count == 9, "\(report.problems)")
        }
    }

    @Test func whatIsPassedOverIsTold() async throws {
        try await PlainGround.with(.memory) { ground in
            try ground.put("told/20300101T000000Z-00001/f", "1")
            try ground.put("told/20200101T000000Z-00001/f", "1")
            try ground.put(
                "told/20200101T000000Z-00001/data.txt", Self.whole() + "user: {a: !expr rm()}\n")
            let heard = Mutex<[String]>([])
            BoardWarnings.setHandler { message in heard.withLock { $0.append(message) } }
            defer { BoardWarnings.setHandler(nil) }
            let version = try await ground.board.version(of: "told", .latest)
            #expect(version.info.metadata.userJSON == Array(#"{"a":"rm()"}"#.utf8))
            // Other tests warn at the same time.
            let mine = heard.withLock { $0 }.filter { $0.contains("'told'") }
            #expect(mine.count == 2, "\(mine)")
            #expect(mine.contains { $0.contains("passed over") && $0.contains("no data.txt") })
            #expect(mine.contains { $0.contains("!expr") && $0.contains("not evaluated") })
        }
    }

    @Test(arguments: PlainGround.Kind.allCases)
    func damagedBytesAreNeverHandedOut(kind: PlainGround.Kind) async throws {
        try await PlainGround.with(kind) { ground in
            let board = ground.board
            try ground.put("p/20220214T163720Z-abcde/data.txt", Self.whole())
            try ground.put("p/20220214T163720Z-abcde/f", "2")
            let several = Self.text([
                "file": "[a, b]", "file_size": "[1, 1]", "type": "file",
                "pin_hash": PlainHash.pinHashOfR([Self.hash, Self.hash]), "api_version": "1",
                "created": "20220214T163720Z", "description": "~",
            ])
            for (version, b) in [("20220214T163720Z-00000", "1"), ("20220214T163721Z-00000", "2")] {
                try ground.put("q/\(version)/data.txt", several)
                try ground.put("q/\(version)/a", "1")
                try ground.put("q/\(version)/b", b)
            }
            for (pin, file) in [("p", "f"), ("q", "a"), ("q", "b")] {
                let version = try await board.version(of: pin, .latest)
                let handed = Mutex(0)
                for range in [nil, 0..<1, 0..<0] as [Range<UInt64>?] {
                    #expect(
                        await plainFailure { () throws(EngineError) in
                            try await version.content.read(
                                PinFile(path: file, byteCount: 1), range: range, progress: nil
                            ) { _ in handed.withLock { $0 += 1 } }
                            return true
                        } == .corrupt, "\(pin) \(file)")
                }
                #expect(handed.withLock { $0 } == 0)
                #expect(
                    await plainFailure { () throws(EngineError) in
                        try await version.content.checkPinHash(progress: nil)
                        return true
                    } == .corrupt)
            }
            #expect(
                try await ground.read("q", .named("20220214T163720Z-00000")) == [
                    "a": "1", "b": "1",
                ])
            var options = VerifyOptions()
            options.readsData = true
            let report = try await board.verify(options, progress: nil)
            #expect(
                report.problems.map(\.object) == [
                    "p/20220214T163720Z-abcde", "q/20220214T163721Z-00000",
                ])
            // What was sound once is looked at again when it has changed.
            try ground.put("q/20220214T163720Z-00000/b", "3")
            #expect(
                await plainFailure { () throws(EngineError) in
                    try await board.version(of: "q", .named("20220214T163720Z-00000"))
                        .bytes(PinFile(path: "a", byteCount: 1))
                } == .corrupt)
        }
    }

    @Test(arguments: PlainGround.Kind.allCases)
    func aHashThatNobodyCanCheckIsNotTrusted(kind: PlainGround.Kind) async throws {
        try await PlainGround.with(kind) { ground in
            let board = ground.board
            for (pin, hash) in [
                ("p", "not-a-hash"), ("q", String(repeating: "a", count: 64)), ("r", "'6b86'"),
            ] {
                try ground.put("\(pin)/v1/data.txt", Self.whole(hash: hash))
                try ground.put("\(pin)/v1/f", "1")
                #expect(
                    await plainFailure { () throws(EngineError) in
                        try await board.version(of: pin, .latest).bytes(
                            PinFile(path: "f", byteCount: 1))
                    } == .corrupt, "\(hash)")
            }
            // One that was cut, and none at all as very old files have it.
            for (pin, hash) in [("s", String(Self.hash.prefix(10))), ("t", "~")] {
                try ground.put("\(pin)/v1/data.txt", Self.whole(hash: hash))
                try ground.put("\(pin)/v1/f", "1")
                #expect(try await ground.read(pin) == ["f": "1"])
            }
        }
    }

    @Test(arguments: PlainGround.Kind.allCases)
    func pathsThatLeaveTheVersionAreRefused(kind: PlainGround.Kind) async throws {
        try await PlainGround.with(kind) { ground in
            try ground.put("p/v1/f", "1")
            try ground.put("p/v2/other", "1")
            for path in ["../v1/f", "/etc/passwd", "a/../../v1/f", "..", ".", "a//f", "'a\\b'"] {
                try ground.put("p/v2/data.txt", Self.whole(path))
                #expect(try await ground.board.pins().isEmpty, "\(path)")
            }
            try ground.put("p/v2/data.txt", Self.whole("sub/f"))
            try ground.put("p/v2/sub/f", "1")
            #expect(try await ground.read("p") == ["sub/f": "1"])
        }
    }

    @Test(arguments: PlainGround.Kind.allCases)
    func aLaterLayoutIsRefusedPlainly(kind: PlainGround.Kind) async throws {
        try await PlainGround.with(kind) { ground in
            let board = ground.board
            try await ground.write("p", ["f": "1"], created: 0)
            try await ground.write("q", ["f": "1"], created: 0)
            try ground.put("p/20300101T000000Z-00000/data.txt", "api_version: 2\nfile: f\n")
            let codes = [
                await plainFailure { () throws(EngineError) in
                    try await board.version(of: "p", .latest)
                },
                await plainFailure { () throws(EngineError) in
                    try await board.write(PlainGround.request("p", ["f": "2"]), progress: nil)
                },
                await plainFailure { () throws(EngineError) in try await board.edit("p") { _ in } },
            ]
            #expect(codes == [.needsNewer, .needsNewer, .needsNewer])
            #expect(try await board.pins().map(\.name) == ["q"])
            #expect(try await ground.versions("p").count == 1)
        }
    }

    @Test(arguments: PlainGround.Kind.allCases)
    func oldAndOddMetadataAreRead(kind: PlainGround.Kind) async throws {
        try await PlainGround.with(kind) { ground in
            try ground.put(
                "old/v/data.txt",
                "path:\n- data.csv\n- data.rds\ntype: table\nrows: 2\ncols: 2\n"
                    + "columns:\n  a: integer\n"
            )
            try ground.put("old/v/data.csv", "a\n1\n")
            try ground.put("old/v/data.rds", "RDS")
            let old = try await ground.board.version(of: "old", .latest)
            #expect(old.files.map(\.path) == ["data.csv", "data.rds"])
            #expect(old.info.metadata.type == "table" && old.info.pinHash == "")
            try ground.put(
                "odd/custom-version/data.txt",
                "file: [f, g]\nfile_size: [.na.integer, 1]\ntype: [rds, csv]\ntags: [a, 1, yes]\n"
                    + "urls: https://x.org\ncreated: 2021-04-22T20:22:33\napi_version: 1.0\n"
                    + "pin_hash: \(PlainHash.pinHashOfR([Self.hash, Self.hash]))\nextra: {k: [1]}\n"
                    + "title: ~\nuser: {d: 1.0e+10, e: yes, f: ~, 'g': 'x: y', 1: .na, "
                    + "t: 2020-01-01}\n"
            )
            try ground.put("odd/custom-version/f", "1")
            try ground.put("odd/custom-version/g", "1")
            let odd = try await ground.board.version(of: "odd", .latest)
            #expect(odd.info.version == "custom-version")
            #expect(odd.info.metadata.createdSeconds == 1_619_122_953)
            #expect(odd.info.metadata.tags == ["a", "1", "yes"])
            #expect(odd.info.metadata.urls == ["https://x.org"] && odd.info.metadata.title == nil)
            #expect(
                odd.info.metadata.userJSON
                    == Array(
                        #"{"d":1.0e+10,"e":true,"f":null,"g":"x: y","1":null,"t":"2020-01-01"}"#
                            .utf8))
            #expect(try await odd.bytes(odd.files[1]) == Array("1".utf8))
            // No time is sorted after such a name, so a new version could never be the latest.
            let board = ground.board
            #expect(
                await plainFailure { () throws(EngineError) in
                    try await board.write(PlainGround.request("odd", ["f": "2"]), progress: nil)
                } == .cannotCreate)
        }
    }

    @Test(arguments: PlainGround.Kind.allCases)
    func whatCameFromAPlainBoardGoesBackAsItWas(kind: PlainGround.Kind) async throws {
        let text =
            "file: [b, a]\nfile_size: [1, 1]\ntype: [rds, csv]\ntitle: x\ndescription: ~\n"
            + "pin_hash: \(PlainHash.pinHashOfR([Self.hash, PlainHash.xxh64([0x32])]))\n"
            + "created: 20220214T163720Z\napi_version: 1.0\nextra: {k: [1]}\nuser: {e: yes}\n"
        try await PlainGround.with(kind) { ground in
            let version = "20220214T163720Z-06114"
            try ground.put("p/\(version)/data.txt", text)
            try ground.put("p/\(version)/b", "1")
            try ground.put("p/\(version)/a", "2")
            let read = try await ground.board.version(of: "p", .latest)
            // As a copy does it: the files by path, the metadata as every board tells of them.
            var request = PlainGround.request("q", ["a": "2", "b": "1"])
            request.metadata = read.info.metadata
            request.metadata.originJSON = read.content.origin?.json
            let back = try await ground.board.write(request, progress: nil)
            #expect(back.info.version == version)
            #expect(try ground.text("q/\(version)/data.txt") == text)
            #expect(try await ground.read("q") == ["a": "2", "b": "1"])
            // What has changed is written anew, and what we do not know stays.
            request.metadata.title = "z"
            let changed = try await ground.board.write(request, progress: nil)
            #expect(changed.info.version > version)
            let anew = try ground.text("q/\(changed.info.version)/data.txt")
            #expect(anew.contains("\ntitle: z\n") && anew.contains("\nextra:\n  k:\n  - 1\n"))
            #expect(anew.contains("\nfile:\n- b\n- a\n") && anew.contains("\n- rds\n- csv\n"))
            #expect(anew.contains("\napi_version: 1\n") || anew.hasPrefix("api_version: 1\n"))
        }
    }
}
