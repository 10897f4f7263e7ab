import PinEngine
import PinFormat
import PinTesting
import Pins
@testable import PinsConnect
import PinsHTTP
import Testing

/// Goal: all verbs, against a server that keeps the rules of Connect.
@Suite(.serialized) struct ConnectBoardTests {
    private func meta(_ title: String, created: Int64 = 1_700_000_000) -> VersionMetadata {
        VersionMetadata(
            createdSeconds: created, type: "csv", title: title, description: "über Städte",
            tags: ["a", "b c"], urls: ["https://example.org/?q=1"],
            userJSON: Array(#"{"n":[1,2.5,null,true],"t":"12345678e1234567"}"#.utf8))
    }

    @Test(arguments: ["", "/behind/a prefix".replacing(" ", with: "-")])
    func aVersionComesBackInEveryField(prefix: String) async throws {
        try await ConnectGround.with(prefix: prefix) { ground in
            let board = try ground.board()
            let bytes = Corpus(.csv, byteCount: 3_700_000, seed: 3).bytes()
            let written = try await board.write(["d.csv": bytes], to: "susan/cities", meta("Tee"))
            #expect(!written.isUnchanged && written.info.pin == "susan/cities")
            #expect(written.storedByteCount < UInt64(bytes.count))
            for name in ["susan/cities", "cities", try await ground.guid(of: "susan/cities")] {
                let version = try await board.version(name)
                #expect(version.info.version == written.info.version)
                #expect(version.info.pin == "susan/cities")
                #expect(version.info.pinHash == PlainHash.xxh64(bytes))
                #expect(version.info.byteCount == UInt64(bytes.count))
                var metadata = version.info.metadata
                metadata.originJSON = nil
                #expect(metadata == meta("Tee"))
                #expect(try await version.bytes(version.files[0]) == bytes)
                #expect(
                    try await version.bytes(version.files[0], range: 1_000..<2_301_000)
                        == Array(bytes[1_000..<2_301_000]))
            }
            let content = try await ground.api(
                .get, "/__api__/v1/content/\(try await ground.guid(of: "cities"))")
            #expect(content["title"] as? String == "Tee")
            #expect(content["description"] as? String == "über Städte")
            #expect(content["access_type"] as? String == "acl")
            let listed = try await board.list()
            #expect(listed.map(\.name) == ["susan/cities"])
            #expect(listed[0].byteCount == UInt64(bytes.count) && listed[0].metadata.type == "csv")
        }
    }

    @Test func filesAndFoldersKeepTheirPaths() async throws {
        try await ConnectGround.with { ground in
            let board = try ground.board()
            let files: [String: [UInt8]] = [
                "a.txt": [1], "deep/er/b.txt": [2, 3], "deep/a.txt": [], "ü ö?#%.bin": [4],
                "\(String(repeating: "x", count: 120))/y": [5],
            ]
            try await board.write(files, to: "tree")
            let version = try await board.version("tree")
            #expect(Set(version.files.map(\.path)) == Set(files.keys))
            for file in version.files {
                #expect(try await version.bytes(file) == files[file.path], "\(file.path)")
            }
        }
    }

    @Test func onlyWhatEqualsTheLatestVersionIsSkipped() async throws {
        try await ConnectGround.with { ground in
            let board = try ground.board()
            let first = try await board.write(["f": [1]], to: "pin", meta("one"))
            var later = meta("one")
            later.createdSeconds += 10
            let same = try await board.write(["f": [1]], to: "pin", later)
            #expect(same.isUnchanged && same.info.version == first.info.version)
            #expect(try await !board.write(["f": [1]], to: "pin", meta("two")).isUnchanged)
            #expect(try await !board.write(["g": [1]], to: "pin", meta("two")).isUnchanged)
            try await board.write(["f": [2]], to: "pin", meta("one"))
            #expect(try await !board.write(["f": [1]], to: "pin", meta("one")).isUnchanged)
            let forced = try await board.write(["f": [1]], to: "pin", meta("one")) {
                $0.forcesIdentical = true
            }
            #expect(!forced.isUnchanged)
            let versions = try await board.versions("pin")
            #expect(versions.count == 6 && versions.last?.version == forced.info.version)
            let dry = try await board.write(["f": [9]], to: "other") { $0.isDryRun = true }
            #expect(!dry.isUnchanged && dry.storedByteCount > 0)
            #expect(try await board.list().map(\.name) == ["susan/pin"])
        }
    }

    @Test func anUnversionedWriteReplacesTheOnlyVersion() async throws {
        try await ConnectGround.with { ground in
            let board = try ground.board()
            func write(_ byte: UInt8) async throws(EngineError) -> WrittenVersion {
                try await board.write(["f": [byte]], to: "pin") { $0.replacesOnlyVersion = true }
            }
            _ = try await write(1)
            #expect(try await write(1).isUnchanged)
            let second = try await write(2)
            #expect(try await board.versions("pin").map(\.version) == [second.info.version])
            // The old one stays until the new one is active.
            try await ground.arm(#"{"kind": "task-fails", "path": "/deploy"}"#)
            let failed = await thrown { () throws(EngineError) in try await write(3) }
            #expect(failed?.code == .ioError)
            #expect(try await board.bytes("pin") == [2])
            try await board.write(["f": [3]], to: "pin")
            let refused = await thrown { () throws(EngineError) in try await write(4) }
            #expect(refused?.code == .cannotCreate)
            #expect(try await board.versions("pin").count == 2)
        }
    }

    @Test func anEditIsAVersionWithTheSameContent() async throws {
        try await ConnectGround.with { ground in
            let board = try ground.board()
            let bytes = Corpus(.random, byteCount: 300_000, seed: 1).bytes()
            let first = try await board.write(["f": bytes], to: "pin", meta("old"))
            let edited = try await board.edit("pin") { $0.title = "new title" }
            #expect(!edited.isUnchanged && edited.info.version != first.info.version)
            let version = try await board.version("pin")
            #expect(version.info.metadata.title == "new title")
            #expect(version.info.metadata.urls == meta("").urls)
            #expect(version.info.pinHash == first.info.pinHash)
            #expect(try await version.bytes(version.files[0]) == bytes)
            #expect(try await board.edit("pin") { $0.title = "new title" }.isUnchanged)
            let guid = try await ground.guid(of: "pin")
            let content = try await ground.api(.get, "/__api__/v1/content/\(guid)")
            #expect(content["title"] as? String == "new title")
        }
    }

    @Test func theActiveBundleIsTheLatestVersion() async throws {
        try await ConnectGround.with { ground in
            let board = try ground.board()
            var names: [String] = []
            for byte: UInt8 in 1...4 {
                names.append(try await board.write(["f": [byte]], to: "back-again").info.version)
            }
            let guid = try await ground.guid(of: "back-again")
            _ = try await ground.api(
                .post, "/__api__/v1/content/\(guid)/deploy", #"{"bundle_id": "\#(names[1])"}"#)
            let warnings = Warnings.heard
            #expect(try await board.bytes("back-again") == [2])
            #expect(
                warnings.value.contains {
                    $0.contains("susan/back-again") && $0.contains("'\(names[3])' is newer")
                })
            for (name, byte) in zip(names, [1, 2, 3, 4] as [UInt8]) {
                #expect(try await board.bytes("back-again", name) == [byte])
            }
            #expect(
                try await board.prune("back-again", .keep(1), isDryRun: true) == [
                    names[0], names[2],
                ])
            #expect(try await board.versions("back-again").map(\.version) == names)
            #expect(try await board.prune("back-again", .keep(1)) == [names[0], names[2]])
            #expect(try await board.versions("back-again").map(\.version) == [names[1], names[3]])
            #expect(try await board.prune("back-again", .days(1)).isEmpty)
            // Deleting the latest makes another one the latest.
            #expect(try await board.delete("back-again", version: .latest) == [names[1]])
            #expect(try await board.bytes("back-again") == [4])
            let only = await thrown { () throws(EngineError) in
                try await board.delete("back-again", version: .named(names[3]))
            }
            #expect(only?.code == .cannotCreate)
            let gone = await thrown { () throws(EngineError) in
                try await board.delete("back-again", version: .named(names[0]))
            }
            #expect(gone?.code == .notFound)
            #expect(try await board.delete("back-again") == [names[3]])
            let missing = await thrown { () throws(EngineError) in
                try await board.version("back-again")
            }
            #expect(missing?.code == .notFound)
        }
    }

    @Test func searchLooksEverywhere() async throws {
        try await ConnectGround.with { ground in
            let board = try ground.board()
            try await board.write(["f": [1]], to: "cities", meta("Größe"))
            try await board.write(["f": [2]], to: "cars")
            try await ground.board("derek").write(["f": [2]], to: "secret")
            for (text, names) in [
                ("", ["susan/cars", "susan/cities"]), ("CIT", ["susan/cities"]),
                ("größe", ["susan/cities"]), ("b c", ["susan/cities"]),
                ("\"n\"", ["susan/cities"]), ("none of it", []),
            ] {
                #expect(try await board.search(text).map(\.name) == names, "'\(text)'")
            }
            // An administrator knows of all pins and may not look into them.
            let all = try await ground.board("admin").list()
            #expect(all.map(\.name) == ["derek/secret", "susan/cars", "susan/cities"])
        }
    }

    @Test func namesAndMetadataAreCheckedBeforeAnythingIsSent() async throws {
        try await ConnectGround.with { ground in
            let board = try ground.board()
            let asked = try await ground.requests {
                for (pin, files, metadata) in [
                    ("ab", ["f": [1]], meta("one")), ("a b c", ["f": [1]], meta("one")),
                    ("a/b/c", ["f": [1]], meta("one")), ("größe", ["f": [1]], meta("one")),
                    (String(repeating: "a", count: 65), ["f": [1]], meta("one")),
                    ("pin", ["data.txt": [1]], meta("one")),
                    ("pin", ["Index.HTML": [1]], meta("one")),
                    ("pin", ["manifest.json": [1]], meta("one")),
                    ("pin", ["../x": [1]], meta("one")), ("pin", [:], meta("one")),
                    ("pin", ["f": [1]], meta("no")),
                    ("pin", ["f": [1]], meta(String(repeating: "t", count: 1_025))),
                ] as [(String, [String: [UInt8]], VersionMetadata)] {
                    let error = await thrown { () throws(EngineError) in
                        try await board.write(files, to: pin, metadata)
                    }
                    #expect(error?.code == .usage, "\(pin) \(files.keys)")
                }
                let label = await thrown { () throws(EngineError) in
                    try await board.setLabel("prod", of: "pin")
                }
                #expect(label?.code == .usage)
                let access = await thrown { () throws(EngineError) in
                    try ConnectAccess("everybody")
                }
                #expect(access?.code == .usage)
            }
            #expect(asked.isEmpty, "\(asked)")
        }
    }

    @Test func accessIsKeptAndNeverWiderThanAskedFor() async throws {
        try await ConnectGround.with { ground in
            func write(_ access: ConnectAccess?, _ byte: UInt8) async throws {
                let board = try ground.board { $0.access = access }
                try await board.write(["f": [byte]], to: "pin")
            }
            func access() async throws -> String? {
                let guid = try await ground.guid(of: "pin")
                let content = try await ground.api(.get, "/__api__/v1/content/\(guid)")
                return content["access_type"] as? String
            }
            try await write(.all, 1)
            #expect(try await access() == "all")
            try await write(nil, 2)
            #expect(try await access() == "all")
            // Narrowed before the new data is there for everybody.
            let asked = try await ground.requests { try await write(.acl, 3) }
            let order = asked.filter { $0.method != "GET" }.map(\.method)
            #expect(order == ["PATCH", "POST", "POST"])
            #expect(try await access() == "acl")
            let widened = try await ground.requests { try await write(.loggedIn, 4) }
            #expect(widened.last?.method == "PATCH")
            #expect(try await access() == "logged_in")
            #expect(try await ground.board("derek").bytes("susan/pin") == [4])
        }
    }

    @Test func othersPinsAreWrittenOnlyByCollaborators() async throws {
        try await ConnectGround.with { ground in
            let (susan, derek) = (try ground.board("susan"), try ground.board("derek"))
            let asked = try await ground.requests {
                let error = await thrown { () throws(EngineError) in
                    try await derek.write(["f": [1]], to: "susan/pin")
                }
                #expect(error?.code == .notPermitted)
                #expect(error?.message.contains("derek") == true)
                #expect(error?.message.contains("susan/pin") == true)
            }
            #expect(asked.allSatisfy { $0.method == "GET" })
            try await ground.board("susan") { $0.access = .all }.write(["f": [1]], to: "pin")
            let refused = await thrown { () throws(EngineError) in
                try await derek.write(["f": [2]], to: "susan/pin")
            }
            #expect(refused?.code == .notPermitted)
            #expect(refused?.message.contains("connected as derek") == true)
            #expect(refused?.message.contains("susan") == true)
            for verb in ["delete", "prune"] {
                let error = await thrown { () throws(EngineError) in
                    _ =
                        verb == "delete"
                        ? try await derek.delete("susan/pin")
                        : try await derek.prune("susan/pin", .keep(1))
                }
                #expect(error?.code == .notPermitted, "\(verb)")
            }
            let guid = try await ground.guid(of: "pin")
            let user = try await ground.api(.get, "/__api__/v1/user", user: "derek")
            _ = try await ground.api(
                .post, "/__api__/v1/content/\(guid)/permissions",
                #"{"principal_guid": "\#(user["guid"] as? String ?? "")", "role": "owner"}"#)
            try await derek.write(["f": [2]], to: "susan/pin")
            #expect(try await susan.bytes("pin") == [2])
            // Each has a pin of that name.
            try await derek.write(["f": [3]], to: "pin")
            #expect(try await derek.bytes("derek/pin") == [3])
            #expect(try await derek.bytes("susan/pin") == [2])
        }
    }

    @Test func differencesSizesAndSoundnessAreTold() async throws {
        try await ConnectGround.with { ground in
            let board = try ground.board()
            let old = Corpus(.random, byteCount: 1_500_000, seed: 8).bytes()
            var new = old
            new.replaceSubrange(700_000..<700_010, with: [UInt8](repeating: 1, count: 10))
            let first = try await board.write(["a": old, "same": [1, 2, 3, 4]], to: "pin").info
            let second = try await board.write(["a": new, "same": [1, 2, 3, 4]], to: "pin").info
            let diff = try await board.diff("pin", .named(first.version), .latest)
            #expect(diff.changedByteCount > 10 && diff.changedByteCount < 1_000_000)
            #expect(!diff.changed.contains { $0.file == "same" })
            let statistics = try await board.statistics()
            #expect(statistics.pinCount == 1 && statistics.versionCount == 2)
            #expect(statistics.storedByteCount > UInt64(2 * old.count))
            var options = VerifyOptions()
            options.readsData = true
            let sound = try await board.form.verify(options, progress: nil)
            #expect(sound.isSound && sound.checkedByteCount > UInt64(2 * old.count))
            try await ground.damage(
                try await ground.guid(of: "pin"), second.version, "same")
            let hurt = try await board.form.verify(options, progress: nil)
            #expect(hurt.problems.map(\.object) == ["susan/pin/\(second.version)"])
            let error = await thrown { () throws(EngineError) in try await board.bytes("pin") }
            #expect(error?.code == .corrupt)
            #expect(try await board.bytes("pin", first.version) == old)
        }
    }
}
