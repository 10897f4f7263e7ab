// Goal: `pins verify --repair --from` gives back what is lost from a board, a file or a folder;
// writing the same again heals; and a folder that is still being synchronised is told of.
// Method: packs are damaged or taken away, objects held back; what comes back is compared.

import Foundation
import Testing

@Suite struct RepairTests {
    private let scratch: Scratch
    private let board: String

    init() throws {
        scratch = try Scratch()
        board = scratch.path("board")
        try succeed("init", board)
    }

    @discardableResult
    private func write(_ pin: String, _ content: Data, _ file: String = "input/data.csv") throws
        -> String
    {
        let path = try scratch.file(file, content)
        return try succeed("write", board, pin, path).text.trimmingCharacters(in: .newlines)
    }

    private func packs() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: scratch.path("board/packs")).sorted()
    }

    private func flip(_ pack: String) throws {
        var bytes = try scratch.content("board/packs/\(pack)")
        bytes[bytes.count / 2] ^= 1
        try scratch.file("board/packs/\(pack)", bytes)
    }

    private func read(_ pin: String, _ version: String? = nil) throws -> Data {
        let more = version.map { ["--version", $0] } ?? []
        let out = scratch.path("out-\(UUID().uuidString)")
        let outcome = try Tool.run(["read", board, pin, "-o", out] + more)
        #expect(outcome.status == 0, "\(outcome.error)")
        return try Data(contentsOf: URL(fileURLWithPath: out))
    }

    /// Damages every pack, repairs from a place, and compares.
    private func expectGivenBack(from place: (Data) throws -> String) throws {
        let data = noise(900_000, seed: 31)
        try write("t", data)
        let donor = try place(data)
        for pack in try packs() { try flip(pack) }
        let alone = try Tool.run(["verify", board, "--data", "--repair", "--json"])
        #expect(alone.status == 65)
        #expect(try alone.json()["ok"] as? Bool == false)
        #expect(alone.error.contains("--from"))
        let helped = try Tool.run(
            ["verify", board, "--data", "--repair", "--from", donor, "--json"])
        #expect(helped.status == 0, "\(helped.error)")
        let report = try helped.json()
        #expect(report["ok"] as? Bool == true)
        let problems = try #require(report["problems"] as? [[String: Any]])
        #expect(problems.allSatisfy { $0["repaired"] as? Bool == true })
        #expect(try read("t") == data)
        try succeed("verify", board, "--data")
    }

    @Test func aFileGivesBackWhatIsLost() throws {
        try expectGivenBack { data in try scratch.file("copies/elsewhere.csv", data) }
    }

    @Test func aFolderOfFilesGivesBackWhatIsLost() throws {
        try expectGivenBack { data in
            try scratch.file("copies/sub/elsewhere.csv", data)
            try scratch.file("copies/other.csv", noise(5_000, seed: 4))
            return scratch.path("copies")
        }
    }

    @Test func anotherBoardGivesBackWhatIsLost() throws {
        try expectGivenBack { data in
            let other = scratch.path("other")
            try succeed("init", other)
            try succeed("write", other, "a", try scratch.file("input/again.csv", data))
            return other
        }
    }

    @Test func whatNothingHasStaysNamed() throws {
        let version = try write("t", noise(400_000, seed: 32))
        for pack in try packs() { try flip(pack) }
        let stranger = try scratch.file("copies/stranger.csv", noise(400_000, seed: 33))
        let outcome = try Tool.run(
            ["verify", board, "--data", "--repair", "--from", stranger])
        #expect(outcome.status == 65 && outcome.text.contains(version))
        expectFailure(
            try Tool.run(["verify", board, "--repair", "--from", scratch.path("none")]), 66)
        expectFailure(try Tool.run(["verify", board, "--from", stranger]), 64)
    }

    @Test func writingTheSameFileAgainHeals() throws {
        let data = noise(700_000, seed: 34)
        let first = try write("t", data)
        let second = try write("t", data + Data("more\n".utf8))
        for pack in try packs() { try flip(pack) }
        #expect(try Tool.run(["verify", board, "--data", "--repair"]).status == 65)
        try write("again", data + Data("more\n".utf8))
        try write("once", data)
        #expect(try read("t", first) == data)
        #expect(try read("t", second) == data + Data("more\n".utf8))
        try succeed("verify", board, "--data")
    }

    /// What nothing names can hurt nobody: it is told, and the status is that of a sound board.
    @Test func aDamagedOrphanIsToldOfAndHarmless() throws {
        try write("t", noise(200_000, seed: 38))
        let pack = try #require(try packs().first)
        var bytes = try scratch.content("board/packs/\(pack)")
        bytes.removeLast(9)
        let name = pack.dropLast() + (pack.hasSuffix("0") ? "1" : "0")
        try scratch.file("board/packs/\(name)", bytes)
        let found = try succeed("verify", board, "--data")
        #expect(found.text.contains("packs/\(name): ") && found.text.contains("1 of them damaged"))
        let report = try succeed("verify", board, "--data", "--json").json()
        let damaged = try #require(report["damaged_orphans"] as? [[String: Any]])
        #expect(damaged.compactMap { $0["object"] as? String } == ["packs/\(name)"])
        #expect(report["ok"] as? Bool == true && report["orphans"] as? Int == 1)
        #expect((report["problems"] as? [Any])?.isEmpty == true)
        try succeed("gc", board, "--exclusive")
        let after = try succeed("verify", board, "--data", "--json").json()
        #expect(after["damaged_orphans"] == nil && after["orphans"] as? Int == 0)
    }

    /// An object of the newest commit is not there yet: a loud warning, and a field in documents.
    @Test func anOlderStateIsToldOf() throws {
        try write("t", noise(200_000, seed: 35))
        let old = Set(try packs())
        let newer = try write("t", noise(200_000, seed: 36))
        let pack = try #require(try packs().first { !old.contains($0) })
        let held = try scratch.content("board/packs/\(pack)")
        try FileManager.default.removeItem(atPath: scratch.path("board/packs/\(pack)"))
        // Where nobody said that objects may be on their way, it is damage.
        let here = try Tool.run(["read", board, "t", "-o", scratch.path("older")])
        #expect(here.status == 65 && here.error.contains(pack))
        let board = "shared:\(board)"
        let outcome = try Tool.run(["read", board, "t", "-o", scratch.path("older")])
        #expect(outcome.status == 0)
        #expect(outcome.error.contains("OLDER STATE") && outcome.error.contains(pack))
        let meta = try Tool.run(["meta", board, "t", "--json"])
        let state = try #require(try meta.json()["unsettled"] as? [String: Any])
        #expect(state["older"] as? Bool == true)
        let missing = try #require(state["missing"] as? [[String: Any]])
        #expect(missing.compactMap { $0["object"] as? String } == ["packs/\(pack)"])
        let named = try Tool.run(
            ["read", board, "t", "--version", newer, "-o", scratch.path("newer")])
        #expect(named.status == 75 && named.error.contains("has not arrived"))
        let gc = try Tool.run(["gc", board, "--json"])
        #expect(gc.status == 75)
        let error = try #require(try gc.json()["error"] as? [String: Any])
        #expect(error["code"] as? String == "incomplete")
        let verify = try Tool.run(["verify", board])
        #expect(verify.status == 65 && verify.text.contains("has not arrived in full"))
        try scratch.file("board/packs/\(pack)", held)
        let after = try Tool.run(["meta", board, "t", "--json"])
        #expect(after.error.isEmpty)
        #expect(try after.json()["unsettled"] == nil)
    }

    /// A copy of a commit in conflict is told of, and merged.
    @Test func aConflictIsMerged() throws {
        try write("t", noise(50_000, seed: 37))
        let copy = scratch.path("copy")
        try FileManager.default.copyItem(atPath: board, toPath: copy)
        let mine = try write("mine", noise(60_000, seed: 38))
        try succeed(
            "write", copy, "yours", try scratch.file("input/y.csv", noise(70_000, seed: 39)))
        // What a synchroniser makes of the two.
        for folder in ["packs", "index", "tables", "sketches", "commits"] {
            let from = "\(copy)/\(folder)"
            for name in (try? FileManager.default.contentsOfDirectory(atPath: from)) ?? [] {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(from)/\(name)"))
                let there = try? scratch.content("board/\(folder)/\(name)")
                if there == bytes { continue }
                let target = there == nil ? name : "\(name) (conflicted copy 2026-11-26)"
                try scratch.file("board/\(folder)/\(target)", bytes)
            }
        }
        let list = try Tool.run(["list", "shared:\(board)"])
        #expect(list.status == 0 && list.error.contains("--repair"))
        #expect(!list.text.contains("yours"))
        #expect(try Tool.run(["gc", board]).status == 73)
        let report = try succeed("verify", board, "--repair", "--json").json()
        #expect(report["ok"] as? Bool == true)
        let merged = try Tool.run(["list", board])
        #expect(merged.text.contains("yours") && merged.text.contains("mine"))
        #expect(merged.error.isEmpty)
        #expect(try read("yours") == noise(70_000, seed: 39))
        #expect(try read("mine", mine) == noise(60_000, seed: 38))
        try succeed("verify", board, "--data")
    }
}
