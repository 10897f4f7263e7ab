import Foundation
import PinEngine
import PinFormat
import PinTesting
import Pins
@testable import PinsConnect
import Testing

/// Goal: the messages that users read about are those that they see. Method: the table of
/// PinsConnect.md is read, each of its failures is brought about, and the message and exit status
/// are compared.
@Suite(.serialized) struct ConnectMessageTests {
    /// A row of the table: what stands in its column for this library.
    private struct Row {
        /// Parts of the message, with anything between them.
        let parts: [String]
        let status: Int
    }

    private static func rows() throws -> [String: Row] {
        let path = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources/PinsConnect/PinsConnect.docc/PinsConnect.md")
        let text = String(decoding: try Data(contentsOf: path), as: UTF8.self)
        let table = try #require(text.split(separator: "### Messages").last)
        var rows: [String: Row] = [:]
        for line in table.split(separator: "\n") where line.hasPrefix("| ") {
            let cells = line.dropFirst(2).dropLast(2).components(separatedBy: " | ")
            guard cells.count == 4, let status = Int(cells[3]) else { continue }
            let pieces = cells[2].components(separatedBy: "…")
                .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
            rows[cells[0]] = Row(parts: pieces, status: status)
        }
        return rows
    }

    /// What the command ends with.
    private static let statuses: [EngineError.Code: Int] = [
        .usage: 64, .corrupt: 65, .notFound: 66, .unavailable: 69, .cannotCreate: 73, .ioError: 74,
        .tryAgain: 75, .notPermitted: 77,
    ]

    private func check(
        _ name: String, _ values: [(String, String)],
        _ body: () async throws(EngineError) -> Void
    ) async throws {
        let row = try #require(try Self.rows()[name], "there is no row '\(name)'")
        let error = try #require(await thrown(body), "\(name)")
        #expect(Self.statuses[error.code] == row.status, "\(name): \(error.code)")
        var rest = error.message[...]
        for part in row.parts {
            let wanted = values.reduce(part) { $0.replacing($1.0, with: $1.1) }
            let found = rest.firstRange(of: wanted)
            #expect(found != nil, "\(name): '\(wanted)' is not in '\(error.message)'")
            if let found { rest = rest[found.upperBound...] }
        }
    }

    @Test func theMessagesOfTheTableAreSaid() async throws {
        try await ConnectGround.with { ground in
            let (susan, derek) = (try ground.plain, try ground.board("derek"))
            let first = try await susan.write(["f": [1]], to: "pin").info.version
            let open = try ground.board { $0.access = .all }
            try await open.write(["f": [1]], to: "open")
            let name = [("OWNER/NAME", "susan/pin"), ("'URL'", "'\(ground.url)'")]
            let others = [
                ("OWNER/NAME", "susan/open"), ("'U/NAME'", "'derek/open'"), ("OWNER's", "susan's"),
                ("OWNER ", "susan "), ("as U,", "as derek,"), ("make U ", "make derek "),
            ]
            try await check(
                "another user's name",
                [
                    ("OWNER/NAME", "susan/new"), ("'U/NAME'", "'derek/new'"),
                    ("OWNER must", "susan must"), ("as U,", "as derek,"),
                ]
            ) { () throws(EngineError) in try await derek.write(["f": [1]], to: "susan/new") }
            try await check("another user's pin", others) { () throws(EngineError) in
                try await derek.write(["f": [2]], to: "susan/open")
            }
            try await check("no such pin", [("OWNER/NAME", "susan/none")]) {
                () throws(EngineError) in _ = try await susan.version("susan/none")
            }
            try await check("the only version deleted", name) { () throws(EngineError) in
                _ = try await susan.delete("pin", version: .latest)
            }
            let wrong = try ground.board("no-key")
            try await check("a bad key", name) { () throws(EngineError) in
                _ = try await wrong.list()
            }
            try await check("a label", []) { () throws(EngineError) in
                _ = try await susan.setLabel("prod", of: "pin")
            }
            try await ground.arm(#"{"kind": "task-fails", "path": "/deploy$"}"#)
            let failed = try await failedVersion(ground)
            try await check(
                "a failed deployment", name + [("'N'", "'\(failed)'"), ("'M'", "'\(first)'")]
            ) { () throws(EngineError) in try await susan.write(["f": [2]], to: "pin") }
            try await ground.limit(bundleByteCount: 10)
            try await check("too large", []) { () throws(EngineError) in
                try await susan.write(["f": [3]], to: "pin")
            }
            try await ground.limit(bundleByteCount: 1 << 30)
            try await theOthers(ground, name)
        }
    }

    private func theOthers(_ ground: ConnectGround, _ name: [(String, String)]) async throws {
        let susan = try ground.plain
        let form = try #require(susan.form as? ConnectBoard)
        try await form.setVanityPath("p", of: "open")
        try await check("an address that is taken", name + [("/P/", "/p/")]) {
            () throws(EngineError) in try await form.setVanityPath("p", of: "pin")
        }
        let second = try await susan.write(["f": [4]], to: "pin").info.version
        let guid = try await ground.guid(of: "pin")
        let first = try await susan.versions("pin")[0].version
        try await ground.retain(1, of: guid)
        try await check("no such version", name + [("'V'", "'\(first)'")]) {
            () throws(EngineError) in _ = try await susan.version("pin", .named(first))
        }
        try await ground.damage(guid, second, "f", offset: 0)
        try await check("a damaged file", name + [("'N'", "'\(second)'")]) {
            () throws(EngineError) in _ = try await susan.bytes("pin")
        }
        try await ground.arm(#"{"kind": "drop", "times": 1000}"#)
        try await check("server down", name) { () throws(EngineError) in
            _ = try await susan.list()
        }
        try await check("no server", []) { () throws(EngineError) in
            _ = try ConnectBoards.address("connect:") { _ in nil }
        }
    }

    /// The number that the next bundle will have.
    private func failedVersion(_ ground: ConnectGround) async throws -> Int {
        let last = try await ground.plain.versions("open").map { Int($0.version) ?? 0 }.max() ?? 0
        return last + 1
    }
}
