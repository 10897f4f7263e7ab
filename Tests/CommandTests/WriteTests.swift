// `init` and `write`: what is stored, what is said, what is refused.

import Foundation
import Testing

@Suite struct WriteTests {
    private static let keys: Set = [
        "name", "version", "pin_hash", "created", "files", "size", "chunks", "new_chunks",
        "new_bytes", "stored_bytes", "unchanged",
    ]

    @Test func aBoardIsMadeOnce() throws {
        let scratch = try Scratch()
        let board = scratch.path("board")
        let made = try succeed("init", board, "--chunk-average", "128KiB", "--level", "9", "--json")
        #expect(try made.json()["chunk_average"] as? Int == 131_072)
        let before = try FileManager.default.subpathsOfDirectory(atPath: board).sorted()
        expectFailure(try Tool.run(["init", board]), 73, saying: board)
        #expect(try FileManager.default.subpathsOfDirectory(atPath: board).sorted() == before)
        #expect(try succeed("list", board).output.isEmpty)
        #expect(try succeed("list", board, "--json").json(as: [Any].self).isEmpty)
    }

    @Test func aBoardRemembersTheClosureItWasMadeWith() throws {
        let scratch = try Scratch()
        let board = scratch.path("board")
        try succeed("init", board, "--closure-frames", "2")
        #expect(try succeed("inspect", board + "/config").text.contains("closure frames: 2"))
    }

    @Test func aWriteTellsWhatItDid() throws {
        let scratch = try Scratch()
        let (board, file) = (scratch.path("board"), try scratch.file("a.csv", "x,y\n1,2\n"))
        let outcome = try succeed("write", board, "owner/table", file, "--json")
        #expect(outcome.error == "Writing to pin 'owner/table'\n")
        let document = try outcome.json()
        #expect(Set(document.keys) == Self.keys)
        #expect(document["name"] as? String == "owner/table")
        #expect(document["size"] as? Int == 8 && document["unchanged"] as? Bool == false)
        #expect((document["stored_bytes"] as? Int ?? 0) > 8)
        let version = try #require(document["version"] as? String)
        let hash = try #require(document["pin_hash"] as? String)
        #expect(version.wholeMatch(of: /\d{8}T\d{6}Z-[0-9a-f]{5}/) != nil)
        #expect(hash.count == 64 && version.hasSuffix("-" + hash.prefix(5)))
        #expect((document["created"] as? String)?.hasSuffix("Z") == true)
        let files = try #require(document["files"] as? [[String: Any]])
        #expect(files.count == 1 && Set(files[0].keys) == ["name", "size", "sha256"])
        #expect(files[0]["name"] as? String == "a.csv")
        let digest = "81bf9fa83c6f7f151bd491a98cd7d933de3965289e3ebd77c6c425f7eaa16392"
        #expect(files[0]["sha256"] as? String == digest, "what sha256sum prints")
    }

