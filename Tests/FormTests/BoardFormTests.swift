import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Testing

@testable import Pins

/// Goal: one behaviour on every kind of board. Method: the same laws over all of them; where a kind
/// has its own way, ``FormTraits`` says so, and nothing else does.
@Suite struct BoardFormTests {
    private func withBoard(_ kind: FormKind, _ body: (Board) async throws -> Void) async throws {
        try await kind.with(body)
    }

    private func meta(_ title: String, created: Int64 = 1_700_000_000) -> VersionMetadata {
        VersionMetadata(
            createdSeconds: created, type: "csv", title: title, description: "über Städte",
            tags: ["a", "b c"], urls: ["https://example.org/?q=1"],
            userJSON: Array(#"{"n": [1, 2.5, null, true], "t": "12345678e1234567"}"#.utf8))
    }

    @Test(arguments: FormKind.available)
    func aVersionComesBackInEveryField(kind: FormKind) async throws {
        let traits = FormTraits.of(kind)
        try await withBoard(kind) { board in
            let bytes = Corpus(.csv, byteCount: 700_000, seed: 3).bytes()
            let written = try await board.write(["d.csv": bytes], to: "pin", meta("T: x"))
            #expect(!written.isUnchanged && written.storedByteCount > 0)
            #expect(written.info.version.contains(try Regex(traits.versionName)))
            #expect(written.info.pin == traits.owner + "pin")
            let version = try await board.version("pin")
            #expect(version.info.version == written.info.version)
            #expect(version.info.pinHash == written.info.pinHash)
            #expect(version.info.byteCount == UInt64(bytes.count))
            var metadata = version.info.metadata
            let json = String(decoding: metadata.userJSON ?? [], as: UTF8.self)
            #expect(json.filter { $0 != " " } == #"{"n":[1,2.5,null,true],"t":"12345678e1234567"}"#)
            metadata.userJSON = meta("").userJSON
            #expect(metadata == meta("T: x"))
            #expect(version.files.map(\.path) == ["d.csv"])
            #expect(try await version.bytes(version.files[0]) == bytes)
            #expect(
                try await version.bytes(version.files[0], range: 1_000..<301_000)
                    == Array(bytes[1_000..<301_000]))
            let listed = try await board.list()
            #expect(listed.map(\.name) == [traits.owner + "pin"])
            #expect(listed[0].versionCount == (traits.countsVersions ? 1 : 0))
            #expect(listed[0].byteCount == UInt64(bytes.count) && listed[0].metadata.type == "csv")
        }
    }

    @Test(arguments: FormKind.available)
    func filesAndFoldersKeepTheirPaths(kind: FormKind) async throws {
        try await withBoard(kind) { board in
            let files: [String: [UInt8]] = [
                "a.txt": [1], "deep/er/b.txt": [2, 3], "deep/a.txt": [], "ü ö.bin": [4],
            ]
            try await board.write(files, to: "tree")
            let version = try await board.version("tree")
            #expect(Set(version.files.map(\.path)) == Set(files.keys))
            for file in version.files {
                #expect(try await version.bytes(file) == files[file.path])
            }
            for bad in [["a": [1], "a/b": [2]], ["../x": [1]], ["/x": [1]], ["a//b": [1]]]
                as [[String: [UInt8]]]
            {
                let code = await failure { () throws(EngineError) in
                    try await board.write(bad, to: "refused")
                }
                #expect(code == .usage, "\(bad.keys)")
            }
            #expect(try await board.list().count == 1)
        }
    }

    @Test(arguments: FormKind.available)
    func onlyWhatEqualsTheLatestVersionIsSkipped(kind: FormKind) async throws {
        try await withBoard(kind) { board in
            let first = try await board.write(["f": [1]], to: "pin", meta("one"))
            var later = meta("one")
            later.createdSeconds += 10
            // The time of a write is not its content.
            let same = try await board.write(["f": [1]], to: "pin", later)
            #expect(same.isUnchanged && same.info.version == first.info.version)
            let titled = try await board.write(["f": [1]], to: "pin", meta("two"))
            #expect(!titled.isUnchanged)
            let named = try await board.write(["g": [1]], to: "pin", meta("two"))
            #expect(!named.isUnchanged)
            try await board.write(["f": [2]], to: "pin", meta("one"))
            let back = try await board.write(["f": [1]], to: "pin", meta("one"))
            #expect(!back.isUnchanged)
            var forced = WriteRequest(
                pin: "pin", files: [InputFile(path: "f", source: BytesSource([1]))],
                metadata: meta("one"))
            forced.forcesIdentical = true
            #expect(try await !board.write(forced).isUnchanged)
            let names = try await board.versions("pin").map(\.version)
            #expect(names.count == 6 && Set(names).count == 6)
            #expect(names == FormTraits.of(kind).sorted(names))
        }
    }

    @Test(arguments: FormKind.available)
    func anUnversionedWriteReplacesTheOnlyVersion(kind: FormKind) async throws {
        try await withBoard(kind) { board in
            func write(_ byte: UInt8) async throws(EngineError) -> WrittenVersion {
                var request = WriteRequest(
                    pin: "pin", files: [InputFile(path: "f", source: BytesSource([byte]))],
                    metadata: meta("one"))
                request.replacesOnlyVersion = true
                return try await board.write(request)
            }
            _ = try await write(1)
            // What pins for Python loses here: the same content once more.
            #expect(try await write(1).isUnchanged)
            #expect(try await board.versions("pin").count == 1)
            let second = try await write(2)
            #expect(try await board.versions("pin").map(\.version) == [second.info.version])
            try await board.write(["f": [3]], to: "pin")
            let code = await failure { () throws(EngineError) in try await write(4) }
            #expect(code == .cannotCreate)
            #expect(try await board.versions("pin").count == 2)
        }
    }

    @Test(arguments: FormKind.available)
    func anEditIsAVersionWithTheSameContent(kind: FormKind) async throws {
        let traits = FormTraits.of(kind)
        try await withBoard(kind) { board in
            let bytes = Corpus(.random, byteCount: 300_000, seed: 1).bytes()
            let first = try await board.write(["f": bytes], to: "pin", meta("old"))
            let edited = try await board.edit("pin") { metadata in
                metadata.title = "new"
                metadata.tags = []
            }
            let names = [first.info.version, edited.info.version]
            #expect(!edited.isUnchanged && names == traits.sorted(names) && Set(names).count == 2)
            #expect((edited.storedByteCount < 100_000) == traits.sharesContent)
            let version = try await board.version("pin")
            #expect(version.info.metadata.title == "new" && version.info.metadata.tags == [])
            #expect(version.info.metadata.urls == meta("").urls)
            #expect(version.info.pinHash == first.info.pinHash)
            #expect(try await version.bytes(version.files[0]) == bytes)
            #expect(try await board.edit("pin") { $0.title = "new" }.isUnchanged)
            // Deleting the version it came from takes nothing away from it.
            _ = try await board.delete("pin", version: .named(first.info.version))
            let left = try await board.version("pin")
            #expect(try await left.bytes(left.files[0]) == bytes)
            let code = await failure { () throws(EngineError) in
                try await board.edit("other") { _ in }
            }
            #expect(code == .notFound)
        }
    }

    @Test(arguments: FormKind.available)
    func versionsAreSelectedByNameAndPrefix(kind: FormKind) async throws {
        let traits = FormTraits.of(kind)
        try await withBoard(kind) { board in
            let first = try await board.write(["f": [1]], to: "pin").info.version
            try await board.write(["f": [2]], to: "pin")
            func byte(_ text: String?) async throws(EngineError) -> [UInt8] {
                let version = try await board.version("pin", VersionSelector(text))
                return try await version.bytes(version.files[0])
            }
            #expect(try await byte(nil) == [2])
            #expect(try await byte("latest") == [2])
            #expect(try await byte(first) == [1])
            if traits.hasPrefixes {
                #expect(try await byte(String(first.prefix(16))) == [1])
                let ambiguous = await failure { () throws(EngineError) in
                    try await byte(String(first.prefix(8)))
                }
                #expect(ambiguous == .usage)
            }
            for text in ["nope", "20010101T000000Z-00000", String(first.prefix(7)) + "/", ""] {
                let code = await failure { () throws(EngineError) in try await byte(text) }
                #expect(code == .notFound, "\(text)")
            }
        }
    }

    @Test(arguments: FormKind.available)
    func labelsPointAtVersions(kind: FormKind) async throws {
        try await withBoard(kind) { board in
            let first = try await board.write(["f": [1]], to: "pin").info.version
            let second = try await board.write(["f": [2]], to: "pin").info.version
            func byte(_ text: String) async throws(EngineError) -> [UInt8] {
                let version = try await board.version("pin", VersionSelector(text))
                return try await version.bytes(version.files[0])
            }
            guard FormTraits.of(kind).hasLabels else {
                let refused = await failure { () throws(EngineError) in
                    try await board.setLabel("prod", of: "pin")
                }
                #expect(refused == .usage)
                return
            }
            #expect(try await board.setLabel("prod", of: "pin", to: .named(first)) == first)
            #expect(try await byte("prod") == [1])
            #expect(try await board.versions("pin").map(\.labels) == [["prod"], []])
            #expect(try await board.setLabel("prod", of: "pin") == second)
            #expect(try await byte("prod") == [2])
            #expect(try await board.versions("pin").map(\.labels) == [[], ["prod"]])
            _ = try await board.setLabel("dev", of: "pin", to: .named(second))
            #expect(try await board.version("pin").info.labels == ["dev", "prod"])
            try await board.removeLabel("dev", of: "pin")
            let gone = await failure { () throws(EngineError) in
                try await board.removeLabel("dev", of: "pin")
            }
            #expect(gone == .notFound)
            for label in ["latest", "", "a/b", "..", first] {
                let code = await failure { () throws(EngineError) in
                    try await board.setLabel(label, of: "pin")
                }
                #expect(code == .usage, "\(label)")
            }
            // A label goes with its version.
            _ = try await board.delete("pin", version: .named("prod"))
            let code = await failure { () throws(EngineError) in try await byte("prod") }
            #expect(code == .notFound)
        }
    }

    @Test(arguments: FormKind.available)
    func deletingTakesAVersionOrThePin(kind: FormKind) async throws {
        let traits = FormTraits.of(kind)
        try await withBoard(kind) { board in
            for byte: UInt8 in 1...4 { try await board.write(["f": [byte]], to: "pin") }
            try await board.write(["f": [9]], to: "other")
            let names = try await board.versions("pin").map(\.version)
            #expect(try await board.delete("pin", version: .named(names[1])) == [names[1]])
            #expect(try await board.delete("pin", version: .latest) == [names[3]])
            #expect(try await board.versions("pin").map(\.version) == [names[0], names[2]])
            let version = try await board.version("pin")
            #expect(try await version.bytes(version.files[0]) == [3])
            let code = await failure { () throws(EngineError) in
                try await board.delete("pin", version: .named(names[1]))
            }
            #expect(code == .notFound)
            #expect(Set(try await board.delete("pin")) == [names[0], names[2]])
            #expect(try await board.list().map(\.name) == [traits.owner + "other"])
            for pin in ["pin", "never"] {
                let code = await failure { () throws(EngineError) in try await board.delete(pin) }
                #expect(code == .notFound)
            }
            // What is gone can come again, and the last version may go as well.
            try await board.write(["f": [7]], to: "pin")
            #expect(try await board.versions("pin").count == 1)
            let last = await outcome { () throws(EngineError) in
                try await board.delete("pin", version: .latest)
            }
            guard traits.deletesOnlyVersion else {
                #expect(throws: EngineError.self) { try last.get() }
                #expect(try await board.versions("pin").count == 1)
                return
            }
            #expect(try last.get().count == 1)
            #expect(try await board.list().map(\.name) == ["other"])
        }
    }

    @Test(arguments: FormKind.available)
    func pruningKeepsTheNewest(kind: FormKind) async throws {
        try await withBoard(kind) { board in
            for byte: UInt8 in 1...5 { try await board.write(["f": [byte]], to: "pin") }
            let names = try await board.versions("pin").map(\.version)
            #expect(
                try await board.prune("pin", .keep(2), isDryRun: true) == Array(names.prefix(3)))
            #expect(try await board.versions("pin").count == 5)
            #expect(try await board.prune("pin", .keep(2)) == Array(names.prefix(3)))
            #expect(try await board.versions("pin").map(\.version) == Array(names.suffix(2)))
            #expect(try await board.prune("pin", .days(1)).isEmpty)
            let code = await failure { () throws(EngineError) in
                try await board.prune("other", .keep(1))
            }
            #expect(code == .notFound)
        }
    }

