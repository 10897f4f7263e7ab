// `read`: bytes, files, trees, ranges, hashes.

import Foundation
import Testing

@Suite struct ReadTests {
    private let scratch: Scratch
    private let board: String
    /// Large enough for several chunks.
    private let data = noise(1_000_000, seed: 11)

    init() throws {
        scratch = try Scratch()
        board = scratch.path("board")
        try succeed("write", board, "one", try scratch.file("data.bin", data))
        try scratch.file("tree/a.txt", "first")
        try scratch.file("tree/sub/a.txt", "second")
        try succeed("write", board, "many", scratch.path("tree"))
    }

    @Test func oneFileGoesToStandardOutput() throws {
        let outcome = try succeed("read", board, "one")
        #expect(outcome.output == data && outcome.error.isEmpty)
        #expect(try succeed("read", board, "one", "data.bin").output == data)
        #expect(try succeed("read", board, "many", "sub/a.txt").text == "second")
    }

    @Test func severalFilesNeedAFolder() throws {
        expectFailure(try Tool.run(["read", board, "many"]), 64, saying: "'sub/a.txt'")
        try succeed("read", board, "many", "-o", scratch.path("out/deep"))
        #expect(try scratch.content("out/deep/a.txt") == Data("first".utf8))
        #expect(try scratch.content("out/deep/sub/a.txt") == Data("second".utf8))
        expectFailure(
            try Tool.run(["read", board, "many", "-o", scratch.path("data.bin")]), 64)
        expectFailure(try Tool.run(["read", board, "many", "--range", "0:1"]), 64)
        expectFailure(try Tool.run(["read", board, "many", "none.txt"]), 66, saying: "'a.txt'")
    }

    @Test func outputGoesIntoAFileOrAFolder() throws {
        try succeed("read", board, "one", "-o", scratch.path("copy"))
        #expect(try scratch.content("copy") == data)
        try FileManager.default.createDirectory(
            atPath: scratch.path("folder"), withIntermediateDirectories: true)
        try succeed("read", board, "one", "-o", scratch.path("folder"))
        #expect(try scratch.content("folder/data.bin") == data)
        try succeed("read", board, "one", "-o", scratch.path("new/folder/"))
        #expect(try scratch.content("new/folder/data.bin") == data)
        try succeed("read", board, "many", "sub/a.txt", "-o", scratch.path("new/"))
        #expect(try scratch.content("new/a.txt") == Data("second".utf8))
        // An existing file is replaced whole; nothing stays beside it.
        try scratch.file("old/copy", "old")
        try succeed("read", board, "one", "-o", scratch.path("old/copy"))
        #expect(try scratch.content("old/copy") == data)
        #expect(try scratch.names(in: "old") == ["copy"])
        expectFailure(try Tool.run(["read", board, "one", "-o", scratch.path("copy/")]), 64)
        expectFailure(try Tool.run(["read", board, "one", "-o", scratch.path("copy/x")]), 74)
    }

