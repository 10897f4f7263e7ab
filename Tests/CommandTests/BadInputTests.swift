// The bad input that the tool must meet with one clear line, the right status, and an unharmed
// board.

import Foundation
import Testing

@Suite struct BadInputTests {
    private let scratch: Scratch
    private let board: String
    private let file: String

    init() throws {
        scratch = try Scratch()
        board = scratch.path("board")
        file = try scratch.file("a.csv", "x\n1\n")
        try succeed("write", board, "t", file)
    }

    /// What was committed is as it was.
    private func expectUnharmed(_ location: SourceLocation = #_sourceLocation) throws {
        #expect(try succeed("read", board, "t").text == "x\n1\n", sourceLocation: location)
        let report = try succeed("verify", board, "--data", "--json").json()
        #expect(report["ok"] as? Bool == true, sourceLocation: location)
    }

    @Test func aMissingOrEmptyBoardIsNotFound() throws {
        let commands = [
            ["list"], ["search", "x"], ["read", "t"], ["meta", "t"], ["versions", "t"],
            ["edit", "t", "--title", "x"], ["label", "t", "x"], ["diff", "t", "a", "b"],
            ["delete", "t"], ["prune", "t", "--keep", "1"], ["gc"], ["verify"], ["stats"],
        ]
        let empty = scratch.path("empty")
        try FileManager.default.createDirectory(
            atPath: empty, withIntermediateDirectories: true)
        for command in commands {
            for place in [scratch.path("none"), empty] {
                expectFailure(
                    try Tool.run([command[0], place] + command.dropFirst()), 66, saying: place)
            }
        }
        #expect(try scratch.names(in: "empty").isEmpty && !scratch.exists("none"))
        for place in [scratch.path("none"), empty] {
            let document = try Tool.run(["list", place, "--json"]).json()
            let error = try #require(document["error"] as? [String: Any])
            #expect(error["object"] as? String == place, "the error names the board")
        }
    }

    @Test func aFileOrAnUnknownSchemeIsNoBoard() throws {
        expectFailure(try Tool.run(["list", file]), 66, saying: file)
        expectFailure(try Tool.run(["verify", file]), 66, saying: file)
        expectFailure(try Tool.run(["init", file]), 73, saying: file)
        expectFailure(try Tool.run(["write", file, "t", file]), 73, saying: file)
        for place in ["S3://bucket/x", "file:///board"] {
            expectFailure(try Tool.run(["init", place], in: scratch.folder), 64)
        }
        #expect(try scratch.names(in: "").count == 2, "no folder is called like a scheme")
        try expectUnharmed()
    }

    @Test func whatIsNotThereIsNotFound() throws {
        for arguments in [
            ["read", board, "none"], ["meta", board, "none"], ["versions", board, "none"],
            ["read", board, "t", "none.csv"], ["write", board, "t", scratch.path("none")],
        ] {
            expectFailure(try Tool.run(arguments), 66)
        }
        try expectUnharmed()
    }

    @Test(arguments: [
        "", "/a", "a/", "a//b", "a/b/c", "..", "../a", "a/..", ".", "a\\b", "a\u{7}b", " a", "a ",
        String(repeating: "x", count: 256),
    ])
    func badNamesAreRefused(_ name: String) throws {
        expectFailure(try Tool.run(["write", board, name, file]), 64)
        #expect([64, 66].contains(try Tool.run(["read", board, name]).status))
        let fresh = scratch.path("fresh")
        expectFailure(try Tool.run(["write", fresh, name, file]), 64)
        #expect(!scratch.exists("fresh"), "no board is made for a bad name")
        try expectUnharmed()
    }