    @Test(arguments: FormKind.available)
    func searchLooksEverywhere(kind: FormKind) async throws {
        let owner = FormTraits.of(kind).owner
        try await withBoard(kind) { board in
            try await board.write(["f": [1]], to: "cities", meta("Größe"))
            try await board.write(["f": [2]], to: "cars")
            for (text, names) in [
                ("", ["cars", "cities"]), ("CIT", ["cities"]), ("größe", ["cities"]),
                ("STÄDTE", ["cities"]), ("b c", ["cities"]), ("\"n\"", ["cities"]),
                ("none of it", []),
            ] {
                let found = try await board.search(text).map(\.name)
                #expect(found == names.map { owner + $0 }, "'\(text)'")
            }
        }
    }

    @Test(arguments: FormKind.available)
    func hashesAreComparedBeforeAnythingIsHandedOut(kind: FormKind) async throws {
        try await withBoard(kind) { board in
            let written = try await board.write(["f": [1, 2, 3]], to: "pin")
            let version = try await board.version("pin")
            let file = version.files[0]
            let hash = written.info.pinHash
            let flat = try await version.content.sha256(of: file, progress: nil).hex
            #expect(flat == "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81")
            for good in [hash, String(hash.prefix(8)), hash.uppercased(), flat] {
                try await version.checkHash(good, file: file)
            }
            for (bad, wanted) in [
                ("00000000", EngineError.Code.corrupt), (String(hash.prefix(7)), .usage),
                ("xyzxyzxy", .usage), (String(repeating: "0", count: 65), .usage),
            ] {
                let code = await failure { () throws(EngineError) in
                    try await version.checkHash(bad, file: file)
                }
                #expect(code == wanted, "\(bad)")
            }
        }
    }

