import Foundation
import PinEngine
import PinFormat
import PinTesting
import Pins
@testable import PinsConnect
import Testing

/// Goal: pins for Python and this library write and read each other's pins through one server.
/// Method: the real pins 0.9.2, in the environment that `make setup` makes.
@Suite(.enabled(if: ConnectPython.isAvailable)) struct ConnectPythonTests {
    @Test func pythonReadsWhatIsWrittenHere() async throws {
        try await ConnectGround.with(prefix: "/team") { ground in
            let board = try ground.board { $0.access = .loggedIn }
            let csv = Array("x,y\n1,a\n2,ü\n".utf8)
            let metadata = VersionMetadata(
                createdSeconds: 1_700_000_000, type: "csv", title: "Two rows",
                description: "of <b>data</b>",
                userJSON: Array(#"{"a": 1, "b": {"c": [1, 2]}}"#.utf8))
            let first = try await board.write(["rows.csv": csv], to: "susan/rows", metadata)
            try await board.write(["a": [1, 2], "b": [3]], to: "susan/files")
            let second = try await board.write(
                ["rows.csv": Array("x\n9\n".utf8)], to: "susan/rows", metadata)
            try ConnectPython.run(
                ground, "derek",
                """
                frame = board.pin_read("susan/rows", version="\(first.info.version)")
                assert frame.to_dict("list") == {"x": [1, 2], "y": ["a", "ü"]}, frame
                assert list(board.pin_read("susan/rows")["x"]) == [9]
                meta = board.pin_meta("susan/rows")
                assert meta.version.version == "\(second.info.version)"
                assert meta.title == "Two rows" and meta.description == "of <b>data</b>"
                assert meta.user == {"a": 1, "b": {"c": [1, 2]}}, meta.user
                assert meta.type == "csv" and meta.pin_hash == "\(second.info.pinHash)"
                versions = list(board.pin_versions("susan/rows")["version"])
                assert versions == ["\(first.info.version)", "\(second.info.version)"], versions
                assert sorted(board.pin_list()) == ["susan/files", "susan/rows"]
                found = board.pin_search("rows")
                assert list(found["name"]) == ["susan/rows"], found
                paths = board.pin_download("susan/files")
                assert [open(path, "rb").read() for path in paths] == [b"\\x01\\x02", b"\\x03"]
                """)
        }
    }

    @Test func whatPythonWritesIsReadHere() async throws {
        try await ConnectGround.with { ground in
            try ConnectPython.run(
                ground, "susan",
                """
                import pandas
                frame = pandas.DataFrame({"x": [1, 2, 3], "y": ["a", "b", "ü"]})
                for type in ["csv", "json", "parquet", "arrow", "joblib"]:
                    board.pin_write(frame, f"susan/{type}-pin", type=type, title=f"A {type}",
                                    description="D", metadata={"n": 1}, access_type="logged_in")
                board.pin_write(frame.head(1), "susan/csv-pin", type="csv")
                open("one", "wb").write(b"1")
                open("two", "wb").write(b"22")
                board.pin_upload(["one", "two"], "susan/uploads")
                """)
            let board = try ground.board("susan")
            #expect(
                try await board.list().map(\.name)
                    == [
                        "susan/arrow-pin", "susan/csv-pin", "susan/joblib-pin", "susan/json-pin",
                        "susan/parquet-pin", "susan/uploads",
                    ])
            let versions = try await board.versions("csv-pin")
            #expect(versions.count == 2)
            let first = try await board.bytes("csv-pin", versions[0].version)
            #expect(String(decoding: first, as: UTF8.self) == "x,y\n1,a\n2,b\n3,ü\n")
            #expect(versions[0].metadata.title == "A csv")
            #expect(versions[0].metadata.userJSON == Array(#"{"n":1}"#.utf8))
            #expect(try await board.bytes("json-pin").first == UInt8(ascii: "["))
            let arrow = try await ground.board("derek").bytes("susan/arrow-pin")
            #expect(arrow.starts(with: Array("ARROW1".utf8)))
            let uploads = try await board.version("uploads")
            #expect(uploads.files.map(\.path) == ["one", "two"])
            #expect(try await uploads.bytes(uploads.files[1]) == Array("22".utf8))
            // A version of ours after one of Python's is the latest to both.
            let written = try await board.write(["n.csv": Array("z\n7\n".utf8)], to: "csv-pin")
            try ConnectPython.run(
                ground, "susan",
                """
                assert board.pin_meta("susan/csv-pin").version.version == "\(written.info.version)"
                board.pin_write(pandas.DataFrame({"z": [8]}), "susan/csv-pin", type="csv")
                """)
            let last = try await board.bytes("csv-pin")
            #expect(String(decoding: last, as: UTF8.self) == "z\n8\n")
        }
    }
}

/// The real pins for Python.
enum ConnectPython {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The interpreter, or `nil` if there is none that has pins.
    private static let python: String? = {
        let environment = ProcessInfo.processInfo.environment
        let places =
            [environment["PINS_VENV_PYTHON"]].compactMap { $0 }
            + ["venv-pins", "venv-connect"].map {
                root.appendingPathComponent(".build/\($0)/bin/python").path
            }
        if let path = places.first(where: FileManager.default.isExecutableFile) { return path }
        FileHandle.standardError.write(
            Data("SKIPPED: TESTS OF CONNECT WITH PINS FOR PYTHON: run 'make setup'\n".utf8))
        return nil
    }()

    static var isAvailable: Bool { python != nil }

    /// Runs a program that has `board` and `pandas`; its failure is one of the test.
    static func run(_ ground: ConnectGround, _ user: String, _ script: String) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("pins-connect-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let start = "import pandas\nfrom pins import board_connect\nboard = board_connect()\n"
        var environment = ProcessInfo.processInfo.environment
        environment["PINS_CACHE_DIR"] = folder.appendingPathComponent("cache").path
        environment["CONNECT_SERVER"] = ground.url
        environment["CONNECT_API_KEY"] = ground.keys[user]
        try run(start + script, in: folder, environment)
    }

    /// Runs a program in a folder of its own and gives the files that it makes there.
    static func files(_ script: String) throws -> [String: [UInt8]] {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("pins-connect-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try run(script, in: folder, ProcessInfo.processInfo.environment)
        var files: [String: [UInt8]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
        where !["program.py", "errors"].contains(name) {
            files[name] = Array(try Data(contentsOf: folder.appendingPathComponent(name)))
        }
        return files
    }

    private static func run(
        _ script: String, in folder: URL, _ environment: [String: String]
    ) throws {
        let program = folder.appendingPathComponent("program.py")
        try Data(script.utf8).write(to: program)
        let errors = folder.appendingPathComponent("errors")
        try Data().write(to: errors)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(python))
        process.arguments = ["-B", program.path]
        process.environment = environment
        process.currentDirectoryURL = folder
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        let said = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
        #expect(process.terminationStatus == 0, "\(said)")
    }
}
