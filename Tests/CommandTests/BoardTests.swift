// What boards tell about their pins, and what changes them without data: list, search, versions,
// labels, edit, diff, delete, prune, gc, verify, stats.

import Foundation
import Testing

@Suite struct BoardTests {
    private let scratch: Scratch
    private let board: String

    init() throws {
        scratch = try Scratch()
        board = scratch.path("board")
        try succeed("init", board)
    }

    /// Writes a version and returns its name.
    private func write(_ pin: String, _ content: Data, _ options: String...) throws -> String {
        let file = try scratch.file("input/data.csv", content)
        let outcome = try Tool.run(["write", board, pin, file] + options)
        #expect(outcome.status == 0, "\(outcome.error)")
        return outcome.text.trimmingCharacters(in: .newlines)
    }

    @Test func listAndSearchShowEveryPin() throws {
        _ = try write("b", Data("b".utf8), "--title", "Bees", "--tag", "insects")
        _ = try write("a/x", Data("x".utf8), "--metadata", #"{"season": "autumn"}"#)
        _ = try write("b", Data("bb".utf8), "--description", "in spring")
        let list = try succeed("list", board, "--json").json(as: [[String: Any]].self)
        #expect(list.map { $0["name"] as? String } == ["a/x", "b"])
        let keys: Set = ["name", "title", "type", "created", "size", "versions"]
        #expect(Set(list[0].keys).isSuperset(of: keys))
        #expect(list[1]["versions"] as? Int == 2 && list[1]["size"] as? Int == 2)
        #expect(list[1]["title"] as? String == "b: a pinned .csv file")
        let lines = try succeed("list", board).text.split(separator: "\n")
        #expect(lines.count == 3 && lines[0].hasPrefix("name") && lines[1].hasPrefix("a/x "))
        for (text, names) in [
            ("autumn", ["a/x"]), ("SPRING", ["b"]), ("a/", ["a/x"]), ("none", []),
        ] {
            let found = try succeed("search", board, text, "--json").json(as: [[String: Any]].self)
            #expect(found.compactMap { $0["name"] as? String } == names, "\(text)")
        }
    }

    @Test func versionsAndLabels() throws {
        let first = try write("t", Data("1".utf8))
        let second = try write("t", Data("2".utf8))
        #expect(try succeed("label", board, "t", "prod", first).text == first + "\n")
        #expect(try succeed("label", board, "t", "new").text == second + "\n")
        let versions = try succeed("versions", board, "t", "--json").json(as: [[String: Any]].self)
        let keys: Set = [
            "version", "created", "pin_hash", "size", "labels", "files", "parent", "new_bytes",
        ]
        #expect(Set(versions[0].keys) == keys)
        #expect(versions.map { $0["parent"] as? String } == [nil, first])
        #expect(versions.map { $0["version"] as? String } == [first, second])
        #expect(versions.map { $0["labels"] as? [String] } == [["prod"], ["new"]])
        #expect(try succeed("versions", board, "t").text.contains(first))
        let meta = try succeed("meta", board, "t", "--version", "prod", "--json").json()
        #expect(meta["version"] as? String == first && meta["labels"] as? [String] == ["prod"])
        try succeed("label", board, "t", "prod", "--remove")
        expectFailure(try Tool.run(["meta", board, "t", "--version", "prod"]), 66)
        expectFailure(try Tool.run(["label", board, "t", "prod", "--remove"]), 66)
        expectFailure(try Tool.run(["label", board, "t", "a/b"]), 64)
        expectFailure(try Tool.run(["label", board, "t", "x", "--remove", first]), 64)
        expectFailure(try Tool.run(["label", board, "none", "x"]), 66)
    }

    @Test func editStoresNoDataAgain() throws {
        let first = try write("t", noise(500_000, seed: 3), "--tag", "a", "--description", "d")
        let outcome = try succeed(
            "edit", board, "t", "--title", "New", "--tag", "b", "--description", "", "--json")
        let document = try outcome.json()
        #expect(document["new_bytes"] as? Int == 0 && document["version"] as? String != first)
        #expect((document["stored_bytes"] as? Int ?? .max) < 100_000)
        let meta = try succeed("meta", board, "t", "--json").json()
        #expect(meta["title"] as? String == "New" && meta["tags"] as? [String] == ["b"])
        #expect(meta["description"] is NSNull)
        expectFailure(try Tool.run(["edit", board, "none", "--title", "x"]), 66)
        expectFailure(try Tool.run(["edit", board, "t", "--metadata", "[1]"]), 64)
    }

    @Test func diffShowsWhatIsNew() throws {
        var data = noise(2_000_000, seed: 5)
        let first = try write("t", data)
        data.replaceSubrange(1_000_000..<1_000_010, with: Data(repeating: 0, count: 10))
        let second = try write("t", data)
        let document = try succeed("diff", board, "t", first, second, "--json").json()
        #expect(Set(document.keys) == ["changed", "changed_bytes", "total_bytes"])
        #expect(document["total_bytes"] as? Int == 2_000_000)
        let changed = try #require(document["changed"] as? [[String: Any]])
        #expect(changed.count == 1 && Set(changed[0].keys) == ["file", "start", "end"])
        let (start, end) = (changed[0]["start"] as? Int ?? 0, changed[0]["end"] as? Int ?? 0)
        #expect(start <= 1_000_000 && end >= 1_000_010 && end - start < 1_000_000)
        #expect(document["changed_bytes"] as? Int == end - start)
        #expect(
            try succeed("diff", board, "t", first, "latest").text.contains("% ) are new") == false)
        #expect(try succeed("diff", board, "t", first, "latest").text.contains("%) are new"))
        let same = try succeed("diff", board, "t", second, "latest", "--json").json()
        #expect(same["changed_bytes"] as? Int == 0)
        expectFailure(try Tool.run(["diff", board, "t", first, "nope"]), 66)
    }

