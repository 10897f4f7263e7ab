import Foundation
import PinEngine
import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Pins
import Testing

/// Goal: a board of version 1 stays readable for ever (FORMAT.md). Method: the board that the first
/// program of version 1 wrote is read whole and compared with what it held; a copy of it can be
/// written to, collected and verified.
@Suite struct FrozenBoardTests {
    private struct Expected: Decodable {
        struct Version: Decodable {
            let version: String
            let pin_hash: String
            let files: [File]
        }

        struct File: Decodable {
            let path: String
            let size: UInt64
            let sha256: String
        }

        let commit: UInt64
        let pins: [String: [Version]]
    }

    private static let boards = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Vectors/boards").path

    private static func expected() throws -> Expected {
        let json = try Data(contentsOf: URL(fileURLWithPath: boards + "/version-1.json"))
        return try JSONDecoder().decode(Expected.self, from: json)
    }

    private static func expectWhole(_ board: Board, _ expected: Expected) async throws {
        let pins = try await board.list().map(\.name)
        #expect(Set(pins).isSuperset(of: expected.pins.keys))
        for (pin, versions) in expected.pins {
            for wanted in versions {
                let version = try await board.version(pin, VersionSelector(wanted.version))
                #expect(version.info.pinHash == wanted.pin_hash)
                #expect(version.files.map(\.path) == wanted.files.map(\.path))
                for (file, wanted) in zip(version.files, wanted.files) {
                    let bytes = try await version.bytes(file)
                    #expect(UInt64(bytes.count) == wanted.size)
                    let digest = Checksums.standard.sha256(bytes, 0..<bytes.count)
                    #expect(digest.hex == wanted.sha256, "\(pin)/\(wanted.path)")
                }
            }
        }
    }

    @Test func everyVersionReadsBack() async throws {
        let board = try await Board.open(Self.boards + "/version-1")
        let expected = try Self.expected()
        #expect(expected.pins.count == 4)
        try await Self.expectWhole(board, expected)
        let labelled = try await board.version("table", VersionSelector("prod")).info.version
        #expect(labelled == expected.pins["table"]?[1].version)
        var options = VerifyOptions()
        options.readsData = true
        let report = try await board.form.verify(options, progress: nil)
        #expect(report.problems.isEmpty)
    }

    @Test func aCopyIsWrittenToCollectedAndStaysWhole() async throws {
        let expected = try Self.expected()
        try await withTemporaryFolder { path in
            let copy = path + "/board"
            try FileManager.default.copyItem(atPath: Self.boards + "/version-1", toPath: copy)
            let board = try await Board.open(copy)
            let table = try await board.version("table")
            var bytes = try await table.bytes(table.file())
            bytes[1_000] ^= 1
            try await board.write(["table.csv": bytes], to: "table")
            var options = CollectionOptions()
            options.isExclusive = true
            _ = try await board.collect(options)
            try await Self.expectWhole(board, expected)
        }
    }
}
