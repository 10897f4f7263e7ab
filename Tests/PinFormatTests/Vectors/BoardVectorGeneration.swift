import Foundation
import PinTransforms
import Testing

@testable import PinFormat

/// Goal: whole boards, put together by hand, are what FORMAT.md says as the reference decoder reads
/// it.
@Suite(.serialized) struct BoardVectorGeneration {
    /// Raw frames only: three commits, trees of two levels, a stored file list, segments, a deleted
    /// row.
    static func plain() throws -> BoardBuilder {
        var board = try BoardBuilder(exponent: 12)
        board.commit(.administer)
        let data = stream("pins", 20_000)
        try board.write(
            "mtcars", 5,
            [("data.csv", data), ("empty", []), ("one.bin", [1, 2, 3])], flat: true,
            pack: Sample.name(1, 0xA1))
        board.set(RowKey.label("old", of: "mtcars"), LabelRow(version: Sample.versionName).encoded)
        board.commit(.write)
        try board.write(
            "mtcars", 6, [("data.csv", Array(data.dropLast(10)))], flat: false,
            pack: Sample.name(2, 0xA2))
        let first = cuts(data, board.config.chunker)[0]
        board.addGhost(
            FramePlace(
                digest: digest(Array(data[..<first])), pack: Sample.name(1, 0xA0), offset: 64,
                storedByteCount: 100, header: Sample.header(raw: first), bases: []))
        board.flush(index: Sample.name(2, 0xB1), table: Sample.name(2, 0xB2))
        // Chunks end where their own bytes say, so whole chunks in any order are cut alike again.
        let chunks = cuts(data, board.config.chunker).dropLast()
        let whole = Array(data[..<(chunks.last ?? 0)])
        let many = (0..<60).map { number in
            (
                "folder-\(number)/" + String(repeating: "x", count: 60),
                [UInt8](repeating: UInt8(number), count: number % 3)
            )
        }
        try board.write(
            "owner/many", 7, many + [("tree", (0..<80).flatMap { _ in whole })], flat: false,
            pack: Sample.name(3, 0xA3))
        board.set(RowKey.label("old", of: "mtcars"), nil)
        let versions = board.rows.keys.filter { $0.starts(with: RowKey.versions(of: "owner/many")) }
        let name = try RowKey.text(versions[0], after: RowKey.versions(of: "owner/many").count)
        board.set(RowKey.label("best", of: "owner/many"), LabelRow(version: name).encoded)
        board.commit(.write)
        return board
    }

    /// Frames of every codec and filter; its bytes depend on libzstd.
    static func encoded() throws -> BoardBuilder {
        var board = try BoardBuilder(exponent: 12)
        board.commit(.administer)
        var files: [(String, [UInt8])] = []
        for (number, name) in ["pack-delta2", "pack-shuffle4", "pack-shuffle8", "pack-shuffle2"]
            .enumerated()
        {
            var pack = try PackContents(try VectorFiles.read("valid/\(name).bin"))
            pack.header = PackHeader(content: .chunks, name: Sample.name(1, UInt8(0xC1 + number)))
            board.add(pack)
            for (index, frame) in pack.frames.enumerated() {
                let bytes = try #require(try pack.plainBytes()[frame.digest])
                files.append(("\(name)-\(index)", bytes))
            }
        }
        try board.write("encoded", 8, files, flat: true, pack: Sample.name(1, 0xC9))
        board.commit(.write)
        return board
    }

    @Test func plainBoardIsWhatTheTypesMake() throws {
        let board = try Self.plain()
        for (key, bytes) in board.objects { try VectorFiles.settle("boards/plain/\(key)", bytes) }
        try VectorFiles.settle("boards/plain.json", board.expected)
        #expect(try Self.files(of: "plain") == Set(board.objects.keys))
    }

    @Test func encodedBoardIsWhatTheTypesMakeOfTheEncodedPacks() throws {
        let board = try Self.encoded()
        for (key, bytes) in board.objects { try VectorFiles.settle("boards/encoded/\(key)", bytes) }
        try VectorFiles.settle("boards/encoded.json", board.expected)
        #expect(try Self.files(of: "encoded") == Set(board.objects.keys))
    }

    private static func files(of board: String) throws -> Set<String> {
        let root = VectorFiles.folder.appendingPathComponent("boards/\(board)").path
        let all = try FileManager.default.subpathsOfDirectory(atPath: root)
        return Set(
            all.filter {
                var isFolder: ObjCBool = false
                _ = FileManager.default.fileExists(atPath: "\(root)/\($0)", isDirectory: &isFolder)
                return !isFolder.boolValue
            })
    }
}
