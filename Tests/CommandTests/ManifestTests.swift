// The list of pins that a plain board that is served as files is read from.

import Foundation
import HTTPTesting
import Testing

@Suite struct ManifestTests {
    private let scratch: Scratch
    private let board: String

    init() throws {
        scratch = try Scratch()
        board = scratch.path("board")
        let file = try scratch.file("input/data.csv", Data("a,b\n1,2\n".utf8))
        for pin in ["cars", "123"] {
            try succeed("write", "plain:" + board, pin, file, "--title", "one")
            try succeed("write", "plain:" + board, pin, file, "--title", "two")
        }
    }

    private func versions(_ pin: String) throws -> [String] {
        try succeed("versions", board, pin, "--json").json(as: [[String: Any]].self)
            .compactMap { $0["version"] as? String }
    }

    private func expected() throws -> String {
        let (cars, number) = (try versions("cars"), try versions("123"))
        return "'123':\n- 123/\(number[0])/\n- 123/\(number[1])/\n"
            + "cars:\n- cars/\(cars[0])/\n- cars/\(cars[1])/\n"
    }

    @Test func itStandsBesideThePinsOrWhereItIsWanted() throws {
        let expected = try expected()
        let outcome = try succeed("manifest", board)
        #expect(
            outcome.output.isEmpty && outcome.error == "Wrote '_pins.yaml': 4 versions of 2 pins\n")
        #expect(try String(contentsOfFile: board + "/_pins.yaml", encoding: .utf8) == expected)
        #expect(try succeed("manifest", board, "-o", "-").text == expected)
        let path = scratch.path("list.yaml")
        let told = try succeed(
            "manifest", "--board", "plain:" + board, "-o", path, "--json", "--quiet")
        #expect(told.error.isEmpty)
        let document = try told.json()
        #expect(document["file"] as? String == path)
        #expect(document["pins"] as? Int == 2 && document["versions"] as? Int == 4)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == expected)
        // It is no pin.
        #expect(try succeed("list", board, "--json").json(as: [Any].self).count == 2)
    }

    @Test(.enabled(if: NginxServer.isInstalled))
    func whatIsServedWithItIsReadAndItIsWrittenOnlyWhereThatCanBe() async throws {
        try succeed("manifest", board)
        try await withNginx(root: board, prefix: scratch.path("nginx")) { server in
            let script = "export PINS_CACHE_DIR=\"$1\"; shift; exec \"$PINS\" \"$@\""
            func pins(_ arguments: String...) throws -> Outcome {
                try Tool.bash(script, [scratch.path("cache")] + arguments)
            }
            #expect(try pins("read", server.url, "cars").text == "a,b\n1,2\n")
            #expect(try pins("manifest", server.url, "-o", "-").text == (try expected()))
            expectFailure(try pins("manifest", server.url), 73, saying: "read")
        }
    }

    @Test func mistakesLeaveNothingBehind() throws {
        let engine = scratch.path("engine")
        try succeed("init", engine)
        expectFailure(try Tool.run(["manifest", engine]), 64, saying: "no plain board")
        expectFailure(try Tool.run(["manifest", scratch.path("none")]), 66)
        expectFailure(try Tool.run(["manifest", board, "-o", ""]), 64)
        expectFailure(try Tool.run(["manifest", board, "-o", scratch.path("no/such/file")]), 74)
        expectFailure(try Tool.run(["manifest", board, "-o", scratch.folder]), 64)
        #expect(try Tool.run(["manifest", board, "-o", "-", "--json"]).status == 64)
        #expect(!FileManager.default.fileExists(atPath: board + "/_pins.yaml"))
        #expect(try scratch.names().sorted() == ["board", "engine", "input"])
    }
}