    @Test func deleteRemovesOneVersionOrAll() throws {
        let versions = try (0..<3).map { try write("t", Data("\($0)".utf8)) }
        let one = try succeed("delete", board, "t", "--version", versions[1], "--json").json()
        #expect(one["deleted"] as? [String] == [versions[1]])
        expectFailure(try Tool.run(["read", board, "t", "--version", versions[1]]), 66)
        #expect(try succeed("read", board, "t").text == "2")
        let rest = try succeed("delete", board, "t")
        #expect(rest.text == "\(versions[0])\n\(versions[2])\n")
        expectFailure(try Tool.run(["read", board, "t"]), 66)
        expectFailure(try Tool.run(["delete", board, "t"]), 66)
        #expect(try succeed("list", board).output.isEmpty)
    }

    @Test func pruneKeepsTheLatest() throws {
        let versions = try (0..<4).map { try write("t", Data("\($0)".utf8)) }
        let dry = try succeed("prune", board, "t", "--keep", "2", "--dry-run", "--json").json()
        #expect(dry["deleted"] as? [String] == Array(versions[..<2]))
        #expect(try succeed("versions", board, "t", "--json").json(as: [Any].self).count == 4)
        #expect(try succeed("prune", board, "t", "--keep", "2").text.contains(versions[0]))
        #expect(try succeed("versions", board, "t", "--json").json(as: [Any].self).count == 2)
        try succeed("prune", board, "t", "--days", "30")
        #expect(try succeed("versions", board, "t", "--json").json(as: [Any].self).count == 2)
        try succeed("prune", board, "t", "--keep", "1")
        #expect(try succeed("read", board, "t").text == "3")
        expectFailure(try Tool.run(["prune", board, "none", "--keep", "1"]), 66)
    }

    @Test func collectionFreesWhatWasDeleted() throws {
        let first = try write("t", noise(1_000_000, seed: 1))
        _ = try write("t", Data("small".utf8))
        try succeed("delete", board, "t", "--version", first)
        let keys: Set = ["condemned_packs", "deleted_packs", "repacked_packs", "freed_bytes"]
        let dry = try succeed("gc", board, "--exclusive", "--dry-run", "--json").json()
        #expect(Set(dry.keys).isSuperset(of: keys))
        let condemned = try succeed("gc", board, "--grace", "0", "--json").json()
        #expect((condemned["condemned_packs"] as? Int ?? 0) > 0)
        #expect((condemned["freed_bytes"] as? Int ?? 0) < 1_000_000)
        let freed = try succeed("gc", board, "--grace", "0", "--json").json()
        #expect((freed["freed_bytes"] as? Int ?? 0) >= 1_000_000)
        #expect(try succeed("read", board, "t").text == "small")
        try succeed("verify", board, "--data")
    }

    @Test func exclusiveCollectionFreesAtOnce() throws {
        _ = try write("t", noise(1_000_000, seed: 1))
        try succeed("delete", board, "t")
        let report = try succeed("gc", board, "--exclusive", "--json").json()
        #expect((report["freed_bytes"] as? Int ?? 0) >= 1_000_000)
        #expect(try succeed("verify", board, "--data", "--json").json()["ok"] as? Bool == true)
    }

    @Test func statisticsAddUp() throws {
        let data = noise(300_000, seed: 9)
        let version = try write("a", data)
        _ = try write("b", data)
        let stats = try succeed("stats", board, "--json").json()
        let keys: Set = [
            "pins", "versions", "logical_bytes", "unique_bytes", "stored_bytes", "chunks", "packs",
            "index_bytes",
        ]
        #expect(Set(stats.keys).isSuperset(of: keys))
        #expect(stats["pins"] as? Int == 2 && stats["versions"] as? Int == 2)
        #expect(stats["logical_bytes"] as? Int == 600_000)
        #expect(stats["unique_bytes"] as? Int == 300_000)
        #expect((stats["stored_bytes"] as? Int ?? 0) >= 300_000)
        let one = try succeed("stats", board, "a", "--json").json()
        #expect(one["pins"] as? Int == 1 && one["logical_bytes"] as? Int == 300_000)
        let text = try succeed("stats", board, "a").text
        #expect(text.contains(version) && text.contains("KiB"))
        expectFailure(try Tool.run(["stats", board, "none"]), 66)
    }

