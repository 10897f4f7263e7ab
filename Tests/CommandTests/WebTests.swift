// Boards behind a web server, and the local cache.

import Foundation
import HTTPTesting
import Testing

@Suite(.enabled(if: NginxServer.isInstalled)) struct WebTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Runs `pins` with a cache of the test's own.
    private func pins(_ arguments: String...) throws -> Outcome {
        let script = "export PINS_CACHE_DIR=\"$1\"; shift; exec \"$PINS\" \"$@\""
        return try Tool.bash(script, [scratch.path("cache")] + arguments)
    }

    @Test func aServedBoardIsReadAndNotWritten() async throws {
        let board = scratch.path("board")
        let content = Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) })
        let file = try scratch.file("data.bin", content)
        #expect(try pins("write", board, "data", file, "--title", "Served").status == 0)
        try await withNginx(root: board, prefix: scratch.path("nginx")) { server in
            let url = server.url
            let list = try pins("list", url, "--json").json(as: [[String: Any]].self)
            #expect(list.map { $0["name"] as? String } == ["data"])
            #expect(try pins("search", url, "served").text.contains("data"))
            #expect(try pins("read", url, "data").output == content)
            let range = try pins("read", url, "data", "--range", "1000:1010")
            #expect(range.output == content[1_000..<1_010])
            #expect(try pins("verify", url, "--data").status == 0)
            #expect(try pins("stats", url, "--json").json()["versions"] as? Int == 1)
            _ = try server.takeLog()
            #expect(try pins("read", url, "data").output == content)
            #expect(try server.takeLog().allSatisfy { !$0.path.hasPrefix("/packs/") })

            let info = try pins("cache", "info", "--json").json()
            #expect(info["identities"] as? Int == 1 && info["chunks"] as? Int ?? 0 > 0)
            let pruned = try pins("cache", "prune", "--json").json()
            #expect(pruned["freed_bytes"] as? Int ?? 0 > 0)
            #expect(try pins("cache", "info", "--json").json()["chunks"] as? Int == 0)

            for arguments in [
                ["write", url, "data", file], ["delete", url, "data"], ["init", url],
                ["label", url, "data", "prod"], ["gc", url],
            ] {
                let outcome = try Tool.run(arguments)
                #expect(outcome.status == 73, "\(arguments): \(outcome.error)")
                #expect(outcome.errorLines.last?.contains("read") == true)
            }
            #expect(try pins("list", url + "none/").status == 66)
        }
    }

    @Test func anEnvironmentThatMakesNoSenseIsUsage() throws {
        let script = "PINS_CACHE_SIZE=lots \"$PINS\" list \"$1\""
        let outcome = try Tool.bash(script, [scratch.path("none")])
        #expect(outcome.status == 64 && outcome.error.contains("PINS_CACHE_SIZE"))
    }
}
