// `inspect`: every kind of object, sound and damaged.

import Foundation
import Testing

@Suite struct InspectTests {
    private let scratch: Scratch
    private let board: String

    init() throws {
        scratch = try Scratch()
        board = scratch.path("board")
        let file = try scratch.file("a.csv", noise(300_000, seed: 2))
        try succeed("write", board, "owner/t", file, "--tag", "x", "--metadata", #"{"a":1}"#)
        try succeed("label", board, "owner/t", "prod")
    }

    private func objects() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: board).filter {
            let attributes = try FileManager.default.attributesOfItem(atPath: board + "/" + $0)
            return attributes[.type] as? FileAttributeType == .typeRegular && !$0.hasPrefix("tmp/")
        }.sorted()
    }

    @Test func everyObjectOfABoardIsShown() throws {
        var kinds: Set<String> = []
        for object in try objects() {
            let outcome = try succeed("inspect", board + "/" + object, "--json")
            let document = try outcome.json()
            kinds.insert(try #require(document["kind"] as? String))
            #expect(document["error"] is NSNull)
            let fields = try #require(document["fields"] as? [[String: Any]])
            #expect(!fields.isEmpty)
            let size = try #require(document["size"] as? Int)
            // The fields of the outermost level cover every byte, in order, without gaps.
            var end = 0
            for field in fields where field["level"] as? Int == 0 {
                #expect(field["offset"] as? Int == end, "\(object): \(field)")
                end += field["size"] as? Int ?? 0
            }
            #expect(end == size, "\(object)")
            #expect(try succeed("inspect", board + "/" + object).text.contains("§"))
        }
        #expect(kinds.isSuperset(of: ["config", "commit", "latest", "pack"]))
    }

    @Test func commitsShowWhatTheyHold() throws {
        let newest = try #require(try scratch.names(in: "board/commits").last)
        let text = try succeed("inspect", board + "/commits/" + newest).text
        for word in ["sequence number", "previous", "board id", "seal", "(matches)"] {
            #expect(text.contains(word), "\(word)")
        }
    }

    @Test func damageIsShownUpToWhereDecodingStops() throws {
        for object in try objects() {
            let whole = try scratch.content("board/" + object)
            for cut in [0, 7, 8, 16, 40, whole.count / 2, whole.count - 1] where cut < whole.count {
                let path = try scratch.file("cut", whole.prefix(cut))
                let outcome = try Tool.run(["inspect", path])
                #expect(outcome.status == 65, "\(object) cut to \(cut): \(outcome.error)")
                #expect(outcome.errorLines.count == 1)
                #expect(outcome.text.contains("decoding stopped"))
            }
            var flipped = whole
            flipped[whole.count / 2] ^= 0x10
            let path = try scratch.file("flipped", flipped)
            let outcome = try Tool.run(["inspect", "--json", path])
            #expect(outcome.status == 65, "\(object): \(outcome.error)")
            #expect(try outcome.json()["error"] is [String: Any])
        }
    }

    @Test func anotherEpochNeedsANewerProgram() throws {
        var config = try scratch.content("board/config")
        config[8] = 9
        let outcome = try Tool.run(["inspect", try scratch.file("newer", config)])
        #expect(outcome.status == 76 && outcome.error.contains("epoch 9"))
    }

    @Test func foreignFilesAreRefused() throws {
        let foreign = try Tool.run([
            "inspect", try scratch.file("foreign", "not an object of a board"),
        ])
        #expect(foreign.status == 65 && foreign.errorLines.count == 1)
        expectFailure(try Tool.run(["inspect", scratch.path("none")]), 66)
        expectFailure(try Tool.run(["inspect", board]), 64)
    }
}