    @Test func parityIsShownAndMendsWhatRots() throws {
        for wrong in ["0", "101%", "5%%", "-3", "five", "5.5", "%", ""] {
            let place = scratch.path("wrong")
            expectFailure(try Tool.run(["init", place, "--parity=\(wrong)"]), 64)
            #expect(!FileManager.default.fileExists(atPath: place))
        }
        let place = scratch.path("archive")
        let made = try succeed("init", place, "--parity", "5%", "--json").json()
        #expect(made["parity_percent"] as? Int == 5)
        #expect(
            try succeed("init", scratch.path("bare"), "--json").json()["parity_percent"] is NSNull)
        #expect(
            try succeed("init", scratch.path("seven"), "--parity", "7", "--json").json()[
                "parity_percent"] as? Int == 7)
        let data = noise(400_000, seed: 31)
        try succeed("write", place, "t", try scratch.file("input/t", data))
        let stats = try succeed("stats", place, "--json").json()
        #expect(stats["parity_percent"] as? Int == 5)
        #expect((stats["parity_bytes"] as? Int ?? 0) > 20_000)
        #expect(try succeed("stats", place).text.contains("5 % of each pack"))
        #expect(try succeed("inspect", place + "/config").text.contains("parity: 5"))
        let names = try scratch.names(in: "archive/parity")
        #expect(names == (try scratch.names(in: "archive/packs")) && !names.isEmpty)
        for name in names {
            let shown = try succeed("inspect", "\(place)/parity/\(name)").text
            #expect(shown.contains("parity blocks each") && shown.contains("(matches)"))
        }
        // A bad region in the largest pack.
        let packs = try names.map { name in
            let file = URL(fileURLWithPath: "\(place)/packs/\(name)")
            return (file: file, bytes: try Data(contentsOf: file))
        }
        let largest = try #require(packs.max { $0.bytes.count < $1.bytes.count })
        var bytes = largest.bytes
        bytes.replaceSubrange(100_000..<119_000, with: Data(repeating: 0, count: 19_000))
        try bytes.write(to: largest.file)
        let found = try Tool.run(["verify", place, "--data"])
        #expect(found.status == 65)
        #expect(found.text.contains("its parity can mend it"), "\(found.text)")
        let mended = try succeed("verify", place, "--data", "--repair")
        #expect(mended.text.contains("made whole from 'parity/"), "\(mended.text)")
        #expect(try succeed("read", place, "t").output == data)
        try succeed("gc", place, "--exclusive")
        let sound = try succeed("verify", place, "--data", "--json").json()
        #expect(sound["ok"] as? Bool == true && sound["orphans"] as? Int == 0)
    }

    @Test func damageIsFoundAndNamed() throws {
        let version = try write("t", noise(400_000, seed: 21))
        let sound = try succeed("verify", board, "--data", "--json").json()
        #expect(Set(sound.keys) == ["ok", "objects", "bytes_checked", "orphans", "problems"])
        #expect(sound["ok"] as? Bool == true && (sound["bytes_checked"] as? Int ?? 0) >= 400_000)
        let pack = try largest(in: "board/packs")
        var bytes = try scratch.content("board/packs/\(pack)")
        bytes[bytes.count / 2] ^= 1
        try scratch.file("board/packs/\(pack)", bytes)
        let outcome = try Tool.run(["verify", board, "--data", "--json"])
        #expect(outcome.status == 65 && outcome.errorLines.count == 1)
        let report = try outcome.json()
        #expect(report["ok"] as? Bool == false)
        let problems = try #require(report["problems"] as? [[String: Any]])
        #expect(problems.contains { $0["object"] as? String == "packs/\(pack)" })
        #expect(problems.contains { ($0["versions"] as? [String])?.contains(version) == true })
        let keys = Set(problems.flatMap(\.keys))
        #expect(keys.isSuperset(of: ["object", "what", "versions"]))
        let text = try Tool.run(["verify", board, "--data"])
        #expect(text.status == 65 && text.text.contains(version) && text.text.contains(pack))
        let read = try Tool.run(["read", board, "t", "-o", scratch.path("out")])
        expectFailure(read, 65)
        #expect(!scratch.exists("out"))
    }

    private func largest(in folder: String) throws -> String {
        let sizes = try scratch.names(in: folder).map {
            ($0, try scratch.content("\(folder)/\($0)").count)
        }
        return try #require(sizes.max { $0.1 < $1.1 }?.0)
    }
}
