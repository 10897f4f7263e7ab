import Foundation
import PinEngine
import PinFormat
import PinTesting
import Testing

@testable import Pins

/// Goal: boards go both ways between us and the real pins for Python, and R's are read. Method: one
/// board that both write in turn, R's boards that Python's package brings along, and Python's own
/// tests on boards that we wrote.
@Suite(.enabled(if: PythonPins.isAvailable)) struct PlainPythonTests {
    private static func files(_ names: [String], in folder: String) -> [InputFile] {
        names.map { InputFile(path: $0, source: FileSource(path: "\(folder)/\($0)")) }
    }

    private static func text(_ board: Board, _ pin: String) async throws -> String {
        let version = try await board.version(pin)
        return String(decoding: try await version.bytes(try version.file()), as: UTF8.self)
    }

    // MARK: - In turn

    @Test func bothWriteOneBoardInTurn() async throws {
        try await withTemporaryFolder { path in
            try PythonPins.run(Self.pythonWrites, [path])
            let board = try await Board.open("\(path)/board")
            #expect(board.form.layout == "plain")
            try await Self.readWhatPythonWrote(board)
            try await Self.writeForPython(board, path)
            let printed = try PythonPins.run(Self.pythonReadsAndWrites, [path])
            #expect(printed.hasSuffix("same\n"), "\(printed)")
            try await Self.readWhatPythonWroteThen(board)
        }
    }

    /// The typed pins of pins for Python, and several files.
    private static let pythonWrites = """
        import os, sys, datetime, pandas as pd
        from pins import board_folder
        path = sys.argv[1]
        board = board_folder(path + "/board", versioned=True)
        df = pd.DataFrame({"x": [1, 2, 3], "s": ["a", "b", "é"]})
        meta = {"k": [1, 2.5, None, True], "n": {"yes": "no", "é": "12345678e1234567"},
                "big": 2**70, "f": 1e17, "t": "multi\\nline", "e": ""}
        for kind in ["csv", "json", "parquet", "arrow", "joblib"]:
            board.pin_write(df, "df_" + kind, type=kind, title="T: é", description="D # d",
                            metadata=meta, created=datetime.datetime(2022, 2, 14, 16, 37, 20))
        for name, text in [("a.txt", "a\\n"), ("b.txt", "b\\n")]:
            with open(os.path.join(path, name), "w") as file: file.write(text)
        board.pin_upload([path + "/a.txt", path + "/b.txt"], "several")
        board.pin_upload(path + "/a.txt", "one", metadata={"a": "b"})
        """

    private static func readWhatPythonWrote(_ board: Board) async throws {
        #expect(
            try await board.list().map(\.name)
                == ["df_arrow", "df_csv", "df_joblib", "df_json", "df_parquet", "one", "several"])
        #expect(try await text(board, "df_csv") == "x,s\n1,a\n2,b\n3,é\n")
        for kind in ["csv", "json", "parquet", "arrow", "joblib"] {
            let version = try await board.version("df_\(kind)")
            try await version.content.checkPinHash(progress: nil)
            let metadata = version.info.metadata
            #expect(version.info.version.hasPrefix("20220214T163720Z-"))
            #expect(metadata.createdSeconds == 1_644_856_640 && metadata.type == kind)
            #expect(metadata.title == "T: é" && metadata.description == "D # d")
            let user = String(decoding: metadata.userJSON ?? [], as: UTF8.self)
            #expect(
                user == #"{"big":1180591620717411303424,"e":"","f":1.0e+17,"k":[1,2.5,null,true],"#
                    + #""n":{"yes":"no","é":"12345678e1234567"},"t":"multi\nline"}"#)
            #expect(version.files.map(\.path) == ["df_\(kind).\(kind)"])
        }
        let several = try await board.version("several")
        #expect(several.info.pinHash == "393118599e84ff4b")
        #expect(try await several.bytes(several.file("b.txt")) == Array("b\n".utf8))
        #expect(try await board.search("no such").isEmpty)
        #expect(try await board.search("d # D").count == 5)
    }

    private static let user =
        #"{"n":null,"list":[1,2.5,1e17,"yes","y",true,{"é":"日"}],"big":12345678901234567890123,"#
        + #""hash":"12345678e1234567","digits":"0123","date":"2021-04-22","empty":{},"":[],"#
        + #""long":"LONG","multi":"a\nb\n\n c: d #e","1":"x","yes":"no"}"#

    /// The same bytes under new names and as new versions.
    private static func writeForPython(_ board: Board, _ path: String) async throws {
        let long = String(repeating: "many words and a colon: ", count: 20)
        let json = Array(user.replacing("LONG", with: long).utf8)
        for kind in ["csv", "json", "parquet", "arrow"] {
            let old = try await board.version("df_\(kind)")
            let bytes = try await old.bytes(try old.file())
            for pin in ["df_\(kind)", "swift_\(kind)"] {
                let metadata = VersionMetadata(
                    createdSeconds: 1_700_000_000, type: kind, title: "Swift: 'é'",
                    description: "y", tags: ["a", "yes"], urls: ["https://example.org"],
                    userJSON: json)
                let file = InputFile(path: "\(pin).\(kind)", source: BytesSource(bytes))
                _ = try await board.write(
                    WriteRequest(pin: pin, files: [file], metadata: metadata))
            }
        }
        // An older time than what is there, and no change but in the metadata.
        _ = try await board.write(
            WriteRequest(
                pin: "one", files: files(["a.txt"], in: path),
                metadata: VersionMetadata(createdSeconds: 0)))
        _ = try await board.edit("one") { $0.title = "edited" }
        _ = try await board.write(
            WriteRequest(
                pin: "swift_several", files: files(["b.txt", "a.txt"], in: path),
                metadata: VersionMetadata(createdSeconds: 1_700_000_000)))
        let deep = [InputFile(path: "deep/er.csv", source: BytesSource(Array("x\n1\n".utf8)))]
        _ = try await board.write(
            WriteRequest(
                pin: "swift_deep", files: deep,
                metadata: VersionMetadata(createdSeconds: 1_700_000_000, type: "csv")))
        _ = try await board.setLabel("prod", of: "one")
        let plain = try #require(board.form as? PlainBoard)
        #expect(try await plain.writeManifest().versionCount == 19)
    }

    private static let pythonReadsAndWrites = """
        import json, os, sys, pandas as pd
        from pins import board_folder
        path = sys.argv[1]
        board = board_folder(path + "/board", versioned=True, allow_pickle_read=True)
        names = ["df_arrow", "df_csv", "df_joblib", "df_json", "df_parquet", "one", "several",
                 "swift_arrow", "swift_csv", "swift_deep", "swift_json", "swift_parquet",
                 "swift_several"]
        assert sorted(board.pin_list()) == names, board.pin_list()
        assert sorted(os.listdir(path)) == ["a.txt", "b.txt", "board"], os.listdir(path)
        assert "swift_deep: a pinned .csv file" in list(board.pin_search("swift")["title"])
        assert sorted(board.pin_search("^swift")["name"]) == names[7:]
        assert len(board.pin_search("Swift: 'é'")) == 8, board.pin_search("Swift")
        df = pd.DataFrame({"x": [1, 2, 3], "s": ["a", "b", "é"]})
        user = json.loads('''\(user.replacing("\\", with: "\\\\"))''')
        user["long"] = "many words and a colon: " * 20
        for kind in ["csv", "parquet", "arrow"]:
            for pin in ["df_" + kind, "swift_" + kind]:
                assert board.pin_read(pin).equals(df), pin
        for pin in ["df_json", "swift_json"]:
            assert board.pin_read(pin) == df.to_dict("records"), board.pin_read(pin)
        for kind in ["csv", "json", "parquet", "arrow"]:
            assert len(board.pin_versions("df_" + kind)) == 2
            assert len(board.pin_versions("swift_" + kind)) == 1
            for pin in ["df_" + kind, "swift_" + kind]:
                meta = board.pin_meta(pin)
                assert meta.title == "Swift: 'é'" and meta.description == "y", meta
                assert meta.type == kind and meta.created == "20231114T221320Z", meta
                assert meta.tags == ["a", "yes"] and meta.urls == ["https://example.org"], meta
                assert meta.user == user, (meta.user, user)
                assert meta.version.hash == meta.pin_hash[:5], meta
        assert board.pin_read("swift_deep").to_dict("list") == {"x": [1]}
        files = board.pin_download("swift_several")
        assert [os.path.basename(f) for f in files] == ["b.txt", "a.txt"]
        from pins.versions import Version
        several = board.pin_meta("swift_several")
        assert several.pin_hash == Version.from_files(files).hash
        assert several.file == ["b.txt", "a.txt"] and several.file_size == [2, 2]
        ones = list(board.pin_versions("one")["version"])
        assert len(ones) == 3 and board.pin_meta("one").title == "edited", ones
        assert board.pin_meta("one").pin_hash == "fbbde8981eccc855"
        # What is written an hour later is the latest, and what is equal is not written.
        import datetime, pins.versions
        class Later(datetime.datetime):
            @classmethod
            def now(cls): return datetime.datetime.now() + datetime.timedelta(hours=1)
        pins.versions.datetime = Later
        df.loc[0, "x"] = 7
        board.pin_write(df, "swift_csv", type="csv")
        board.pin_write(df, "swift_csv", type="csv")
        board.pin_upload(path + "/b.txt", "one")
        board.pin_version_delete("one", ones[0])
        board.pin_delete("swift_deep")
        board.pin_versions_prune("df_csv", n=1)
        print("same")
        """

    private static func readWhatPythonWroteThen(_ board: Board) async throws {
        #expect(try await text(board, "swift_csv") == "x,s\n7,a\n2,b\n3,é\n")
        #expect(try await text(board, "one") == "b\n")
        #expect(try await board.versions("swift_csv").count == 2)
        #expect(try await board.versions("one").count == 3)
        #expect(try await board.versions("df_csv").count == 1)
        #expect(try await board.list().count == 12)
        let prod = try await board.version("one", .named("prod"))
        #expect(prod.info.metadata.title == "edited" && prod.info.labels == ["prod"])
        // And again after that.
        let again = try await board.edit("swift_csv") { $0.title = "last" }
        let versions = try await board.versions("swift_csv")
        #expect(versions.last?.version == again.info.version && versions.count == 3)
        #expect(try await text(board, "swift_csv") == "x,s\n7,a\n2,b\n3,é\n")
    }

    // MARK: - R

    @Test func boardsOfRAreRead() async throws {
        let data = try PythonPins.testData()
        let compat = try await Board.open("\(data)/pins-compat")
        #expect(
            try await compat.list().map(\.name) == [
                "df_arrow", "df_csv", "df_rds", "df_unversioned",
            ])
        #expect(
            try await compat.versions("df_csv").map(\.version)
                == ["20220214T163718Z-eceac", "20220214T163720Z-9bfad"])
        let csv = try await compat.version("df_csv")
        #expect(csv.info.metadata.title == "df_csv: a pinned 2 x 3 data frame")
        #expect(csv.info.metadata.description == nil && csv.info.metadata.type == "csv")
        let written = try await Board.open("\(data)/pin-board")
        #expect(try await written.list().map(\.name) == ["x", "y"])
        for board in [compat, written] {
            var options = VerifyOptions()
            options.readsData = true
            let report = try await board.form.verify(options, progress: nil)
            #expect(report.isSound && report.checkedByteCount > 50, "\(report.problems)")
        }
        let old = try await Board.open("plain:\(data)/pins-old-types").version("a-table")
        #expect(old.info.metadata.type == "table" && old.info.version == "v")
        #expect(try await old.bytes(old.file("data.csv")).starts(with: Array("\"a\",\"b\"\n".utf8)))
    }

    // MARK: - Python's own tests

    private static func expectSameFiles(
        _ left: String, _ right: String, _ board: Board
    ) async throws {
        for pin in try await board.list().map(\.name) {
            for info in try await board.versions(pin) {
                let folder = "\(pin)/\(info.version)"
                let files = try await board.version(pin, .named(info.version)).files.map(\.path)
                for file in files + ["data.txt"] {
                    let bytes = try [left, right].map {
                        try Data(contentsOf: URL(fileURLWithPath: "\($0)/\(folder)/\(file)"))
                    }
                    #expect(bytes[0] == bytes[1], "\(folder)/\(file)")
                }
            }
        }
    }

    /// What of them cannot be about us, and why.
    private static let otherTests = [
        // They read GitHub.
        "test_boards.py::test_board_manual_http_file_download",
        "test_boards.py::test_board_manual_pin_read",
        "test_constructors.py::test_constructor_board_url_data",
        "test_constructors.py::test_constructor_board_url_file",
        "test_constructors.py::test_constructor_board_github",
    ]

    /// R's boards, written anew by us version by version, in the place of the originals; and every
    /// write and removal of the tests is done by the command, but for versions that are to lie in
    /// the past: those Python writes, and the command prunes them.
    @Test func testsOfPinsForPythonPassOnBoardsThatWeWrote() async throws {
        let data = try PythonPins.testData()
        try await withTemporaryFolder { path in
            let package = URL(fileURLWithPath: data).deletingLastPathComponent().path
            try FileManager.default.copyItem(atPath: package, toPath: "\(path)/pins")
            for name in ["pins-compat", "pin-board"] {
                try await Self.replace(name, of: data, in: "\(path)/pins/tests")
            }
            let plugin = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("Python/swift_writes.py").path
            try FileManager.default.copyItem(atPath: plugin, toPath: "\(path)/swift_writes.py")
            let script = """
                import os, sys, pytest
                path, tool, others = sys.argv[1], sys.argv[2], sys.argv[3:]
                os.chdir(path)
                sys.path.insert(0, path)
                os.environ["SWIFT_PINS"] = tool
                with open("pytest.ini", "w") as ini:
                    names = ["file", "s3", "gcs", "abfs", "rsc", "dbc"]
                    marks = ["fs_" + n for n in names] + ["skip_on_github"]
                    ini.write("[pytest]\\nmarkers =\\n" + "".join(f"    {m}: x\\n" for m in marks))
                import pins
                assert pins.__file__.startswith(path), pins.__file__
                away = " and ".join("not fs_" + n for n in names if n != "file")
                sys.exit(pytest.main(
                    ["-q", "-p", "no:cacheprovider", "-p", "swift_writes", "-m", away, "pins"]
                    + ["--deselect=pins/tests/" + other for other in others]))
                """
            let printed = try PythonPins.run(script, [path, Self.tool] + Self.otherTests)
            let passed = try #require(printed.firstMatch(of: /(\d+) passed/))
            print("pins for Python's own tests: \(passed.1) passed on boards that we wrote")
            #expect(try #require(Int(passed.1)) >= 133, "\(printed)")
        }
    }

    /// The command, beside the test bundle.
    private static let tool: String = {
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("pins").path
        if FileManager.default.isExecutableFile(atPath: beside) { return beside }
        return URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent(".build/debug/pins").path
    }()

    /// Writes a board anew, by way of the engine, which keeps other things than files.
    private static func replace(
        _ name: String, of data: String, in folder: String
    ) async throws {
        let target = "\(folder)/\(name)"
        try FileManager.default.removeItem(atPath: target)
        let from = try await Board.open("\(data)/\(name)")
        for (here, there) in [
            ("plain:\(data)/\(name)", "\(folder)/engine-\(name)"),
            ("\(folder)/engine-\(name)", "plain:\(target)"),
        ] {
            let copy = try Process.run(
                URL(fileURLWithPath: tool), arguments: ["copy", "--quiet", here, there])
            copy.waitUntilExit()
            try #require(copy.terminationStatus == 0)
        }
        let to = try await Board.open("plain:\(target)")
        #expect(try await to.list().count == (try await from.list().count))
        try await expectSameFiles("\(data)/\(name)", target, from)
        guard name == "pin-board" else { return }
        _ = try await to.writeManifest()
        let manifests = try [data, folder].map {
            try String(contentsOfFile: "\($0)/pin-board/_pins.yaml", encoding: .utf8)
        }
        #expect(manifests[0] == manifests[1])
    }
}