    @Test(arguments: FormKind.available)
    func writersSideBySideLoseNothing(kind: FormKind) async throws {
        let traits = FormTraits.of(kind)
        try await withBoard(kind) { board in
            let results = await withTaskGroup(of: Result<WrittenVersion, EngineError>.self) {
                group in
                for number in 0..<12 as Range<UInt8> {
                    group.addTask {
                        await outcome { () throws(EngineError) in
                            try await board.write(["f": [number]], to: "pin\(number % 3)")
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            var names: Set<String> = []
            for result in results {
                let info = try result.get().info
                names.insert("\(info.pin) \(info.version)")
            }
            #expect(names.count == 12)
            var seen: Set<[UInt8]> = []
            for pin in ["pin0", "pin1", "pin2"] {
                let versions = try await board.versions(pin).map(\.version)
                #expect(versions.count == 4 && versions == traits.sorted(versions))
                for name in versions {
                    #expect(names.contains("\(traits.owner)\(pin) \(name)"))
                    let version = try await board.version(pin, .named(name))
                    seen.insert(try await version.bytes(version.files[0]))
                }
            }
            #expect(seen.count == 12)
        }
    }

    @Test(arguments: FormKind.available)
    func differencesSizesAndSoundnessAreTold(kind: FormKind) async throws {
        try await withBoard(kind) { board in
            let old = Corpus(.random, byteCount: 3_000_000, seed: 8).bytes()
            var new = old
            new.replaceSubrange(1_500_000..<1_500_010, with: [UInt8](repeating: 1, count: 10))
            let first = try await board.write(["a": old, "same": [1]], to: "pin").info.version
            try await board.write(["a": new, "same": [1], "more": [1, 2]], to: "pin")
            let diff = try await board.diff("pin", .named(first), .latest)
            #expect(diff.totalByteCount == UInt64(new.count) + 3)
            #expect(diff.changedByteCount > 10 && diff.changedByteCount < 2_500_000)
            #expect(
                diff.changed.contains {
                    $0.file == "a" && $0.start <= 1_500_000 && $0.end >= 1_500_010
                })
            #expect(diff.changed.contains { $0.file == "more" && $0.start == 0 && $0.end == 2 })
            #expect(!diff.changed.contains { $0.file == "same" })
            let statistics = try await board.statistics()
            #expect(statistics.pinCount == 1 && statistics.versionCount == 2)
            #expect(statistics.logicalByteCount == UInt64(old.count + new.count) + 4)
            #expect(statistics.storedByteCount > UInt64(old.count))
            var options = VerifyOptions()
            options.readsData = true
            let report = try await board.form.verify(options, progress: nil)
            #expect(report.isSound && report.checkedByteCount > UInt64(old.count))
            _ = try await board.collect()
            let version = try await board.version("pin")
            #expect(try await version.bytes(version.files[0]) == new)
        }
    }
}