    @Test func namesThatAreOnlyOddAreKept() throws {
        let names = [
            "ünï/cödé", "a b", "$HOME", "%2e%2e", "CON", "a'b", String(repeating: "x", count: 255),
        ]
        for name in names {
            try succeed("write", board, name, file)
            #expect(try succeed("read", board, name).text == "x\n1\n")
        }
        let listed = try succeed("list", board, "--json").json(as: [[String: Any]].self)
        #expect(Set(listed.compactMap { $0["name"] as? String }) == Set(names + ["t"]))
        // Names never become paths in the store.
        let paths = try FileManager.default.subpathsOfDirectory(atPath: board)
        for path in paths {
            #expect(
                path.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789/-.".utf8.contains($0) }
            )
        }
    }

    @Test func specialFilesAreRefused() throws {
        let pipe = scratch.path("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        expectFailure(try Tool.run(["write", board, "t", pipe]), 64, saying: "pipe")
        expectFailure(try Tool.run(["write", board, "t", "/dev/null"]), 64)
        let empty = scratch.path("empty")
        try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
        expectFailure(try Tool.run(["write", board, "t", empty]), 66, saying: "no file")
        try expectUnharmed()
    }

    @Test func badMetadataIsRefused() throws {
        for json in ["", "[1]", "1", "{", "{\"a\":1,}", "null"] {
            expectFailure(
                try Tool.run(["write", board, "t", file, "--metadata", json]), 64,
                saying: "--metadata")
        }
        expectFailure(try Tool.run(["write", board, "t", file, "--created", "yesterday"]), 64)
        let long = String(repeating: "x", count: 5000)
        expectFailure(try Tool.run(["write", board, "t", file, "--title", long]), 64)
        expectFailure(try Tool.run(["write", board, "t", file, "--tag", long]), 64)
        try expectUnharmed()
    }

    @Test func aBoardWhereNoneCanBeIsRefused() throws {
        // A file in place of a folder.
        for command in [["init", file], ["write", file, "t", file]] {
            let outcome = try Tool.run(command)
            expectFailure(outcome, outcome.status)
            #expect([73, 74].contains(outcome.status), "\(outcome.status)")
        }
        #expect([66, 74].contains(try Tool.run(["list", file]).status))
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "x\n1\n")
        // A folder where nothing can be made, whoever runs this.
        let outcome = try Tool.run(["init", "/proc/self/pins-board"])
        #expect([73, 74, 77].contains(outcome.status), "\(outcome.status): \(outcome.error)")
        #expect(outcome.errorLines.count == 1)
    }

    @Test func aReadOnlyFolderCanBeReadButNotWritten() throws {
        let mount = try Tool.bash(
            "mount --bind \"$1\" \"$1\" && mount -o remount,ro,bind \"$1\"", [board])
        // Only root can mount; a container may forbid it too.
        guard mount.status == 0 else {
            _ = try Tool.bash("umount \"$1\"", [board])
            return
        }
        defer { _ = try? Tool.bash("umount \"$1\"", [board]) }
        #expect(try succeed("read", board, "t").text == "x\n1\n")
        let other = try scratch.file("b.csv", "other")
        let outcome = try Tool.run(["write", board, "t", other])
        #expect([73, 74, 77].contains(outcome.status), "\(outcome.status)")
        #expect(outcome.errorLines.count == 1, "\(outcome.error)")
    }

    @Test func aFullDiskLeavesTheBoardAsItWas() throws {
        let small = scratch.path("small")
        try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: true)
        let mount = try Tool.bash("mount -t tmpfs -o size=4m tmpfs \"$1\"", [small])
        guard mount.status == 0 else { return }
        defer { _ = try? Tool.bash("umount \"$1\"", [small]) }
        let place = small + "/board"
        try succeed("write", place, "t", file)
        let big = try scratch.file("big", noise(16 << 20, seed: 4))
        expectFailure(try Tool.run(["write", place, "t", big]), 74, saying: "space")
        #expect(try succeed("read", place, "t").text == "x\n1\n")
        #expect(try succeed("verify", place, "--data", "--json").json()["ok"] as? Bool == true)
        #expect(try succeed("versions", place, "t", "--json").json(as: [Any].self).count == 1)
    }

    @Test func aForeignOrTruncatedObjectIsNamed() throws {
        let newest = try #require(try scratch.names(in: "board/commits").last)
        let path = "board/commits/" + newest
        let whole = try scratch.content(path)
        for bytes in [Data(), whole.prefix(20), Data("something else entirely".utf8)] {
            try scratch.file(path, Data(bytes))
            let outcome = try Tool.run(["read", board, "t"])
            // A beginning may be followed by the rest, where a folder is synchronised.
            let status: Int32 = whole.starts(with: bytes) ? 75 : 65
            #expect(outcome.status == status, "\(outcome.status): \(outcome.error)")
            #expect(outcome.errorLines.count == 1 && outcome.output.isEmpty)
        }
        try scratch.file(path, whole)
        try expectUnharmed()
        let config = try scratch.content("board/config")
        try scratch.file("board/config", config.prefix(30))
        expectFailure(try Tool.run(["list", board]), 75, saying: "config")
        try scratch.file("board/config", config.prefix(30) + Data(count: config.count - 30))
        expectFailure(try Tool.run(["list", board]), 75, saying: "config")
        try scratch.file("board/config", Data("something else entirely".utf8))
        expectFailure(try Tool.run(["list", board]), 65, saying: "config")
    }

    @Test func aBoardOfANewerEpochIsRefused() throws {
        var config = try scratch.content("board/config")
        config[8] = 7
        try scratch.file("board/config", config)
        expectFailure(try Tool.run(["list", board]), 76)
        expectFailure(try Tool.run(["write", board, "t", file]), 76)
    }
}
