import Foundation
import Testing

/// Goal: `--dry-run` tells requests and bytes before anything is done, and does nothing. Method:
/// the built command, on folders; what a folder then has is compared.
@Suite struct DryRunTests {
    /// Every file below a folder with its size.
    private func sizes(_ scratch: Scratch, _ board: String) throws -> [String: Int] {
        var out: [String: Int] = [:]
        let names = FileManager.default.enumerator(atPath: scratch.path(board))
        while let name = names?.nextObject() as? String {
            let path = scratch.path("\(board)/\(name)")
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            if attributes[.type] as? FileAttributeType == .typeRegular {
                out[name] = attributes[.size] as? Int
            }
        }
        return out
    }

    @Test(arguments: ["", "plain:"])
    func aWriteIsForetold(scheme: String) throws {
        let scratch = try Scratch()
        let board = scheme + scratch.path("board")
        try succeed("write", board, "one", try scratch.file("one.bin", noise(3_000_000, seed: 1)))
        let file = try scratch.file("two.bin", noise(2_000_000, seed: 2))
        let before = try sizes(scratch, "board")
        let text = try succeed("write", board, "two", file, "--dry-run")
        #expect(text.text.isEmpty)
        #expect(text.errorLines.count == 2, "\(text.error)")
        #expect(text.errorLines.last?.contains("sent") == true)
        let told = try succeed("write", board, "two", file, "--dry-run", "--json").json()
        #expect(try sizes(scratch, "board") == before)
        #expect(told["dry_run"] as? Bool == true && told["makes_board"] as? Bool == false)
        let done = try succeed("write", board, "two", file, "--json").json()
        #expect(done["dry_run"] == nil)
        #expect(told["stored_bytes"] as? Int == done["stored_bytes"] as? Int)
        let sent = try #require(told["bytes_sent"] as? Int)
        #expect(sent > 2_000_000)
        if scheme.isEmpty {
            // What is new on the disk is what was sent; `latest` stood there before, of one size.
            let after = try sizes(scratch, "board")
            let added = after.reduce(0) { $0 + (before[$1.key] == nil ? $1.value : 0) }
            #expect(sent == added + (after["latest"] ?? 0))
            #expect((told["requests"] as? Int ?? 0) > 5)
        } else {
            #expect(told["requests"] is NSNull)
        }
    }

    @Test(arguments: ["", "plain:"])
    func aReadIsForetold(scheme: String) throws {
        let scratch = try Scratch()
        let board = scheme + scratch.path("board")
        try succeed("write", board, "t", try scratch.file("t.bin", noise(3_000_000, seed: 3)))
        let told = try succeed("read", board, "t", "--dry-run", "--json").json()
        #expect(told["size"] as? Int == 3_000_000 && told["dry_run"] as? Bool == true)
        let received = try #require(told["bytes_received"] as? Int)
        #expect(received >= 3_000_000)
        #expect(told["bytes_sent"] as? Int == 0)
        let part = try succeed("read", board, "t", "--range", "5:10", "--dry-run", "--json").json()
        #expect(part["size"] as? Int == 5)
        if scheme.isEmpty {
            #expect(received < 3_200_000)
            #expect((part["bytes_received"] as? Int ?? .max) < 1_500_000)
        }
        let text = try succeed("read", board, "t", "--dry-run")
        #expect(text.text.hasPrefix("Would read 2.8 MiB of pin 't' "))
        #expect(text.error.isEmpty)
        let out = scratch.path("out")
        try succeed("read", board, "t", "-o", out + "/", "--dry-run")
        #expect(!scratch.exists("out"))
        expectFailure(try Tool.run(["read", board, "t", "--hash", "01234567", "--dry-run"]), 64)
    }
}