    @Test func severalPathsKeepTheirLastComponent() throws {
        let scratch = try Scratch()
        let board = scratch.path("board")
        let file = try scratch.file("a.csv", "0")
        for folder in ["one", "two", "deep/one"] { try scratch.file("\(folder)/a.csv", folder) }
        let (one, two) = (scratch.path("one"), scratch.path("two/"))
        try succeed("write", board, "t", one, two, file)
        let files = try succeed("meta", board, "t", "--json").json()["files"]
        let names = try #require(files as? [[String: Any]]).compactMap { $0["name"] as? String }
        #expect(names == ["a.csv", "one/a.csv", "two/a.csv"])
        expectFailure(try Tool.run(["write", board, "u", one, scratch.path("deep/one")]), 64)
        // A link to a folder, followed, is the folder.
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path("deep/link"), withDestinationPath: "../two")
        expectFailure(try Tool.run(["write", board, "v", scratch.path("deep")]), 64)
        try succeed("write", board, "v", scratch.path("deep"), "--follow-symlinks")
        #expect(try succeed("read", board, "v", "link/a.csv").text == "two")
    }

    @Test func aTrialNeedsNoBoard() throws {
        let scratch = try Scratch()
        let (board, file) = (scratch.path("board"), try scratch.file("a.csv", "x,y\n1,2\n"))
        let document = try succeed("write", board, "t", file, "--dry-run", "--json").json()
        #expect(document["new_bytes"] as? Int == 8)
        #expect(!scratch.exists("board"))
    }

    @Test func theSameDataIsNotWrittenTwice() throws {
        let scratch = try Scratch()
        let (board, file) = (scratch.path("board"), try scratch.file("a.csv", "x,y\n1,2\n"))
        let first = try succeed("write", board, "t", file)
        let second = try succeed("write", board, "t", file)
        let words = "The hash of pin \"t\" has not changed. Your pin will not be stored.\n"
        #expect(second.error == words)
        #expect(first.text == second.text, "the latest version's name is printed")
        let third = try succeed("write", board, "t", file, "--json").json()
        #expect(third["unchanged"] as? Bool == true && third["stored_bytes"] as? Int == 0)
        let forced = try succeed("write", board, "t", file, "--force-identical-write")
        #expect(forced.text != first.text && forced.error == "Writing to pin 't'\n")
        let retitled = try succeed("write", board, "t", file, "--title", "other")
        #expect(retitled.text != forced.text, "other metadata is another version")
        #expect(try succeed("versions", board, "t", "--json").json(as: [Any].self).count == 3)
        #expect(try succeed("write", board, "t", file, "--title", "other", "--quiet").error.isEmpty)
    }

    @Test func metadataIsKept() throws {
        let scratch = try Scratch()
        let (board, file) = (scratch.path("board"), try scratch.file("a.csv", "x\n"))
        try succeed(
            "write", board, "t", file, "--type", "csv", "--title", "T", "--description",
            "two\nlines",
            "--tag", "a", "--tag", "b", "--url", "https://example.org/x", "--metadata",
            #"{"rows": 1.50, "deep": {"é": [null]}}"#, "--created", "2020-02-29T12:00:00+01:00")
        let outcome = try succeed("meta", board, "t", "--json")
        let meta = try outcome.json()
        #expect(
            Set(meta.keys).isSuperset(of: [
                "name", "version", "pin_hash", "created", "title", "description", "type", "tags",
                "urls", "metadata", "files", "size", "labels",
            ]))
        #expect(meta["created"] as? String == "2020-02-29T11:00:00Z")
        #expect(meta["type"] as? String == "csv" && meta["title"] as? String == "T")
        #expect(meta["description"] as? String == "two\nlines")
        #expect(meta["tags"] as? [String] == ["a", "b"])
        #expect(meta["urls"] as? [String] == ["https://example.org/x"])
        #expect((meta["metadata"] as? [String: Any])?["rows"] as? Double == 1.5)
        #expect(outcome.text.contains(#""metadata":{"rows": 1.50, "deep": {"é": [null]}}"#))
        let text = try succeed("meta", board, "t").text
        #expect(text.contains("title        T\n") && text.contains("two?lines"))
    }

    @Test func whatIsNotKnownIsNull() throws {
        let scratch = try Scratch()
        let (board, file) = (scratch.path("board"), try scratch.file("a.csv", "x\n"))
        try succeed("write", board, "t", file)
        let meta = try succeed("meta", board, "t", "--json").json()
        #expect(meta["title"] as? String == "t: a pinned .csv file")
        #expect(meta["type"] as? String == "file")
        #expect(meta["description"] is NSNull && meta["metadata"] is NSNull)
        #expect((meta["tags"] as? [String])?.isEmpty == true)
        #expect((meta["labels"] as? [String])?.isEmpty == true)
    }

    @Test func standardInputIsAFile() throws {
        let scratch = try Scratch()
        let board = scratch.path("board")
        let data = noise(3_000_000, seed: 7)
        try succeed("write", board, "big", "-", "--file-name", "big.bin", input: data)
        let back = try succeed("read", board, "big")
        #expect(back.output == data)
        let meta = try succeed("meta", board, "big", "--json").json()
        #expect((meta["files"] as? [[String: Any]])?.first?["name"] as? String == "big.bin")
        try succeed("write", board, "empty", "-")
        #expect(try succeed("read", board, "empty").output.isEmpty)
        expectFailure(try Tool.run(["write", board, "x", "-", "-"]), 64)
        expectFailure(try Tool.run(["write", board, "x", "-", "--file-name", "../up"]), 64)
        let file = try scratch.file("f", "1")
        expectFailure(try Tool.run(["write", board, "x", file, "--file-name", "g"]), 64)
        expectFailure(try Tool.run(["write", board, "x", file, "-", "--file-name", "f"]), 64)
    }

    @Test func treesAndSeveralFilesKeepTheirPaths() throws {
        let scratch = try Scratch()
        let board = scratch.path("board")
        try scratch.file("tree/a.txt", "top")
        try scratch.file("tree/one/a.txt", "first")
        try scratch.file("tree/two/a.txt", "second")
        let other = try scratch.file("elsewhere/b.txt", "b")
        try succeed("write", board, "t", scratch.path("tree"))
        let files = try #require(
            try succeed("meta", board, "t", "--json").json()["files"] as? [[String: Any]])
        let names = files.compactMap { $0["name"] as? String }
        #expect(names == ["a.txt", "one/a.txt", "two/a.txt"])
        #expect(try succeed("read", board, "t", "two/a.txt").text == "second")
        #expect(try succeed("read", board, "t", "a.txt").text == "top")
        try succeed("write", board, "t", scratch.path("tree"), other)
        #expect(try succeed("read", board, "t", "tree/two/a.txt").text == "second")
        #expect(try succeed("read", board, "t", "b.txt").text == "b")
        let same = try scratch.file("again/b.txt", "b2")
        expectFailure(try Tool.run(["write", board, "u", other, same]), 64, saying: "b.txt")
    }

    @Test func linksAreFollowedOnlyWhenAsked() throws {
        let scratch = try Scratch()
        let board = scratch.path("board")
        try scratch.file("tree/a", "a")
        let target = try scratch.file("target", "t")
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path("tree/link"), withDestinationPath: target)
        expectFailure(
            try Tool.run(["write", board, "t", scratch.path("tree")]), 64, saying: "link")
        try succeed("write", board, "t", scratch.path("tree"), "--follow-symlinks")
        #expect(try succeed("read", board, "t", "link").text == "t")
    }

    @Test func aDryRunStoresNothing() throws {
        let scratch = try Scratch()
        let (board, file) = (scratch.path("board"), try scratch.file("a", noise(200_000, seed: 1)))
        try succeed("init", board)
        let before = try FileManager.default.subpathsOfDirectory(atPath: board).sorted()
        let document = try succeed("write", board, "t", file, "--dry-run", "--json").json()
        #expect(document["new_bytes"] as? Int == 200_000)
        #expect(try FileManager.default.subpathsOfDirectory(atPath: board).sorted() == before)
        #expect(try succeed("list", board).output.isEmpty)
    }

    @Test func unversionedReplacesTheOnlyVersion() throws {
        let scratch = try Scratch()
        let board = scratch.path("board")
        let (one, two) = (try scratch.file("1/a", "1"), try scratch.file("2/a", "2"))
        try succeed("write", board, "t", one, "--unversioned")
        try succeed("write", board, "t", two, "--unversioned")
        #expect(try succeed("versions", board, "t", "--json").json(as: [Any].self).count == 1)
        #expect(try succeed("read", board, "t").text == "2")
        // Writing what is there already must not lose it.
        try succeed("write", board, "t", two, "--unversioned")
        #expect(try succeed("read", board, "t").text == "2")
        try succeed("write", board, "t", one)
        expectFailure(try Tool.run(["write", board, "t", two, "--unversioned"]), 73)
        #expect(try succeed("read", board, "t").text == "1")
    }

    @Test func optionsOfOtherBoardsAreRefused() throws {
        let scratch = try Scratch()
        let file = try scratch.file("a", "1")
        for option in [["--access-type", "all"], ["--no-preview"], ["--bundle", "plain"]] {
            expectFailure(
                try Tool.run(["write", scratch.path("b"), "t", file] + option), 64,
                saying: option[0])
        }
        #expect(!scratch.exists("b"))
    }

    @Test func theBoardMayComeFromTheEnvironmentOrAnOption() throws {
        let scratch = try Scratch()
        let (board, file) = (scratch.path("board"), try scratch.file("a", "1"))
        #expect(try Tool.run(["write", "t", file], board: board).status == 0)
        #expect(try Tool.run(["read", "t"], board: board).text == "1")
        #expect(try Tool.run(["read", "t", "a"], board: board).text == "1")
        #expect(try Tool.run(["read", board, "t"], board: "/no/such").text == "1")
        #expect(try Tool.run(["read", "t", "--board", board], board: "/no/such").text == "1")
        #expect(try Tool.run(["stats", "t", "--json"], board: board).status == 0)
        #expect(try Tool.run(["stats", "--json"], board: board).status == 0)
        #expect(try Tool.run(["list"], board: board).text.contains("t: a pinned file"))
        #expect(try Tool.run(["list", "folder:" + board]).text.contains("t: a pinned file"))
        expectFailure(try Tool.run(["list"], board: ""), 64, saying: "PINS_BOARD")
    }
}
