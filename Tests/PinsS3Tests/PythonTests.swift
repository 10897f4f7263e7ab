import Foundation
import PinEngine
import PinFormat
import PinTesting
import Pins
import Testing

@testable import PinsS3

/// Goal: a plain board in a bucket goes both ways between us and pins for Python over s3fs, on
/// every server. Method: both write one board in turn, and each reads what the other wrote.
@Suite(.serialized, .enabled(if: PythonPinsOverS3.isAvailable)) struct PythonTests {
    private static func text(_ board: Board, _ pin: String, _ file: String) async throws -> String {
        let version = try await board.version(pin)
        return String(decoding: try await version.bytes(version.file(file)), as: UTF8.self)
    }

    private static func write(
        _ board: Board, _ pin: String, _ files: [String: String], type: String = "file",
        title: String
    ) async throws {
        var metadata = VersionMetadata(createdSeconds: 1_600_000_000, type: type, title: title)
        metadata.userJSON = Array(#"{"k":[1,2.5,null],"é":"yes"}"#.utf8)
        let inputs = files.sorted { $0.key < $1.key }.map {
            InputFile(path: $0.key, source: BytesSource(Array($0.value.utf8)))
        }
        _ = try await board.write(WriteRequest(pin: pin, files: inputs, metadata: metadata))
    }

    private static let pythonWrites = """
        df = pd.DataFrame({"x": [1, 2, 3], "s": ["a", "b", "é"]})
        for kind in ["csv", "json"]:
            board.pin_write(df, "df_" + kind, type=kind, title="T: é", metadata={"a": [1, None]},
                            created=datetime.datetime(2022, 2, 14, 16, 37, 20))
        for name, text in [("a.txt", "a\\n"), ("b.txt", "b\\n")]:
            with open(os.path.join(path, name), "w") as file: file.write(text)
        board.pin_upload([path + "/a.txt", path + "/b.txt"], "several")
        """

    private static let pythonReadsAndWrites = """
        assert board.pin_list() and set(board.pin_list()) == {
            "df_csv", "df_json", "several", "ours", "two"}, board.pin_list()
        assert open(board.pin_download("ours")[0]).read() == "x,y\\n1,é\\n"
        df = board.pin_read("ours")
        assert list(df.columns) == ["x", "y"] and df["y"][0] == "é", df
        meta = board.pin_meta("ours")
        assert meta.title == "Ours" and meta.type == "csv", meta
        assert meta.user["k"] == [1, 2.5, None], meta
        paths = board.pin_download("two")
        assert [open(p).read() for p in paths] == ["1", "2"], paths
        assert len(board.pin_versions("df_csv")) == 2
        assert list(board.pin_read("df_csv")["x"]) == [9]
        board.pin_write(pd.DataFrame({"x": [7]}), "ours", type="csv",
                        created=datetime.datetime(2037, 1, 1))
        """

    private static let pythonRemoves = """
        board.pin_version_delete("df_csv", board.pin_versions("df_csv")["version"][0])

        """

    @Test(arguments: S3Fleet.servers)
    func bothWriteOneBoardInTurn(_ server: S3TestServer) async throws {
        let place = "\(server.bucket)/python-\(UUID().uuidString)"
        let location = "plain+s3://\(place)"
        try PythonPinsOverS3.run(Self.pythonWrites, on: server, place)
        let boards = S3Boards(settings: try server.settings())
        let board = try await boards.openPlain(location)
        let old = try await board.versions("df_csv").first?.version
        #expect(try await board.list().map(\.name) == ["df_csv", "df_json", "several"])
        let csv = try await Self.text(board, "df_csv", "df_csv.csv")
        #expect(csv == "x,s\n1,a\n2,b\n3,é\n")
        #expect(try await Self.text(board, "several", "b.txt") == "b\n")
        let first = try await board.version("df_json").info
        #expect(first.metadata.title == "T: é" && first.version.hasPrefix("20220214T163720Z-"))
        let user = String(decoding: first.metadata.userJSON ?? [], as: UTF8.self)
        #expect(user == #"{"a":[1,null]}"#)

        try await Self.write(
            board, "ours", ["ours.csv": "x,y\n1,é\n"], type: "csv", title: "Ours")
        try await Self.write(board, "two", ["1.txt": "1", "2.txt": "2"], title: "Two")
        try await Self.write(
            board, "df_csv", ["df_csv.csv": "x\n9\n"], type: "csv", title: "Newer")
        let program =
            Self.pythonReadsAndWrites + "\n" + (server.letsS3fsRemove ? Self.pythonRemoves : "")
        let printed = try PythonPinsOverS3.run(program + "print('same')", on: server, place)
        #expect(printed.hasSuffix("same\n"), "\(server.name): \(printed)")
        if !server.letsS3fsRemove {
            _ = try await board.delete("df_csv", version: .named(#require(old)))
        }

        let again = try await boards.openPlain(location)
        #expect(try await Self.text(again, "ours", "ours.csv") == "x\n7\n")
        #expect(try await again.versions("ours").count == 2)
        #expect(try await again.versions("df_csv").count == 1)
        #expect(try await again.version("df_csv").info.metadata.title == "Newer")
        let report = try await again.form.verify(VerifyOptions(), progress: nil)
        #expect(report.isSound, "\(report.problems)")
    }
}
