import Foundation
import Testing

/// Goal: `pins vectors` gives whoever writes another implementation what its documents say. Method:
/// our own reader and the second decoder, which was written from FORMAT.md alone, are two of them.
@Suite struct VectorsTests {
    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// A folder of vectors of a seed.
    private static func made(
        _ seed: String, _ body: (URL) throws -> Void
    ) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("pins-vectors-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let outcome = try Tool.run(["vectors", folder.path, "--seed", seed])
        try #require(outcome.status == 0, "\(outcome.error)")
        try body(folder)
    }

    private static func json(_ folder: URL, _ path: String) throws -> Any {
        try JSONSerialization.jsonObject(
            with: Data(contentsOf: folder.appendingPathComponent(path)))
    }

    private static func names(_ folder: URL, _ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(
            atPath: folder.appendingPathComponent(path).path
        ).filter { !$0.hasSuffix(".json") }.sorted()
    }

    /// The exit status of the second decoder.
    private static func secondDecoder(_ board: URL) throws -> Int32? {
        guard let python = ProcessInfo.processInfo.environment["PINS_PYTHON"], !python.isEmpty
        else { return nil }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [
            "-B", repository.appendingPathComponent("Tests/Vectors/reference_decoder.py").path,
            "verify", board.path,
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    @Test func oneSeedGivesTheSamePayloadsAndContents() throws {
        try Self.made("a") { first in
            try Self.made("a") { second in
                for file in ["payloads.json", "boards/files.json", "boards/deltas.json"] {
                    let left = try Data(contentsOf: first.appendingPathComponent(file))
                    let right = try Data(contentsOf: second.appendingPathComponent(file))
                    #expect(left == right, "\(file)")
                }
            }
            try Self.made("b") { other in
                let left = try Data(contentsOf: first.appendingPathComponent("payloads.json"))
                let right = try Data(contentsOf: other.appendingPathComponent("payloads.json"))
                #expect(left != right)
            }
        }
    }

    @Test func soundBoardsHoldWhatTheirDocumentsSay() throws {
        try Self.made("1") { folder in
            let names = try Self.names(folder, "boards")
            #expect(names == ["collected", "deltas", "empty", "files", "one-file"])
            for name in names {
                let board = folder.appendingPathComponent("boards/\(name)")
                let verified = try Tool.run(["verify", board.path, "--data", "--json"])
                #expect(verified.status == 0, "\(name): \(verified.error)")
                if let status = try Self.secondDecoder(board) { #expect(status == 0, "\(name)") }
                let document = try #require(
                    try Self.json(folder, "boards/\(name).json") as? [String: Any])
                let pins = try #require(document["pins"] as? [String: [[String: Any]]])
                for (pin, versions) in pins {
                    for version in versions {
                        let text = try #require(version["version"] as? String)
                        let meta = try Tool.run([
                            "meta", board.path, pin, "--version", text, "--json",
                        ]).json()
                        #expect(meta["pin_hash"] as? String == version["pin_hash"] as? String)
                        #expect(
                            (meta["files"] as? [Any])?.count == (version["files"] as? [Any])?.count)
                    }
                }
            }
            let statistics = try Tool.run([
                "stats", folder.appendingPathComponent("boards/deltas").path, "--json",
            ]).json()
            #expect(try #require(statistics["delta_frames"] as? Int) > 5)
        }
    }

    @Test func damagedBoardsAreFoundOutAsTheirDocumentsSay() throws {
        try Self.made("1") { folder in
            let names = try Self.names(folder, "damaged")
            #expect(names.count >= 14)
            for name in names {
                let board = folder.appendingPathComponent("damaged/\(name)")
                let document = try #require(
                    try Self.json(folder, "damaged/\(name).json") as? [String: Any])
                let expected = try #require(document["verify_status"] as? Int)
                let verified = try Tool.run(["verify", board.path, "--data", "--json"])
                #expect(verified.status == Int32(expected), "\(name): \(verified.error)")
                let isReadable = try #require(document["readable"] as? Bool)
                if isReadable {
                    let read = try Tool.run(["read", board.path, "table"])
                    #expect(read.status == 0 && !read.output.isEmpty, "\(name): \(read.error)")
                }
                // It does not look at 'latest' where there are commits.
                guard name != "missing-newest-commit",
                    let status = try Self.secondDecoder(board)
                else { continue }
                #expect((status == 0) == isReadable, "\(name): the second decoder")
            }
        }
    }

    @Test func aFolderThatExistsIsLeftAlone() throws {
        let outcome = try Tool.run(["vectors", "/"])
        #expect(outcome.status == 73)
    }
}