    @Test func anOutputThatIsNoFileIsWrittenTo() throws {
        let pipe = scratch.path("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        let script = #"cat "$2" > "$3" & "$PINS" read "$1" one -o "$2" && wait && [ -p "$2" ]"#
        let outcome = try Tool.bash(script, [board, pipe, scratch.path("from-pipe")])
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(try scratch.content("from-pipe") == data)
        // Descriptors by name, as shells give them.
        let standard = try Tool.bash(#""$PINS" read "$1" one -o /dev/stdout | cat"#, [board])
        #expect(standard.output == data && standard.error.isEmpty)
        let closed = try Tool.bash(#""$PINS" read "$1" one -o /dev/stdout | true"#, [board])
        #expect(closed.error.isEmpty)
        // A link to a file stays one.
        try scratch.file("target", "old")
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path("link"), withDestinationPath: "target")
        try succeed("read", board, "one", "-o", scratch.path("link"))
        #expect(try scratch.content("target") == data)
    }

    @Test func closedStandardDescriptorsHarmNothing() throws {
        try scratch.file("more", noise(300_000, seed: 12))
        let script = #""$PINS" write "$1" more "$2" <&- 2>&-; "$PINS" read "$1" more >&-"#
        let outcome = try Tool.bash(script, [board, scratch.path("more")])
        expectFailure(
            Outcome(
                status: outcome.status, output: Data(), error: outcome.error), 74,
            saying: "standard output cannot be written")
        try succeed("verify", board, "--data")
    }

    @Test func jsonGoesWithAnOutput() throws {
        let outcome = try succeed("read", board, "one", "--json", "-o", scratch.path("copy"))
        let document = try outcome.json()
        #expect(document["name"] as? String == "one")
        #expect(document["path"] as? String == scratch.path("copy"))
        #expect(try Tool.run(["read", board, "one", "--json"]).status == 64)
    }

    @Test(arguments: [
        ("100:200", 100, 200), ("999990:", 999_990, 1_000_000), (":5", 0, 5),
        ("999999:2000000", 999_999, 1_000_000), ("65530:400000", 65_530, 400_000),
        ("1000000:", 1_000_000, 1_000_000), ("7:7", 7, 7),
    ])
    func rangesAreHalfOpen(_ text: String, _ start: Int, _ end: Int) throws {
        let outcome = try succeed("read", board, "one", "--range", text)
        #expect(outcome.output == data[start..<end])
        try succeed("read", board, "one", "--range", text, "-o", scratch.path("part"))
        #expect(try scratch.content("part") == data[start..<end])
        #expect(try scratch.names().filter { $0.contains("pins-") }.isEmpty)
    }

    @Test(arguments: ["1000001:", "5:4", ":", "x:", "1:2:3"])
    func otherRangesAre64(_ text: String) throws {
        expectFailure(try Tool.run(["read", board, "one", "--range", text]), 64)
    }

    @Test func hashesAreCheckedBeforeTheFirstByte() throws {
        let meta = try succeed("meta", board, "one", "--json").json()
        let pinHash = try #require(meta["pin_hash"] as? String)
        let files = try #require(meta["files"] as? [[String: Any]])
        let flat = try #require(files[0]["sha256"] as? String)
        for hash in [
            pinHash, String(pinHash.prefix(8)), flat, String(flat.prefix(12)),
            flat.uppercased(),
        ] {
            #expect(try succeed("read", board, "one", "--hash", hash).output == data)
        }
        let wrong = String(flat.reversed())
        expectFailure(try Tool.run(["read", board, "one", "--hash", wrong]), 65)
        expectFailure(
            try Tool.run(["read", board, "one", "--hash", wrong, "-o", scratch.path("copy")]), 65)
        #expect(!scratch.exists("copy"))
        expectFailure(try Tool.run(["read", board, "one", "--hash", String(flat.prefix(7))]), 64)
        expectFailure(try Tool.run(["read", board, "one", "--hash", flat + "0"]), 64)
        expectFailure(try Tool.run(["read", board, "one", "--hash", "no hash"]), 64)
        // A range is handed out only when the whole file is right.
        let part = try succeed("read", board, "one", "--hash", flat, "--range", "5:9")
        #expect(part.output == data[5..<9])
        let tree = try #require(
            try succeed("meta", board, "many", "--json").json()["pin_hash"] as? String)
        try succeed("read", board, "many", "--hash", tree, "-o", scratch.path("tree2"))
    }

    @Test func versionsAreFoundByNamePrefixAndLabel() throws {
        try succeed("write", board, "one", try scratch.file("data.bin", "second"))
        let versions = try succeed("versions", board, "one", "--json").json(
            as: [[String: Any]].self)
        let names = versions.compactMap { $0["version"] as? String }
        #expect(names.count == 2 && names == names.sorted())
        #expect(try succeed("read", board, "one", "--version", names[0]).output == data)
        #expect(try succeed("read", board, "one", "--version", "latest").text == "second")
        try succeed("label", board, "one", "prod", names[0])
        #expect(try succeed("read", board, "one", "--version", "prod").output == data)
        let short = String(names[0].prefix(names[0].count - 1))
        #expect(try succeed("read", board, "one", "--version", short).output == data)
        expectFailure(try Tool.run(["read", board, "one", "--version", "nope"]), 66)
        expectFailure(
            try Tool.run(["read", board, "one", "--version", String(names[0].prefix(7))]), 66)
    }

    @Test func aClosedPipeEndsQuietly() throws {
        let outcome = try Tool.bash(
            "\"$PINS\" read \"$1\" one | head -c 1 > /dev/null; echo ${PIPESTATUS[0]}", [board])
        #expect(outcome.text == "0\n" && outcome.error.isEmpty)
    }

    @Test func nothingIsWrittenToAnOutputThatIsFull() throws {
        let outcome = try Tool.bash("\"$PINS\" read \"$1\" one > /dev/full", [board])
        #expect(outcome.status == 74 && outcome.errorLines.count == 1)
    }
}
